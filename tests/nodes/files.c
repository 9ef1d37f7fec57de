/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/nodes/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIR "/data"

static void collect(void *ctx, const char *name)
{
    struct files *f = ctx;
    if (f->count < FILES_MAX)
        (void)snprintf(f->name[f->count++], VFS_NAME_MAX, "%s", name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

void files_list(const struct nodes_one *one, struct files *ret)
{
    const struct vfs *v = memvfs_vfs(one->disk);
    struct err e = {0};
    *ret = (struct files){0};
    int code = v->list(v->arg, DIR, collect, ret, &e);
    ASSERT(code == 0);
    qsort(ret->name, ret->count, sizeof(ret->name[0]), by_name);
}

const char *files_short(const char *name, char out[VFS_NAME_MAX])
{
    size_t len = 0;
    for (const char *at = name; *at != '\0' && len < VFS_NAME_MAX - 1; at++) {
        bool begins = at > name && at[-1] == '-';
        while (begins && *at == '0' && at[1] != '\0' && at[1] != '-' && at[1] != '.')
            at++;
        out[len++] = *at;
    }
    out[len] = '\0';
    return out;
}

bool files_find(const struct nodes_one *one, const char *name, char path[VFS_PATH_MAX])
{
    static struct files f;
    char text[VFS_NAME_MAX];
    files_list(one, &f);
    for (size_t i = 0; i < f.count; i++) {
        if (strcmp(f.name[i], name) != 0 && strcmp(files_short(f.name[i], text), name) != 0)
            continue;
        (void)snprintf(path, VFS_PATH_MAX, DIR "/%s", f.name[i]);
        return true;
    }
    return false;
}

/* The next header of this very file from `at` on. */
static bool next_in(const uint8_t *data, size_t len, size_t at, uint64_t segment,
                    struct files_batch *ret)
{
    for (; at + BATCH_HEADER_BYTES <= len; at += VFS_BLOCK) {
        if (batch_look(data + at, len - at, &ret->head) != BATCH_HEADER ||
            ret->head.segment != segment)
            continue;
        uint64_t bytes = batch_bytes(&ret->head);
        ret->at = at;
        ret->intact = bytes <= len - at && batch_body_intact(data + at, &ret->head);
        return true;
    }
    return false;
}

bool files_batch(const struct nodes_one *one, unsigned number, struct files_batch *ret)
{
    static struct files f;
    files_list(one, &f);
    for (size_t i = 0; i < f.count; i++) {
        unsigned long long segment;
        size_t len;
        char rest;
        if (sscanf(f.name[i], "log-%16llx%c", &segment, &rest) != 1)
            continue;
        (void)snprintf(ret->path, sizeof(ret->path), DIR "/%s", f.name[i]);
        const uint8_t *data = memvfs_bytes(one->disk, ret->path, &len);
        for (size_t at = 0; next_in(data, len, at, segment, ret); at = ret->at + VFS_BLOCK) {
            if (number-- == 0)
                return true;
        }
    }
    return false;
}
