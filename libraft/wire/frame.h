/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peer frames: a checksummed header with everyone's identity, then a bounded payload.
 * The byte table is in README.md. */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

/* The versions of the peer protocol this code speaks. */
#define FRAME_VERSION_MIN 1
#define FRAME_VERSION_MAX 1

#define FRAME_HEADER_BYTES 64
#define FRAME_TYPE_OFFSET  5 /* of the byte that says what an encoded frame carries */

/* Who speaks to whom, about which group. Travels in every frame.
 * Source: thesis 6.1 (nothing but ids identifies a server; addresses may change). */
struct frame_header {
    uint8_t type;   /* enum peer_type (peer.h); opaque here */
    uint32_t group; /* Raft group on that pair of nodes */
    uint64_t cluster_id;
    uint64_t generation; /* raised by a forced recovery */
    uint64_t from;       /* node ids; to may be 0 in a Hello to an address only */
    uint64_t to;
};

struct frame {
    struct frame_header header;
    struct span payload; /* borrowed from the decoder until its next feed, next or free */
};

/* Encoding in two steps, so that a payload is written in place, without a copy:
 *     size_t at = frame_begin(out);
 *     ... append the payload to out ...
 *     if (frame_end(out, at, &header, &err) < 0) ...
 * frame_begin wants a buffer that has not overflowed (asserted); frame_end fills in length and
 * checksums. Returns 0, or -E_LIMIT (payload above
 * LIMIT_FRAME_BYTES, or out overflowed); out is then cut back to where frame_begin found it. */
size_t frame_begin(struct buf *out);
int frame_end(struct buf *out, size_t begin, const struct frame_header *header,
              struct err *e) MUST_CHECK;

/* A stream of frames. Memory is bounded by one frame plus the bytes given to the last feed, and
 * only what really arrived is ever allocated, whatever length a header declares.
 * Invariants: at <= in.len; failed != 0 means the stream is lost: every later call repeats it. */
struct frame_decoder {
    struct buf in;
    size_t at; /* bytes of in already handed out */
    struct err failed;
};

void frame_decoder_init(struct frame_decoder *d);
void frame_decoder_free(struct frame_decoder *d);

/* Gives it bytes as they came from the link. Call frame_decoder_next until it returns 0 before
 * feeding again; the decoder fails (at the next call of next) if LIMIT_FRAME_BYTES * 2 bytes
 * are left unread. */
void frame_decoder_feed(struct frame_decoder *d, const void *data, size_t len);

/* 1: *ret_frame is filled. 0: more bytes are needed. Negative: the stream cannot be trusted any
 * more, close the link: -E_CORRUPT (magic, checksum, reserved bits), -E_UNSUPPORTED (version),
 * -E_LIMIT (length). A header is checked by its own checksum before its length is believed. */
int frame_decoder_next(struct frame_decoder *d, struct frame *ret_frame, struct err *e) MUST_CHECK;

/* The same for bytes that are one whole frame, without a copy: the payload is borrowed from them.
 * Errors as above, and -E_CORRUPT for half a frame, or more than one. */
int frame_read(struct span whole, struct frame *ret_frame, struct err *e) MUST_CHECK;

/* What a link that has shaken hands must carry. A zero from or to means any. */
struct frame_expect {
    uint64_t cluster_id;
    uint64_t generation;
    uint64_t from;
    uint64_t to;
};

/* Compares a received header with the link's handshake: 0 or -E_MISMATCH with a sentence that
 * names the first field that differs, both values included. */
int frame_check(const struct frame_header *header, const struct frame_expect *expect,
                struct err *e) MUST_CHECK;

#endif
