/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing RESP: one function a reply type, RESP2 or RESP3 by the version given. */
#ifndef BASE_RESPW_H
#define BASE_RESPW_H

#include "base/buf.h"
#include "base/span.h"

/* What a connection speaks: RESP2 until it says HELLO 3. */
enum resp_version { RESP2 = 2, RESP3 = 3 };

/* All of them append exactly one reply (or the head of one) to out; buf's overflow is the only
 * way to fail. Types RESP2 lacks are written as its nearest kin, as Redis does: a map as a flat
 * array of twice the length, a set as an array, a double and a big number as a bulk string, a
 * boolean as :1 or :0, null as $-1 (where an array was expected: *-1). */
void respw_simple(struct buf *out, const char *text); /* +text; text has no CR or LF */
void respw_ok(struct buf *out);                       /* +OK */
/* -text: "CODE sentence". CR and LF in the result are replaced by spaces, so that text from
 * outside cannot forge a second reply. */
void respw_error(struct buf *out, const char *text);
void respw_errorf(struct buf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
void respw_integer(struct buf *out, int64_t value);
/* An unsigned value as an integer reply; ASSERTs it is below 2^63. */
void respw_unsigned(struct buf *out, uint64_t value);
void respw_bulk(struct buf *out, struct span bytes);
void respw_bulk_str(struct buf *out, const char *text);
void respw_bulkf(struct buf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
void respw_null(struct buf *out, enum resp_version version);
void respw_null_array(struct buf *out, enum resp_version version);
void respw_bool(struct buf *out, enum resp_version version, bool value);
void respw_double(struct buf *out, enum resp_version version, double value);
/* Text with a three-letter format ("txt", "mkd"); a plain bulk string in RESP2. */
void respw_verbatim(struct buf *out, enum resp_version version, const char *format,
                    struct span text);

/* Heads: the given number of replies (pairs of replies for a map) must follow. */
void respw_array(struct buf *out, size_t count);
void respw_map(struct buf *out, enum resp_version version, size_t pairs_count);
void respw_set(struct buf *out, enum resp_version version, size_t count);
void respw_push(struct buf *out, enum resp_version version, size_t count);

/* A request: an array of bulk strings. */
void respw_request(struct buf *out, const struct span *argv, size_t argc);

/* Appends a complete RESP2 reply of ours, rewritten for a RESP3 connection: every null becomes
 * `_`. The other types a write answers with are the same in both. Returns 0 or -E_CORRUPT when
 * the bytes are no sequence of RESP2 values (out then holds a part). */
int respw_upgrade(struct buf *out, struct span resp2) MUST_CHECK;

/* Whether the bytes are one RESP2 value and nothing else: what respw_upgrade takes for sure, and
 * what may stand in a stream of replies. */
bool respw_is_one_value(struct span resp2);

#endif
