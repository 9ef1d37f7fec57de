/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A growable byte buffer with a maximum: the one way bytes are collected for output. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/must.h"

/* Invariants: len <= cap <= max; data[len] is NUL once anything was written. A write that would
 * pass max writes nothing and sets overflow, which stays until buf_reset. */
struct buf {
    char *data; /* owned */
    size_t len; /* bytes in use */
    size_t cap; /* bytes allocated, without the final NUL */
    size_t max; /* bytes allowed; 0 = BUF_MAX_DEFAULT */
    bool overflow;
};

#define BUF_MAX_DEFAULT (64u << 20)

void buf_init(struct buf *b, size_t max); /* an all-zero struct buf is valid too */
void buf_free(struct buf *b);             /* leaves an empty, usable buffer */
void buf_reset(struct buf *b);            /* empties, keeps the memory */

void buf_put(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_putf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Text from outside, for a terminal and on one line: what is no UTF-8 becomes \xNN, and so do
 * control characters (C0, DEL, and C1 in its UTF-8 form), which could drive the terminal. */
void buf_put_visible(struct buf *b, const void *data, size_t len);

/* Little-endian integers, for files and frames. */
void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u16(struct buf *b, uint16_t v);
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
void buf_put_zeros(struct buf *b, size_t count);

/* Drops the first n bytes (n <= len). */
void buf_consume(struct buf *b, size_t n);

/* The text so far as a C string; never NULL; valid until the next change. */
const char *buf_str(const struct buf *b);

#endif
