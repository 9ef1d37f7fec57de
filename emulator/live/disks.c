/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/disks.h"

#include "emulator/disk/damage.h"
#include "emulator/disk/kinds.h"
#include "emulator/disk/unsynced.h"

#include <stdio.h>

/* What is done to files as they stand in memory. Errors: its own. */
typedef int change_fn(struct disks *d, unsigned node, struct memvfs *m, void *arg, struct err *e);

static struct prng dice_for(struct disks *d)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "damage %llu", (unsigned long long)++d->done);
    return prng_named(d->seed, name);
}

static int read_files(struct disks *d, unsigned node, struct memvfs **ret, char torn[VFS_NAME_MAX],
                      struct err *e)
{
    struct buf undo = {0};
    struct prng dice = dice_for(d);
    buf_putf(&undo, "%s/" NODES_UNDO, nodes_home(d->nodes, node));
    int code = unsynced_read(nodes_data_dir(d->nodes, node), buf_str(&undo), prng_u64(&dice), ret,
                             torn, e);
    buf_free(&undo);
    return code;
}

/* All that stands there is synced. */
static int forget(const struct disks *d, unsigned node, struct err *e)
{
    struct buf undo = {0};
    buf_putf(&undo, "%s/" NODES_UNDO, nodes_home(d->nodes, node));
    int code = unsynced_forget(buf_str(&undo), e);
    buf_free(&undo);
    return code;
}

/* Reads the node's directory, has it changed, and writes it. */
static int change(struct disks *d, unsigned node, change_fn *how, void *arg, struct err *e)
{
    struct memvfs *m;
    char torn[VFS_NAME_MAX];
    int code = nodes_hold(d->nodes, node, e);
    if (code < 0)
        return code;
    code = read_files(d, node, &m, torn, e);
    if (code == 0) {
        code = how(d, node, m, arg, e);
        if (code == 0)
            code = directory_write(m, nodes_data_dir(d->nodes, node), e);
        memvfs_free(m);
    }
    nodes_release(d->nodes, node);
    return code;
}

int disks_cut(struct disks *d, unsigned node, enum memvfs_crash how, const struct world_tear *tear,
              bool *ret_torn, struct err *e)
{
    struct memvfs *m;
    char torn[VFS_NAME_MAX], path[VFS_PATH_MAX];
    struct prng dice = dice_for(d);
    int code = read_files(d, node, &m, torn, e);
    if (code < 0)
        return err_wrap(e, "n%u", node + 1);
    *ret_torn = tear != NULL && torn[0] != '\0';
    if (*ret_torn) {
        vfs_path(path, DIRECTORY_INSIDE, torn);
        (void)damage_tear_unsynced(m, path, tear, &dice);
        how = how == MEMVFS_KILL ? MEMVFS_CUT_RANDOM : how;
    }
    if (how != MEMVFS_KILL) {
        memvfs_crash(m, how);
        code = directory_write(m, nodes_data_dir(d->nodes, node), e);
        if (code == 0)
            code = forget(d, node, e);
    }
    memvfs_free(m);
    return code < 0 ? err_wrap(e, "n%u", node + 1) : 0;
}

/* ---- images ---- */

struct image {
    enum world_image what;
    unsigned files;
    const char *mark;
};

static int change_image(struct disks *d, unsigned node, struct memvfs *m, void *arg, struct err *e)
{
    const struct image *image = arg;
    struct memvfs *saved;
    int code = 0;
    switch (image->what) {
    case WORLD_IMAGE_SAVE: return disk_saves_put(&d->saves, node, image->mark, m, d->seed, e);
    case WORLD_IMAGE_WIPE: disk_wipe(m, DIRECTORY_INSIDE, image->files); return 0;
    case WORLD_IMAGE_RESTORE: break;
    }
    code = disk_saves_find(&d->saves, node, image->mark, &saved, e);
    if (code == 0)
        disk_restore(m, saved, DIRECTORY_INSIDE, image->files);
    return code;
}

void disks_harm(struct disks *d, unsigned node)
{
    d->bad |= NODE_BIT(node);
    d->harmed(d->arg, node);
}

int disks_image(struct disks *d, unsigned node, enum world_image what, unsigned files,
                const char *mark, struct err *e)
{
    struct image image = {.what = what, .files = files, .mark = mark};
    bool all = what == WORLD_IMAGE_WIPE && files == WORLD_FILE_ANY;
    if (what != WORLD_IMAGE_SAVE && nodes_runs(d->nodes, node))
        return err_set(e, -E_BUSY, "n%u runs: only a stopped node's files can be changed",
                       node + 1);
    int code = all ? nodes_empty(d->nodes, node, e) : change(d, node, change_image, &image, e);
    if (code < 0 || what == WORLD_IMAGE_SAVE)
        return code;
    disks_harm(d, node);
    return forget(d, node, e);
}

/* ---- damage ---- */

struct damage {
    const struct world_damage *what;
    char *text;
};

static int change_bytes(struct disks *d, unsigned node, struct memvfs *m, void *arg, struct err *e)
{
    struct damage *damage = arg;
    struct prng dice = dice_for(d);
    int code = damage_do(m, DIRECTORY_INSIDE, damage->what, &dice, damage->text, e);
    return code < 0 ? err_wrap(e, "n%u", node + 1) : 0;
}

int disks_damage(struct disks *d, unsigned node, const struct world_damage *what,
                 char text[WORLD_TEXT_MAX], struct err *e)
{
    struct damage damage = {.what = what, .text = text};
    int code = change(d, node, change_bytes, &damage, e);
    if (code < 0)
        return code;
    disks_harm(d, node);
    return 0;
}

void disks_free(struct disks *d)
{
    disk_saves_free(&d->saves);
}
