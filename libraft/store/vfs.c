/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/blocks.h"

#include <stdio.h>
#include <string.h>

/* Written at once while a file is prepared. */
#define FILL_BYTES (1u << 20)
static uint8_t zeros[FILL_BYTES] __attribute__((aligned(VFS_BLOCK))); /* stay so */

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

static int run_writes(const struct vfs *v, struct vfs_op *op, bool sync)
{
    for (unsigned i = 0; i < op->writes_count; i++) {
        const struct vfs_write *w = &op->writes[i];
        int code = v->write(v->arg, w->file, w->offset, w->data, w->len, &op->error);
        if (code < 0)
            return code;
    }
    for (unsigned i = 0; i < op->writes_count && sync; i++) {
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
    int code = 0;
    for (uint64_t at = 0; at < size_bytes && code == 0; at += FILL_BYTES) {
        size_t n = size_bytes - at < FILL_BYTES ? (size_t)(size_bytes - at) : FILL_BYTES;
        code = v->write(v->arg, file, at, zeros, n, e);
    }
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

static int create_file(const struct vfs *v, struct vfs_change *c, struct err *e)
{
    char path[VFS_PATH_MAX];
    if (c->create[0] == '\0')
        return 0;
    vfs_path(path, c->dir, c->create);
    int code = vfs_unlink_if_there(v, path, e);
    if (code == 0)
        code = v->open(v->arg, path, VFS_CREATE | VFS_WRITE | VFS_DIRECT, &c->ret_file, e);
    return code;
}

static int write_changes(const struct vfs *v, struct vfs_op *op)
{
    for (unsigned i = 0; i < op->writes_count; i++)
        if (op->writes[i].file == NULL)
            op->writes[i].file = op->change.ret_file;
    return run_writes(v, op, op->change.sync);
}

static int rename_in(const struct vfs *v, const struct vfs_change *c, struct err *e)
{
    char from[VFS_PATH_MAX];
    char to[VFS_PATH_MAX];
    if (c->rename_from[0] == '\0')
        return 0;
    vfs_path(from, c->dir, c->rename_from);
    vfs_path(to, c->dir, c->rename_to);
    return v->rename(v->arg, from, to, e);
}

static int remove_in(const struct vfs *v, const struct vfs_change *c, struct err *e)
{
    int code = 0;
    ASSERT(c->removes_count <= VFS_CHANGE_REMOVES_MAX);
    for (unsigned i = 0; i < c->removes_count && code == 0; i++) {
        char path[VFS_PATH_MAX];
        vfs_path(path, c->dir, c->remove[i]);
        code = vfs_unlink_if_there(v, path, e);
    }
    return code;
}

/* Gives back what a failed change took, as far as that is possible. */
static void undo_change(const struct vfs *v, struct vfs_change *c)
{
    if (c->ret_file != NULL)
        v->close(v->arg, c->ret_file);
    c->ret_file = NULL;
    if (c->undo[0] != '\0') {
        char path[VFS_PATH_MAX];
        vfs_path(path, c->dir, c->undo);
        int ignored = v->unlink(v->arg, path, NULL);
        (void)ignored;
    }
}

static int run_change(const struct vfs *v, struct vfs_op *op)
{
    struct vfs_change *c = &op->change;
    c->ret_file = NULL;
    int code = create_file(v, c, &op->error);
    if (code == 0)
        code = write_changes(v, op);
    if (code == 0)
        code = rename_in(v, c, &op->error);
    if (code == 0)
        code = remove_in(v, c, &op->error);
    if (code == 0 && c->sync_dir)
        code = v->sync_dir(v->arg, c->dir, &op->error);
    if (code < 0)
        undo_change(v, c);
    return code;
}

int vfs_run_op(const struct vfs *v, struct vfs_op *op)
{
    switch (op->kind) {
    case VFS_OP_WRITE: return run_writes(v, op, true);
    case VFS_OP_PREPARE:
        ASSERT(op->prepare.size_bytes > 0 && op->prepare.size_bytes % VFS_BLOCK == 0);
        return op->prepare.recycled[0] != '\0' ? rename_recycled(v, &op->prepare, &op->error)
                                               : create_zeroed(v, &op->prepare, &op->error);
    case VFS_OP_CHANGE: return run_change(v, op);
    }
    UNREACHABLE();
}
