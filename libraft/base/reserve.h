/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that a program sets aside once, when it starts, and lives from: base/mem.h takes from it
 * and gives back into it, so that nothing that happens later has to ask the system for any. */
#ifndef BASE_RESERVE_H
#define BASE_RESERVE_H

#include "base/must.h"

/* Invariants: pages of one size, each of them cut into slots of one class, or in a row with others
 * one large piece; what was given back is found again by its class, and never becomes another one.
 * So as much is used as all classes had out at most. */
#define RESERVE_PAGE_BYTES 16384u

/* The memory is zeros, and the reserve's from then on; no byte of it is touched before it is
 * needed. False: it was not taken, for there is a reserve already, it is too small for one, or a
 * sanitizer watches each piece by itself. Without a reserve or beyond it the C library is asked as
 * ever, and so it is by every other thread: the reserve is the one's that opened it, and only that
 * one may give back what came from it (asserted). */
bool reserve_open(void *memory, size_t bytes);

/* NULL: there is none, or it is used up. ret_zero: whether nobody has written to it yet. align: a
 * power of two up to a page's size. */
void *reserve_take(size_t align, size_t size, bool *ret_zero);
/* How many bytes lie at p; 0: it came from elsewhere (NULL too). */
size_t reserve_room(const void *p);
/* False: it came from elsewhere, and nothing is done. */
bool reserve_give(void *p);

/* What was touched so far. */
size_t reserve_used(void);

#endif
