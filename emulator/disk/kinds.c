/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/disk/kinds.h"

#include "base/mem.h"
#include "emulator/runner/world.h"
#include "trace/point.h"

#include <string.h>

unsigned disk_kind_of(const char *path)
{
    enum point_file file;
    if (!trace_point_file(path, &file))
        return 0;
    switch (file) {
    case POINT_log: return WORLD_FILE_LOG;
    case POINT_meta: return WORLD_FILE_META;
    case POINT_image: return WORLD_FILE_SNAPSHOT;
    case POINT_dir:
    case POINT_FILES_COUNT: break; /* no file */
    }
    UNREACHABLE();
}

/* The files of some kinds, by path; of any: all there are, the identity among them. */
struct paths {
    const char *dir;
    unsigned kinds;
    size_t count;
    char (*list)[VFS_PATH_MAX];
};

static void add_path(void *ctx, const char *name)
{
    struct paths *p = ctx;
    if (p->kinds != WORLD_FILE_ANY && (disk_kind_of(name) & p->kinds) == 0)
        return;
    p->list = mem_grow(p->list, p->count + 1, sizeof(*p->list));
    vfs_path(p->list[p->count++], p->dir, name);
}

static struct paths list_files(const struct memvfs *m, const char *dir, unsigned kinds)
{
    struct paths p = {.dir = dir, .kinds = kinds};
    memvfs_names(m, dir, add_path, &p);
    return p;
}

void disk_wipe(struct memvfs *m, const char *dir, unsigned kinds)
{
    struct paths p = list_files(m, dir, kinds);
    for (size_t i = 0; i < p.count; i++)
        memvfs_remove(m, p.list[i]);
    mem_free(p.list);
}

void disk_restore(struct memvfs *m, struct memvfs *from, const char *dir, unsigned kinds)
{
    struct paths then = list_files(from, dir, kinds);
    disk_wipe(m, dir, kinds);
    for (size_t i = 0; i < then.count; i++) {
        size_t len;
        const uint8_t *bytes = memvfs_bytes(from, then.list[i], &len);
        memvfs_put(m, then.list[i], bytes, len);
    }
    mem_free(then.list);
}
