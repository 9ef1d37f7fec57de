/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/disk/saves.h"

#include "base/mem.h"

#include <string.h>

int disk_saves_find(const struct disk_saves *s, unsigned node, const char *mark,
                    struct memvfs **ret, struct err *e)
{
    for (size_t i = 0; i < DISK_SAVES_MAX; i++) {
        if (s->list[i].disk != NULL && s->list[i].node == node &&
            strcmp(s->list[i].mark, mark) == 0) {
            *ret = s->list[i].disk;
            return 0;
        }
    }
    return err_set(e, -E_NOTFOUND, "mark %s: no directory of n%u was saved under it", mark,
                   node + 1);
}

int disk_saves_put(struct disk_saves *s, unsigned node, const char *mark, const struct memvfs *m,
                   uint64_t seed, struct err *e)
{
    size_t at = DISK_SAVES_MAX;
    for (size_t i = 0; i < DISK_SAVES_MAX; i++) {
        bool same = s->list[i].disk != NULL && s->list[i].node == node &&
                    strcmp(s->list[i].mark, mark) == 0;
        if (same || (at == DISK_SAVES_MAX && s->list[i].disk == NULL))
            at = i;
        if (same)
            break;
    }
    if (at == DISK_SAVES_MAX)
        return err_set(e, -E_LIMIT, "more than %d saved directories", DISK_SAVES_MAX);
    if (s->list[at].disk != NULL)
        memvfs_free(s->list[at].disk);
    mem_free(s->list[at].mark);
    s->list[at].node = node;
    s->list[at].mark = mem_strdup(mark);
    s->list[at].disk = memvfs_clone(m, seed);
    return 0;
}

void disk_saves_free(struct disk_saves *s)
{
    for (size_t i = 0; i < DISK_SAVES_MAX; i++) {
        if (s->list[i].disk != NULL)
            memvfs_free(s->list[i].disk);
        mem_free(s->list[i].mark);
    }
    *s = (struct disk_saves){0};
}
