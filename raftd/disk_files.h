/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The blocking half of the disk: struct vfs over POSIX calls, usable from any thread. */
#ifndef RAFTD_DISK_FILES_H
#define RAFTD_DISK_FILES_H

#include "store/vfs.h"

#include <stdatomic.h>

/* The arg of the table. */
struct disk_files {
    bool no_fsync;
    _Atomic(int) direct_errno; /* why O_DIRECT was refused last; 0: it was not */
    int lock_fd;               /* -1: not held */
};

/* Every entry but submit. */
struct vfs disk_files_vfs(struct disk_files *files);

#endif
