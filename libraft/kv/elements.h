/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The elements of a list or a set as the bytes of one value: the length (u32, little-endian) and
 * the bytes of each, those of a set ascending. */
#ifndef KV_ELEMENTS_H
#define KV_ELEMENTS_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/span.h"

/* All of them, to be taken one by one. */
struct bytes elements_of(struct span packed);
/* False: none is left, or the rest is none (bad). */
bool elements_next(struct bytes *left, struct span *ret);
size_t elements_count(struct span packed);
void elements_put(struct buf *out, struct span element);
/* At least one, complete, and ascending in a set. */
bool elements_valid(struct span packed, bool set);

bool elements_have(struct span set, struct span member);
/* The set with the members, or without them, is appended to out. Returns how many were new, or
 * there. Sorts the members. O(size of the set + members log members). */
size_t elements_add(struct span set, struct span *members, size_t count, struct buf *out);
size_t elements_remove(struct span set, struct span *members, size_t count, struct buf *out);

#endif
