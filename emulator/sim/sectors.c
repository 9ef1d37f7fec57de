/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/sim/sectors.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SECTORS 15
#define MOST_SECTORS  1023

struct sectors_slab {
    struct sectors_slab *next;
    size_t count;
    uint8_t room[][MEMDISK_SECTOR];
};

void sectors_free(struct sectors *s)
{
    for (struct sectors_slab *slab = s->slabs, *next; slab != NULL; slab = next) {
        next = slab->next;
        mem_free(slab);
    }
    *s = (struct sectors){0};
}

static void more(struct sectors *s)
{
    size_t count = s->slabs == NULL ? FIRST_SECTORS : 2 * s->slabs->count + 1;
    count = count < MOST_SECTORS ? count : MOST_SECTORS;
    struct sectors_slab *slab = mem_grow(NULL, 1, sizeof(*slab) + count * MEMDISK_SECTOR);
    slab->next = s->slabs;
    slab->count = count;
    s->slabs = slab;
    s->next = 0;
}

uint8_t *sectors_take(struct sectors *s)
{
    uint8_t *sector = s->free;
    if (sector != NULL) {
        memcpy(&s->free, sector, sizeof(s->free));
        return sector;
    }
    if (s->slabs == NULL || s->next == s->slabs->count)
        more(s);
    return s->slabs->room[s->next++];
}

void sectors_give(struct sectors *s, uint8_t *sector)
{
    if (sector == NULL)
        return;
    memcpy(sector, &s->free, sizeof(s->free));
    s->free = sector;
}
