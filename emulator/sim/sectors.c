/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/sim/sectors.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SLAB_SECTORS 120

struct sectors_slab {
    struct sectors_slab *next;
    uint8_t room[SLAB_SECTORS][MEMDISK_SECTOR];
};

void sectors_free(struct sectors *s)
{
    for (struct sectors_slab *slab = s->slabs, *next; slab != NULL; slab = next) {
        next = slab->next;
        free(slab);
    }
    *s = (struct sectors){0};
}

static void more(struct sectors *s)
{
    struct sectors_slab *slab = mem_array(1, sizeof(*slab));
    slab->next = s->slabs;
    s->slabs = slab;
    for (size_t i = SLAB_SECTORS; i > 0; i--)
        sectors_give(s, slab->room[i - 1]);
}

uint8_t *sectors_take(struct sectors *s)
{
    if (s->free == NULL)
        more(s);
    uint8_t *sector = s->free;
    memcpy(&s->free, sector, sizeof(s->free));
    return sector;
}

void sectors_give(struct sectors *s, uint8_t *sector)
{
    if (sector == NULL)
        return;
    memcpy(sector, &s->free, sizeof(s->free));
    s->free = sector;
}
