/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/file.h"

#include <stdio.h>

static int write_temporary(const struct vfs *v, const char *path, const uint8_t *data, size_t len,
                           struct err *e)
{
    struct vfs_file *file;
    int code = vfs_unlink_if_there(v, path, e);
    if (code < 0)
        return code;
    code = v->open(v->arg, path, VFS_CREATE | VFS_WRITE, &file, e);
    if (code < 0)
        return code;
    code = v->write(v->arg, file, 0, data, len, e);
    if (code == 0)
        code = v->sync(v->arg, file, e);
    v->close(v->arg, file);
    return code;
}

int file_replace(const struct vfs *v, const char *dir, const char *name, const uint8_t *data,
                 size_t len, struct err *e)
{
    char temporary_name[VFS_NAME_MAX];
    char temporary[VFS_PATH_MAX];
    char path[VFS_PATH_MAX];
    int n = snprintf(temporary_name, sizeof temporary_name, "%s.tmp", name);
    ASSERT(n > 0 && n < VFS_NAME_MAX && len % VFS_BLOCK == 0);
    vfs_path(temporary, dir, temporary_name);
    vfs_path(path, dir, name);
    int code = write_temporary(v, temporary, data, len, e);
    if (code == 0)
        code = v->rename(v->arg, temporary, path, e);
    if (code == 0)
        code = v->sync_dir(v->arg, dir, e);
    return code;
}

int file_read(const struct vfs *v, const char *dir, const char *name, uint8_t *data, size_t len,
              size_t *ret_len, struct err *e)
{
    char path[VFS_PATH_MAX];
    struct vfs_file *file;
    uint64_t size;
    vfs_path(path, dir, name);
    int code = v->open(v->arg, path, 0, &file, e);
    if (code < 0)
        return code;
    code = v->size(v->arg, file, &size, e);
    if (code == 0) {
        size_t there = size < len ? (size_t)size : len;
        code = v->read(v->arg, file, 0, data, there, e);
        if (code == 0)
            *ret_len = there;
    }
    v->close(v->arg, file);
    return code;
}
