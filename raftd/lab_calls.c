/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/lab_calls.h"

#include "base/mem.h"

#include <string.h>

/* Ours, around the one below, which has the same name and is another struct. */
struct vfs_file {
    struct vfs_file *inner;
    char path[VFS_PATH_MAX]; /* changed by a rename, which nobody makes of a file that is in use */
    struct vfs_file *next;
};

void lab_calls_watch(struct lab_calls *c, const struct lab_watcher *watcher)
{
    ASSERT(c->watchers_count < LAB_WATCHERS_MAX);
    c->watchers[c->watchers_count++] = *watcher;
}

static int before(struct lab_calls *c, const struct lab_call_at *at, struct err *e)
{
    int code = 0;
    for (unsigned i = 0; code == 0 && i < c->watchers_count; i++) {
        const struct lab_watcher *w = &c->watchers[i];
        if (w->before != NULL)
            code = w->before(w->arg, at, e);
    }
    return code;
}

/* Returns code. */
static int after(struct lab_calls *c, const struct lab_call_at *at, int code)
{
    for (unsigned i = 0; code == 0 && i < c->watchers_count; i++) {
        const struct lab_watcher *w = &c->watchers[i];
        if (w->after != NULL)
            w->after(w->arg, at);
    }
    return code;
}

static int calls_lock_dir(void *arg, const char *dir, struct err *e)
{
    struct lab_calls *c = arg;
    return c->inner.lock_dir(c->inner.arg, dir, e);
}

static void calls_unlock_dir(void *arg, const char *dir)
{
    struct lab_calls *c = arg;
    c->inner.unlock_dir(c->inner.arg, dir);
}

static int calls_mkdir(void *arg, const char *dir, struct err *e)
{
    struct lab_calls *c = arg;
    return c->inner.mkdir(c->inner.arg, dir, e);
}

static int calls_sync_dir(void *arg, const char *dir, struct err *e)
{
    struct lab_calls *c = arg;
    const struct lab_call_at at = {.call = LAB_CALL_SYNC_DIR, .path = dir};
    int code = before(c, &at, e);
    return code < 0 ? code : after(c, &at, c->inner.sync_dir(c->inner.arg, dir, e));
}

static int calls_list(void *arg, const char *dir, void (*each)(void *ctx, const char *name),
                      void *ctx, struct err *e)
{
    struct lab_calls *c = arg;
    return c->inner.list(c->inner.arg, dir, each, ctx, e);
}

/* Open files go by their new name from now on. */
static void follow(struct lab_calls *c, const char *from, const char *to)
{
    (void)pthread_mutex_lock(&c->lock);
    for (struct vfs_file *f = c->files; f != NULL; f = f->next) {
        if (strcmp(f->path, from) == 0)
            memcpy(f->path, to, strlen(to) + 1);
    }
    (void)pthread_mutex_unlock(&c->lock);
}

static int calls_rename(void *arg, const char *from, const char *to, struct err *e)
{
    struct lab_calls *c = arg;
    const struct lab_call_at at = {.call = LAB_CALL_RENAME, .path = from, .to = to};
    int code = before(c, &at, e);
    if (code == 0)
        code = c->inner.rename(c->inner.arg, from, to, e);
    if (code == 0)
        follow(c, from, to);
    return after(c, &at, code);
}

static int calls_unlink(void *arg, const char *path, struct err *e)
{
    struct lab_calls *c = arg;
    const struct lab_call_at at = {.call = LAB_CALL_UNLINK, .path = path};
    int code = before(c, &at, e);
    return code < 0 ? code : after(c, &at, c->inner.unlink(c->inner.arg, path, e));
}

static int calls_open(void *arg, const char *path, unsigned flags, struct vfs_file **ret_file,
                      struct err *e)
{
    struct lab_calls *c = arg;
    struct vfs_file *inner;
    const struct lab_call_at at = {.call = LAB_CALL_CREATE, .path = path};
    bool creates = (flags & VFS_CREATE) != 0;
    int code = creates ? before(c, &at, e) : 0;
    if (code == 0)
        code = c->inner.open(c->inner.arg, path, flags, &inner, e);
    if (code < 0)
        return code;
    struct vfs_file *file = mem_alloc(sizeof(*file));
    file->inner = inner;
    memcpy(file->path, path, strlen(path) + 1);
    (void)pthread_mutex_lock(&c->lock);
    file->next = c->files;
    c->files = file;
    (void)pthread_mutex_unlock(&c->lock);
    *ret_file = file;
    return creates ? after(c, &at, 0) : 0;
}

static void calls_close(void *arg, struct vfs_file *file)
{
    struct lab_calls *c = arg;
    (void)pthread_mutex_lock(&c->lock);
    struct vfs_file **at = &c->files;
    while (*at != file)
        at = &(*at)->next;
    *at = file->next;
    (void)pthread_mutex_unlock(&c->lock);
    c->inner.close(c->inner.arg, file->inner);
    mem_free(file);
}

static bool calls_is_direct(void *arg, struct vfs_file *file)
{
    struct lab_calls *c = arg;
    return c->inner.is_direct(c->inner.arg, file->inner);
}

static int calls_size(void *arg, struct vfs_file *file, uint64_t *ret_bytes, struct err *e)
{
    struct lab_calls *c = arg;
    return c->inner.size(c->inner.arg, file->inner, ret_bytes, e);
}

static int calls_read(void *arg, struct vfs_file *file, uint64_t offset, void *data, size_t len,
                      struct err *e)
{
    struct lab_calls *c = arg;
    const struct lab_call_at at = {
        .call = LAB_CALL_READ, .path = file->path, .offset = offset, .len = len};
    int code = before(c, &at, e);
    if (code < 0)
        return code;
    return after(c, &at, c->inner.read(c->inner.arg, file->inner, offset, data, len, e));
}

static int calls_write(void *arg, struct vfs_file *file, uint64_t offset, const void *data,
                       size_t len, struct err *e)
{
    struct lab_calls *c = arg;
    const struct lab_call_at at = {
        .call = LAB_CALL_WRITE, .path = file->path, .offset = offset, .len = len};
    int code = before(c, &at, e);
    if (code < 0)
        return code;
    return after(c, &at, c->inner.write(c->inner.arg, file->inner, offset, data, len, e));
}

static int calls_sync(void *arg, struct vfs_file *file, struct err *e)
{
    struct lab_calls *c = arg;
    const struct lab_call_at at = {.call = LAB_CALL_SYNC, .path = file->path};
    int code = before(c, &at, e);
    return code < 0 ? code : after(c, &at, c->inner.sync(c->inner.arg, file->inner, e));
}

static void calls_submit(void *arg, struct vfs_op *op)
{
    struct lab_calls *c = arg;
    c->inner.submit(c->inner.arg, op);
}

struct vfs lab_calls_vfs(struct lab_calls *c, const struct vfs *inner)
{
    c->inner = *inner;
    (void)pthread_mutex_init(&c->lock, NULL);
    return (struct vfs){.arg = c,
                        .lock_dir = calls_lock_dir,
                        .unlock_dir = calls_unlock_dir,
                        .mkdir = calls_mkdir,
                        .sync_dir = calls_sync_dir,
                        .list = calls_list,
                        .rename = calls_rename,
                        .unlink = calls_unlink,
                        .open = calls_open,
                        .close = calls_close,
                        .is_direct = calls_is_direct,
                        .size = calls_size,
                        .read = calls_read,
                        .write = calls_write,
                        .sync = calls_sync,
                        .submit = calls_submit};
}
