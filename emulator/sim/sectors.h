/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Room for sectors of simulated disks: taken and given back one by one, from the system by more at
 * a time the more there are. */
#ifndef SIM_SECTORS_H
#define SIM_SECTORS_H

#include "base/must.h"

#define MEMDISK_SECTOR 512u /* the unit that reaches a disk whole or not at all */

struct sectors_slab;

/* All-zero is empty. */
struct sectors {
    struct sectors_slab *slabs; /* owned, a list */
    size_t next;                /* the first of the newest that was never taken */
    void *free;                 /* a list through the sectors themselves */
};

/* What was taken is gone with it. */
void sectors_free(struct sectors *s);
/* Its contents are undefined. */
uint8_t *sectors_take(struct sectors *s);
void sectors_give(struct sectors *s, uint8_t *sector); /* NULL is allowed */

#endif
