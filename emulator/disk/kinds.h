/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files of a data directory a word of a step means. */
#ifndef DISK_KINDS_H
#define DISK_KINDS_H

#include "emulator/disk/memvfs.h"

/* The WORLD_FILE_x of a file, by its path; 0: nothing that has a word. */
unsigned disk_kind_of(const char *path);

/* Deletes the files of these kinds in dir; of any kind: all there are. */
void disk_wipe(struct memvfs *m, const char *dir, unsigned kinds);
/* Files of these kinds are as they are in `from`, under the same paths, and no others are there. */
void disk_restore(struct memvfs *m, struct memvfs *from, const char *dir, unsigned kinds);

#endif
