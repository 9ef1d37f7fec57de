/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded cursor over bytes from outside: parsers read like schemas and cannot overrun. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/must.h"

/* Invariant: at <= len. Reading past the end sets bad, returns zeros, and bad stays: parse the
 * whole record, then look once. The bytes are borrowed. */
struct bytes {
    const uint8_t *data;
    size_t len;
    size_t at;
    bool bad;
};

struct bytes bytes_of(const void *data, size_t len);
size_t bytes_left(const struct bytes *c);
bool bytes_ended(const struct bytes *c); /* not bad and everything was read */

/* Little-endian integers. */
uint8_t bytes_u8(struct bytes *c);
uint16_t bytes_u16(struct bytes *c);
uint32_t bytes_u32(struct bytes *c);
uint64_t bytes_u64(struct bytes *c);

/* The next n bytes, borrowed; NULL (and bad) if fewer are left. n may be 0. */
const uint8_t *bytes_take(struct bytes *c, size_t n);
/* A cursor over the next n bytes; bad if fewer are left. */
struct bytes bytes_sub(struct bytes *c, size_t n);

#endif
