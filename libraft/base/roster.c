/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/roster.h"

void roster_clear(struct roster *r)
{
    *r = (struct roster){0};
}

void roster_add(struct roster *r, unsigned slot, uint64_t id)
{
    ASSERT(slot < LIMIT_MEMBERS && r->ids[slot] == 0);
    ASSERT(id != 0 && roster_find(r, id) < 0);
    unsigned at = roster_hash(id);
    while (r->places[at] != 0)
        at = (at + 1) % ROSTER_PLACES;
    r->places[at] = (uint8_t)(slot + 1);
    r->ids[slot] = id;
}
