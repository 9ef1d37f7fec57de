/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A streaming JSON writer: commas and escapes are its business, nesting is checked. */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include "base/buf.h"

#define JSONW_DEPTH_MAX 32

/* Writes into a buffer it does not own. Every value needs a key inside an object and none inside
 * an array (asserted). Text is UTF-8; bytes that are not are written as \ufffd. */
struct jsonw {
    struct buf *out;
    int depth;
    bool comma[JSONW_DEPTH_MAX];
    bool object[JSONW_DEPTH_MAX];
    bool keyed;
};

void jsonw_init(struct jsonw *w, struct buf *out);
void jsonw_object(struct jsonw *w); /* { */
void jsonw_array(struct jsonw *w);  /* [ */
void jsonw_end(struct jsonw *w);    /* closes the innermost of the two */

void jsonw_key(struct jsonw *w, const char *key);
void jsonw_string(struct jsonw *w, const char *s);
void jsonw_bytes(struct jsonw *w, const void *data, size_t len); /* as a string */
void jsonw_u64(struct jsonw *w, uint64_t v);
void jsonw_i64(struct jsonw *w, int64_t v);
void jsonw_hex64(struct jsonw *w, uint64_t v); /* "0123456789abcdef": ids and digests */
void jsonw_double(struct jsonw *w, double v);  /* finite; at most six decimals */
void jsonw_bool(struct jsonw *w, bool v);
void jsonw_null(struct jsonw *w);
void jsonw_raw(struct jsonw *w, const char *json); /* one complete value, trusted */
void jsonw_raw_bytes(struct jsonw *w, const char *json, size_t len); /* the same */

/* Key and value in one line. */
void jsonw_kv_string(struct jsonw *w, const char *key, const char *s);
void jsonw_kv_text(struct jsonw *w, const char *key, const char *s); /* NULL: null */
void jsonw_kv_u64(struct jsonw *w, const char *key, uint64_t v);
void jsonw_kv_double(struct jsonw *w, const char *key, double v);
void jsonw_kv_bool(struct jsonw *w, const char *key, bool v);
void jsonw_kv_hex64(struct jsonw *w, const char *key, uint64_t v);

#endif
