/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/blocks.h"

#include <stdio.h>
#include <string.h>

#define FILL_BYTES (1u << 20) /* zeros written at once while a file is prepared */

void vfs_path(char out[VFS_PATH_MAX], const char *dir, const char *name)
{
    int n = snprintf(out, VFS_PATH_MAX, "%s/%s", dir, name);
    ASSERT(n > 0 && n < VFS_PATH_MAX);
}

int vfs_unlink_if_there(const struct vfs *v, const char *path, struct err *e)
{
    struct err why = {0};
    int code = v->unlink(v->arg, path, &why);
    if (code == 0 || code == -E_NOTFOUND)
        return 0;
    return err_set(e, code, "%s", why.text);
}

static int run_writes(const struct vfs *v, struct vfs_op *op)
{
    for (unsigned i = 0; i < op->writes_count; i++) {
        const struct vfs_write *w = &op->writes[i];
        int code = v->write(v->arg, w->file, w->offset, w->data, w->len, &op->error);
        if (code < 0)
            return code;
    }
    for (unsigned i = 0; i < op->writes_count; i++) {
        struct vfs_file *file = op->writes[i].file;
        bool again = i + 1 < op->writes_count && op->writes[i + 1].file == file;
        int code = again ? 0 : v->sync(v->arg, file, &op->error);
        if (code < 0)
            return code;
    }
    return 0;
}

static int fill_zeros(const struct vfs *v, struct vfs_file *file, uint64_t size_bytes,
                      struct err *e)
{
    struct blocks zeros = {0};
    size_t chunk = size_bytes < FILL_BYTES ? (size_t)size_bytes : FILL_BYTES;
    blocks_reserve(&zeros, chunk);
    int code = 0;
    for (uint64_t at = 0; at < size_bytes && code == 0; at += chunk) {
        size_t n = size_bytes - at < chunk ? (size_t)(size_bytes - at) : chunk;
        code = v->write(v->arg, file, at, zeros.data, n, e);
    }
    blocks_free(&zeros);
    return code;
}

/* Content first, then the name, then the directory: at every crash the name is either not there
 * or names a complete file. */
static int create_zeroed(const struct vfs *v, struct vfs_prepare *p, struct err *e)
{
    struct vfs_file *file;
    int code = vfs_unlink_if_there(v, p->temporary, e);
    if (code < 0)
        return code;
    code = v->open(v->arg, p->temporary, VFS_CREATE | VFS_WRITE | VFS_DIRECT, &file, e);
    if (code < 0)
        return code;
    code = fill_zeros(v, file, p->size_bytes, e);
    if (code == 0)
        code = v->sync(v->arg, file, e);
    if (code == 0)
        code = v->rename(v->arg, p->temporary, p->path, e);
    if (code == 0)
        code = v->sync_dir(v->arg, p->dir, e);
    if (code == 0) {
        p->ret_file = file;
        return 0;
    }
    v->close(v->arg, file);
    int ignored = v->unlink(v->arg, p->temporary, NULL); /* gives the space back, if it can */
    (void)ignored;
    return code;
}

static int rename_recycled(const struct vfs *v, struct vfs_prepare *p, struct err *e)
{
    int code = v->rename(v->arg, p->recycled, p->path, e);
    if (code == 0)
        code = v->sync_dir(v->arg, p->dir, e);
    if (code == 0)
        code = v->open(v->arg, p->path, VFS_WRITE | VFS_DIRECT, &p->ret_file, e);
    return code;
}

int vfs_run_op(const struct vfs *v, struct vfs_op *op)
{
    switch (op->kind) {
    case VFS_OP_WRITE: return run_writes(v, op);
    case VFS_OP_PREPARE:
        ASSERT(op->prepare.size_bytes > 0 && op->prepare.size_bytes % VFS_BLOCK == 0);
        return op->prepare.recycled[0] != '\0' ? rename_recycled(v, &op->prepare, &op->error)
                                               : create_zeroed(v, &op->prepare, &op->error);
    }
    UNREACHABLE();
}
