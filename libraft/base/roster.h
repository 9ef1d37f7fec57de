/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which slot a node has, by its id.
 *
 * Ids are numbers of 64 bits that mean nothing, slots are small: bits of a nodeset, places in a
 * table of members. Every message and every turn asks for somebody's slot, and going through all
 * members for it makes an event cost as much as the cluster is large. A roster is two cache lines
 * for an answer instead, and no pointers: it may stand in a block that is copied. */
#ifndef BASE_ROSTER_H
#define BASE_ROSTER_H

#include "base/limits.h"
#include "base/must.h"

#define ROSTER_PLACES 256 /* an id's hash is a byte */
_Static_assert(2 * LIMIT_MEMBERS <= ROSTER_PLACES, "at most half full: searches end soon");

/* All-zero: nobody is in it. Open addressing, linear probing. */
struct roster {
    uint64_t ids[LIMIT_MEMBERS];   /* by slot; 0: nobody */
    uint8_t places[ROSTER_PLACES]; /* slot + 1 of whoever's hash leads here or to just before */
};

static inline unsigned roster_hash(uint64_t id)
{
    return (unsigned)(id * 0x9e3779b97f4a7c15u >> 56);
}

/* -1: it is not there; nor is ever id 0, which is nobody. */
static inline int roster_find(const struct roster *r, uint64_t id)
{
    for (unsigned at = roster_hash(id); r->places[at] != 0; at = (at + 1) % ROSTER_PLACES) {
        unsigned slot = r->places[at] - 1u;
        if (r->ids[slot] == id)
            return (int)slot;
    }
    return -1;
}

void roster_clear(struct roster *r);
/* Precondition: id is not 0 and not there yet, and the slot is free. */
void roster_add(struct roster *r, unsigned slot, uint64_t id);

#endif
