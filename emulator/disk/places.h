/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where things stand in the files of a data directory: headers, checksums, contents, what was
 * written last. So that a step can say "the checksum of a batch in the middle of the log". */
#ifndef DISK_PLACES_H
#define DISK_PLACES_H

#include "emulator/disk/memvfs.h"
#include "emulator/runner/world.h"

/* Bytes start..end (not included) of a file. */
struct place {
    char path[VFS_PATH_MAX];
    uint64_t start, end;
};

struct places {
    struct place *list; /* owned: places_free */
    size_t count, cap;
};

/* Every place of that region in the files of dir of those kinds (WORLD_FILE_x), in the order of
 * their names and bytes. What does not read as the store writes it has no places. */
void places_find(struct memvfs *m, const char *dir, unsigned files, enum world_region region,
                 struct places *ret);
void places_free(struct places *p);

#endif
