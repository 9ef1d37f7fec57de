/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directories as they were when a step gave them a mark. */
#ifndef DISK_SAVES_H
#define DISK_SAVES_H

#include "emulator/disk/memvfs.h"

#define DISK_SAVES_MAX 64

/* All-zero is empty. Invariant: disk NULL = free. */
struct disk_saves {
    struct {
        unsigned node;
        char *mark;          /* owned */
        struct memvfs *disk; /* owned */
    } list[DISK_SAVES_MAX];
};

/* Remembers a copy of m in place of what the node had under that mark; seed: the copy's own.
 * Errors: -E_LIMIT. */
int disk_saves_put(struct disk_saves *s, unsigned node, const char *mark, const struct memvfs *m,
                   uint64_t seed, struct err *e) MUST_CHECK;
/* Errors: -E_NOTFOUND. */
int disk_saves_find(const struct disk_saves *s, unsigned node, const char *mark,
                    struct memvfs **ret, struct err *e) MUST_CHECK;
void disk_saves_free(struct disk_saves *s);

#endif
