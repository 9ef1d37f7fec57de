/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One slot of the hard state: its bytes, and which of two slots counts. */
#ifndef STORE_SLOT_H
#define STORE_SLOT_H

#include "store/meta.h"

#define SLOTS     2u
#define META_NAME "hardstate" /* the file: slot i is its block i */

/* What a slot says. */
struct slot {
    bool valid;
    bool other_format; /* intact, of another version */
    bool other_disk;   /* intact, with another mark or in the wrong place */
    uint64_t seq;      /* counts changes; equal in both slots = copies of one value */
    struct hard_state state;
};

/* block has VFS_BLOCK bytes. */
void slot_encode(uint8_t *block, unsigned number, uint64_t mark, uint64_t seq,
                 const struct hard_state *s);
struct slot slot_decode(const uint8_t *block, unsigned number, uint64_t mark);

/* Which slot counts: the valid one with the larger seq. *Errors*: -E_LOST (none is valid, or they
 * contradict each other), -E_MISMATCH, -E_UNSUPPORTED. */
int slot_choose(const struct slot s[SLOTS], unsigned *ret, struct err *e) MUST_CHECK;

/* Fills e with -E_LOST: why, and what that means for the member. */
int slot_lost(struct err *e, const char *why);

#endif
