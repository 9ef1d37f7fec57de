/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes with repetitions made smaller, quickly: for blocks of states, each much like the last one.
 */
#ifndef EXPLORE_PACK_H
#define EXPLORE_PACK_H

#include "base/must.h"

/* The code is a sequence of: a byte (literals << 4 | matched - 4; 15: more follows in bytes, up to
 * the first below 255), the rest of the literals' count, the literals, and unless that was the end:
 * the distance (two bytes, 1..65535, little-endian), the rest of the match's length. A match
 * repeats what lies that far behind and may reach into itself. */
#define PACK_RAW_MAX 65535u
/* What so many bytes may become at worst. */
#define PACK_BOUND(len) ((len) + (len) / 255 + 16)

/* Where bytes were seen; its content does not matter before. */
struct pack_memory {
    uint16_t at[1 << 13];
};

/* len <= PACK_RAW_MAX; out holds PACK_BOUND(len). Returns what was written. */
size_t pack(struct pack_memory *m, const uint8_t *raw, size_t len, uint8_t *out);

/* Exactly raw_len bytes, or false: then the code is damaged, and raw has anything in it. */
bool unpack(const uint8_t *code, size_t len, uint8_t *raw, size_t raw_len) MUST_CHECK;

#endif
