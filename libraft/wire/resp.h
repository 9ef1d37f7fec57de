/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading RESP requests: arrays of bulk strings and inline commands, streaming and pipelined.
 * Writing is base/respw.h, reading replies is wire/resp_reply.h. */
#ifndef WIRE_RESP_H
#define WIRE_RESP_H

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/respw.h"
#include "base/span.h"

struct resp_arg {
    size_t at; /* offset from the request's first byte */
    size_t len;
};

/* A stream of requests. A byte is looked at once: a request cut at any point is continued where
 * it stopped, and finished requests are dropped from the buffer once a feed, not one by one.
 * Invariants: start <= item <= scan <= in.len; args_count <= args_expected <= LIMIT_RESP_ARGS;
 * args_count <= args_cap; args_bytes <= LIMIT_RESP_BYTES. */
struct resp_requests {
    struct buf in;
    size_t start;         /* first byte of the request being read */
    size_t item;          /* first byte of the line or bulk string being read */
    size_t scan;          /* first byte not yet searched for the line's end */
    size_t args_expected; /* 0: between requests */
    size_t args_count;
    size_t args_bytes;
    bool in_bulk; /* the length of the current argument is known: */
    size_t bulk_bytes;
    struct resp_arg *args; /* owned, args_cap long */
    struct span *argv;     /* owned, args_cap long */
    size_t args_cap;
    struct err failed; /* code != 0: the stream is lost */
};

/* One request: argc >= 1. The bytes are borrowed until the next feed or free (not next: several
 * requests of one feed may be held at once, but argv itself is overwritten by each next). */
struct resp_request {
    const struct span *argv;
    size_t argc;
};

void resp_requests_init(struct resp_requests *r);
void resp_requests_free(struct resp_requests *r);
/* For another stream: empty, its memory kept. */
void resp_requests_reset(struct resp_requests *r);

/* Gives it bytes as they came from the client. */
void resp_requests_feed(struct resp_requests *r, const void *data, size_t len);

/* Bytes fed but not yet part of a returned request: what a stalled connection holds. */
size_t resp_requests_pending(const struct resp_requests *r);

/* 1: *ret_request is filled. 0: more bytes are needed. Negative: the stream is lost; e->text is
 * the sentence to send as "-ERR " + text before closing, worded as Redis words it ("Protocol
 * error: invalid multibulk length"); -E_INVALID for a malformed request, -E_LIMIT for one above
 * LIMIT_RESP_ARGS, LIMIT_RESP_BYTES or LIMIT_RESP_INLINE_BYTES, and when more than 4 MiB beyond
 * one request were fed unread. Empty requests ("*0", blank lines) are skipped. The error repeats on
 * later calls. */
int resp_requests_next(struct resp_requests *r, struct resp_request *ret_request,
                       struct err *e) MUST_CHECK;

#endif
