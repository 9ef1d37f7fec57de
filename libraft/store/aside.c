/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/aside.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Digits of a number that leave room for the longest name of an image. */
#define NUMBER_MASK 0xfffffffu

struct names {
    char (*at)[VFS_NAME_MAX]; /* owned */
    size_t count;
};

static bool starts(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static void each_name(void *ctx, const char *name)
{
    struct names *n = ctx;
    if (!starts(name, "log-") && !starts(name, "image-") && !starts(name, "partial-"))
        return;
    n->at = mem_grow(n->at, n->count + 1, sizeof n->at[0]);
    (void)snprintf(n->at[n->count++], VFS_NAME_MAX, "%s", name);
}

static int put_one(const struct vfs *v, const char *dir, uint64_t number, const char *name,
                   struct err *e)
{
    char aside[2 * VFS_NAME_MAX];
    char from[VFS_PATH_MAX];
    char to[VFS_PATH_MAX];
    int len = snprintf(aside, sizeof aside, "damaged-%" PRIx64 "-%s", number & NUMBER_MASK, name);
    if (len >= VFS_NAME_MAX)
        return err_set(e, -E_CORRUPT, "store: %s is no name of the log's or an image's: remove it",
                       name);
    vfs_path(from, dir, name);
    vfs_path(to, dir, aside);
    return v->rename(v->arg, from, to, e);
}

int aside_put(const struct vfs *v, const char *dir, uint64_t number, struct err *e)
{
    struct names names = {0};
    int code = v->list(v->arg, dir, each_name, &names, e);
    for (size_t i = 0; i < names.count && code == 0; i++)
        code = put_one(v, dir, number, names.at[i], e);
    if (code == 0)
        code = v->sync_dir(v->arg, dir, e);
    mem_free(names.at);
    if (code < 0)
        err_wrap(e, "store: put the damaged log aside");
    return code;
}
