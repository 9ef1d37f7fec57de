/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading RESP2 and RESP3 replies, streaming, into a flat array of values. */
#ifndef WIRE_RESP_REPLY_H
#define WIRE_RESP_REPLY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

enum resp_kind {
    RESP_SIMPLE,    /* text */
    RESP_ERROR,     /* text: "CODE sentence"; simple and bulk errors */
    RESP_INTEGER,   /* integer */
    RESP_BULK,      /* text */
    RESP_NULL,      /* $-1, *-1 and _ */
    RESP_DOUBLE,    /* number, and text as it was sent */
    RESP_BOOL,      /* integer 0 or 1 */
    RESP_BIGNUM,    /* text */
    RESP_VERBATIM,  /* text, without the format; its three letters are text.data[-4..-2] */
    RESP_ARRAY,     /* count children */
    RESP_MAP,       /* count children: key, value, key, value... (even) */
    RESP_SET,       /* count children */
    RESP_PUSH,      /* count children; out of band, outermost only */
    RESP_ATTRIBUTE, /* count children: pairs, then the value they describe (odd) */
};

/* One value. Values lie in preorder: the children of v start at v + 1, and the value behind the
 * whole of v is v + v->nodes. */
struct resp_value {
    enum resp_kind kind;
    size_t count; /* children */
    size_t nodes; /* values of this subtree, itself included; >= 1 */
    int64_t integer;
    double number;
    struct span text;
};

const char *resp_kind_name(enum resp_kind kind); /* "bulk string", never NULL */

/* The i-th child, i < v->count; O(i). */
const struct resp_value *resp_child(const struct resp_value *v, size_t i);
/* The value itself, behind any attributes. */
const struct resp_value *resp_bare(const struct resp_value *v);
/* In a map, or an array of pairs (what RESP2 makes of a map): the value behind that key, or NULL.
 * Keys are compared with simple and bulk strings, bytewise. */
const struct resp_value *resp_lookup(const struct resp_value *v, const char *key);

/* A stream of replies. Like resp_requests, a byte is looked at once.
 * Invariants: start <= item <= scan <= in.len; depth <= LIMIT_RESP_DEPTH; open[i].left > 0. */
struct resp_replies {
    struct buf in;
    size_t bytes_max;          /* of one reply */
    size_t start;              /* first byte of the reply being read */
    size_t item;               /* first byte of the line or bulk string being read */
    size_t scan;               /* first byte not yet searched for the line's end */
    struct resp_value *values; /* owned, values_cap long; text.data is set at the end */
    size_t *text_at;           /* owned: where each value's text begins, counted from start */
    size_t values_count;
    size_t values_cap;
    size_t depth;
    struct {
        size_t value; /* an aggregate whose children are still coming */
        size_t left;  /* how many */
    } open[LIMIT_RESP_DEPTH];
    bool in_bulk; /* the last value is a string whose body is still to come: */
    size_t bulk_bytes;
    bool done; /* the values are a complete reply, already handed out */
    struct err failed;
};

/* bytes_max: longest reply accepted, 0 = LIMIT_REPLY_BYTES. */
void resp_replies_init(struct resp_replies *r, size_t bytes_max);
void resp_replies_free(struct resp_replies *r);
/* For another stream: empty, its memory kept. */
void resp_replies_reset(struct resp_replies *r);
void resp_replies_feed(struct resp_replies *r, const void *data, size_t len);

/* 1: *ret_value is the root of a complete reply, borrowed until the next call of next, feed or
 * free. 0: more bytes are needed. Negative: the stream is lost: -E_INVALID (not RESP), -E_LIMIT
 * (longer than bytes_max, deeper than LIMIT_RESP_DEPTH, more values than LIMIT_RESP_VALUES),
 * -E_UNSUPPORTED (RESP3's streamed strings and aggregates, which no server sends). */
int resp_replies_next(struct resp_replies *r, const struct resp_value **ret_value,
                      struct err *e) MUST_CHECK;

#endif
