/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory for many small things of any size that come and go: taken from mem.h a block at a time, so
 * that who has found its size asks for no more, and given back when a block is empty. */
#ifndef BASE_SLABS_H
#define BASE_SLABS_H

#include "base/must.h"

/* Invariants: a block holds slots of one size; blocks with room are in the list of their size, full
 * ones in none; at most SLABS_SPARE blocks are empty. Single-threaded. */
struct slabs;

/* Larger things come from mem.h one by one. */
#define SLABS_SLOT_MAX    1024u
#define SLABS_BLOCK_BYTES 16384u
#define SLABS_SPARE       4u

/* *Ownership*: held by its creator and by whoever shares it, until each has dropped it. What was
 * taken may outlive them: the memory goes with the last of all these. */
struct slabs *slabs_new(void) MUST_CHECK;
struct slabs *slabs_share(struct slabs *s);
void slabs_drop(struct slabs *s); /* NULL is allowed */

/* Never NULL; aligned for any type; what is in it is undefined. A sanitizer is told about each, as
 * if it came from malloc. */
void *slabs_take(struct slabs *s, size_t size) MUST_CHECK;
/* size as it was taken; NULL is allowed. */
void slabs_give(struct slabs *s, void *p, size_t size);
/* Of another size with the bytes that both have; p may be NULL, then size is 0. */
void *slabs_resize(struct slabs *s, void *p, size_t size, size_t new_size) MUST_CHECK;

/* What is out now; the blocks that are held, empty ones among them. */
size_t slabs_taken(const struct slabs *s);
size_t slabs_blocks(const struct slabs *s);

#endif
