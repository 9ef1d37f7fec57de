/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What steps do to data directories, from outside: the files are changed beside the process. */
#ifndef LIVE_DISKS_H
#define LIVE_DISKS_H

#include "emulator/disk/saves.h"
#include "emulator/live/nodes.h"

struct disks {
    struct nodes *nodes; /* borrowed */
    uint64_t seed;
    uint64_t done; /* changes so far: each has dice of its own */
    struct disk_saves saves;
};

/* As the calls of that name in world.h. A process that runs stands still meanwhile; one that was
 * killed is waited for. */
int disks_image(struct disks *d, unsigned node, enum world_image what, unsigned files,
                const char *mark, struct err *e) MUST_CHECK;
int disks_damage(struct disks *d, unsigned node, const struct world_damage *what,
                 char text[WORLD_TEXT_MAX], struct err *e) MUST_CHECK;

void disks_free(struct disks *d);

#endif
