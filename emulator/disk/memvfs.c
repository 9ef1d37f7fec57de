/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/disk/memvfs.h"

#include "base/mem.h"
#include "emulator/disk/memdisk.h"

#include <string.h>

/* An open file. */
struct vfs_file {
    struct inode *inode;         /* NULL after a crash */
    char path[MEMDISK_PATH_MAX]; /* its name now */
    bool writable;
    bool direct;
    struct vfs_file *next;
};

struct memvfs {
    struct vfs table;
    struct prng prng;
    struct memdir dir;
    struct inodes inodes;
    struct vfs_file *files;
    struct vfs_op *first;
    struct vfs_op *last;
    size_t queued;
    uint64_t calls;
    uint64_t fail_at; /* 0 = never */
    uint64_t halt_at;
    int fail_code;
    int dead; /* code of the first failed write operation */
    bool struck;
    bool stalled;
    bool lies;
    bool direct;
    bool locked;
    uint64_t capacity;
    memvfs_watch_fn *watch;
    void *watch_arg;
};

/* What neither a name nor an open file leads to is gone. */
static void collect(struct memvfs *m)
{
    inodes_unmark(&m->inodes);
    memdir_mark(&m->dir);
    for (const struct vfs_file *f = m->files; f != NULL; f = f->next) {
        if (f->inode != NULL)
            f->inode->marked = true;
    }
    inodes_collect(&m->inodes);
}

static const char *const call_names[] = {
    [MEMVFS_LOCK] = "lock", [MEMVFS_MKDIR] = "mkdir",   [MEMVFS_SYNC_DIR] = "sync directory",
    [MEMVFS_LIST] = "list", [MEMVFS_RENAME] = "rename", [MEMVFS_UNLINK] = "unlink",
    [MEMVFS_OPEN] = "open", [MEMVFS_CREATE] = "create", [MEMVFS_SIZE] = "size",
    [MEMVFS_READ] = "read", [MEMVFS_WRITE] = "write",   [MEMVFS_SYNC] = "sync"};

/* Counts a call: 0 = go on, a code = it fails. *ret_halted: it must not have any effect. */
static int enter(struct memvfs *m, enum memvfs_call call, const char *path, bool *ret_halted,
                 struct err *e)
{
    const char *what = call_names[call];
    if (m->watch != NULL)
        m->watch(m->watch_arg, call, path, false);
    m->calls++;
    *ret_halted = m->halt_at != 0 && m->calls >= m->halt_at;
    if (*ret_halted) {
        m->struck = true;
        return err_set(e, -E_IO, "%s %s: halted", what, path);
    }
    if (m->fail_at != 0 && m->calls == m->fail_at) {
        m->struck = true;
        return err_set(e, m->fail_code, "%s %s: injected: %s", what, path, err_name(m->fail_code));
    }
    return 0;
}

static int enter_simply(struct memvfs *m, enum memvfs_call call, const char *path, struct err *e)
{
    bool halted;
    return enter(m, call, path, &halted, e);
}

/* A call that changed something has been done, or has failed with that code. */
static int leave(struct memvfs *m, enum memvfs_call call, const char *path, int code)
{
    if (code == 0 && m->watch != NULL)
        m->watch(m->watch_arg, call, path, true);
    return code;
}

static int mem_lock_dir(void *arg, const char *dir, struct err *e)
{
    struct memvfs *m = arg;
    int code = enter_simply(m, MEMVFS_LOCK, dir, e);
    if (code < 0)
        return code;
    if (m->locked)
        return err_set(e, -E_BUSY, "lock %s: held", dir);
    m->locked = true;
    return 0;
}

static void mem_unlock_dir(void *arg, const char *dir)
{
    (void)dir;
    ((struct memvfs *)arg)->locked = false;
}

static int mem_mkdir(void *arg, const char *dir, struct err *e)
{
    return enter_simply(arg, MEMVFS_MKDIR, dir, e);
}

static int mem_sync_dir(void *arg, const char *dir, struct err *e)
{
    struct memvfs *m = arg;
    bool halted;
    int code = enter(m, MEMVFS_SYNC_DIR, dir, &halted, e);
    if (code == 0 && !m->lies)
        memdir_sync(&m->dir, m->dir.changes_count);
    else if (code < 0 && !halted)
        memdir_sync(&m->dir, (size_t)prng_below(&m->prng, m->dir.changes_count + 1));
    collect(m);
    return leave(m, MEMVFS_SYNC_DIR, dir, code);
}

void memvfs_names(const struct memvfs *m, const char *dir,
                  void (*each)(void *ctx, const char *name), void *ctx)
{
    size_t n = strlen(dir);
    for (size_t i = 0; i < m->dir.seen.count; i++) {
        const char *path = m->dir.seen.list[i].path;
        if (strncmp(path, dir, n) == 0 && path[n] == '/' && strchr(path + n + 1, '/') == NULL)
            each(ctx, path + n + 1);
    }
}

static int mem_list(void *arg, const char *dir, void (*each)(void *ctx, const char *name),
                    void *ctx, struct err *e)
{
    int code = enter_simply(arg, MEMVFS_LIST, dir, e);
    if (code == 0)
        memvfs_names(arg, dir, each, ctx);
    return code;
}

static int mem_rename(void *arg, const char *from, const char *to, struct err *e)
{
    struct memvfs *m = arg;
    int code = enter_simply(m, MEMVFS_RENAME, from, e);
    if (code < 0)
        return code;
    if (memdir_find(&m->dir, from) == NULL)
        return err_set(e, -E_NOTFOUND, "rename %s: not found", from);
    memdir_rename(&m->dir, from, to);
    for (struct vfs_file *f = m->files; f != NULL; f = f->next) {
        if (strcmp(f->path, from) == 0)
            memdisk_path(f->path, to);
    }
    return leave(m, MEMVFS_RENAME, from, 0);
}

static int mem_unlink(void *arg, const char *path, struct err *e)
{
    struct memvfs *m = arg;
    int code = enter_simply(m, MEMVFS_UNLINK, path, e);
    if (code < 0)
        return code;
    if (memdir_find(&m->dir, path) == NULL)
        return err_set(e, -E_NOTFOUND, "unlink %s: not found", path);
    memdir_drop(&m->dir, path);
    return leave(m, MEMVFS_UNLINK, path, 0);
}

static int mem_open(void *arg, const char *path, unsigned flags, struct vfs_file **ret_file,
                    struct err *e)
{
    struct memvfs *m = arg;
    bool create = (flags & VFS_CREATE) != 0;
    int code = enter_simply(m, create ? MEMVFS_CREATE : MEMVFS_OPEN, path, e);
    if (code < 0)
        return code;
    struct name *name = memdir_find(&m->dir, path);
    if (create && name != NULL)
        return err_set(e, -E_EXISTS, "open %s: exists", path);
    if (!create && name == NULL)
        return err_set(e, -E_NOTFOUND, "open %s: not found", path);
    struct inode *inode = create ? inodes_add(&m->inodes) : name->inode;
    if (create)
        memdir_set(&m->dir, path, inode);
    if (m->direct && (flags & VFS_DIRECT) != 0)
        inode_drop_cache(inode);
    struct vfs_file *file = mem_alloc(sizeof *file);
    *file = (struct vfs_file){.inode = inode,
                              .writable = (flags & VFS_WRITE) != 0,
                              .direct = m->direct && (flags & VFS_DIRECT) != 0,
                              .next = m->files};
    memdisk_path(file->path, path);
    m->files = file;
    *ret_file = file;
    return create ? leave(m, MEMVFS_CREATE, path, 0) : 0;
}

static void mem_close(void *arg, struct vfs_file *file)
{
    struct memvfs *m = arg;
    for (struct vfs_file **at = &m->files; *at != NULL; at = &(*at)->next) {
        if (*at == file) {
            *at = file->next;
            mem_free(file);
            return;
        }
    }
    UNREACHABLE();
}

static bool mem_is_direct(void *arg, struct vfs_file *file)
{
    (void)arg;
    return file->direct;
}

static int mem_size(void *arg, struct vfs_file *file, uint64_t *ret_bytes, struct err *e)
{
    int code = enter_simply(arg, MEMVFS_SIZE, file->path, e);
    if (code == 0)
        *ret_bytes = file->inode->seen_len;
    return code;
}

static void check_aligned(const struct vfs_file *file, uint64_t offset, const void *data,
                          size_t len)
{
    ASSERT(file->inode != NULL);
    if (file->direct) {
        ASSERT(offset % VFS_BLOCK == 0 && len % VFS_BLOCK == 0);
        ASSERT((uintptr_t)data % VFS_BLOCK == 0);
    }
}

static int mem_read(void *arg, struct vfs_file *file, uint64_t offset, void *data, size_t len,
                    struct err *e)
{
    int code = enter_simply(arg, MEMVFS_READ, file->path, e);
    check_aligned(file, offset, data, len);
    if (code < 0)
        return code;
    if (offset > file->inode->seen_len || len > file->inode->seen_len - offset)
        return err_set(e, -E_IO, "read: end of file");
    inode_read(file->inode, (size_t)offset, data, len);
    return 0;
}

static int mem_write(void *arg, struct vfs_file *file, uint64_t offset, const void *data,
                     size_t len, struct err *e)
{
    struct memvfs *m = arg;
    struct inode *i = file->inode;
    bool halted;
    int code = enter(m, MEMVFS_WRITE, file->path, &halted, e);
    check_aligned(file, offset, data, len);
    ASSERT(file->writable && offset % MEMDISK_SECTOR == 0 && len % MEMDISK_SECTOR == 0);
    if (halted && m->calls > m->halt_at)
        return code; /* the first halted write may still have done a part */
    size_t end = (size_t)offset + len;
    if (code == 0 && m->capacity != 0 && end > i->seen_len &&
        memvfs_used(m, NULL) + (end - i->seen_len) > m->capacity)
        return err_set(e, -E_NOSPACE, "write: no space left");
    size_t sectors = len / MEMDISK_SECTOR;
    if (code < 0)
        sectors = (size_t)prng_below(&m->prng, sectors + 1);
    inode_write(i, (size_t)offset, data, sectors * MEMDISK_SECTOR);
    return leave(m, MEMVFS_WRITE, file->path, code);
}

static int mem_sync(void *arg, struct vfs_file *file, struct err *e)
{
    struct memvfs *m = arg;
    bool halted;
    int code = enter(m, MEMVFS_SYNC, file->path, &halted, e);
    ASSERT(file->inode != NULL);
    if (code == 0 && !m->lies)
        inode_store(file->inode, &m->prng, 1.0, false);
    else if (code < 0 && (!halted || m->calls == m->halt_at))
        inode_store(file->inode, &m->prng, 0.5, !file->direct && !halted);
    return leave(m, MEMVFS_SYNC, file->path, code);
}

static void mem_submit(void *arg, struct vfs_op *op)
{
    struct memvfs *m = arg;
    op->next = NULL;
    if (m->last == NULL)
        m->first = op;
    else
        m->last->next = op;
    m->last = op;
    m->queued++;
}

struct memvfs *memvfs_new(uint64_t seed)
{
    struct memvfs *m = mem_alloc(sizeof *m);
    m->prng = prng_seed(seed);
    m->direct = true;
    m->table = (struct vfs){
        .arg = m,
        .lock_dir = mem_lock_dir,
        .unlock_dir = mem_unlock_dir,
        .mkdir = mem_mkdir,
        .sync_dir = mem_sync_dir,
        .list = mem_list,
        .rename = mem_rename,
        .unlink = mem_unlink,
        .open = mem_open,
        .close = mem_close,
        .is_direct = mem_is_direct,
        .size = mem_size,
        .read = mem_read,
        .write = mem_write,
        .sync = mem_sync,
        .submit = mem_submit,
    };
    return m;
}

void memvfs_free(struct memvfs *m)
{
    while (m->files != NULL)
        mem_close(m, m->files);
    memdir_free(&m->dir);
    inodes_free(&m->inodes);
    mem_free(m);
}

const struct vfs *memvfs_vfs(struct memvfs *m)
{
    return &m->table;
}

void memvfs_set_direct(struct memvfs *m, bool direct)
{
    m->direct = direct;
}

void memvfs_set_capacity(struct memvfs *m, uint64_t bytes)
{
    m->capacity = bytes;
}

uint64_t memvfs_used(const struct memvfs *m, bool (*is_such)(const char *path))
{
    uint64_t used = 0;
    for (size_t i = 0; i < m->dir.seen.count; i++) {
        const struct name *n = &m->dir.seen.list[i];
        used += is_such == NULL || is_such(n->path) ? n->inode->seen_len : 0;
    }
    return used;
}

void memvfs_watch(struct memvfs *m, memvfs_watch_fn *watch, void *arg)
{
    m->watch = watch;
    m->watch_arg = arg;
}

const struct vfs_op *memvfs_oldest(const struct memvfs *m)
{
    return m->first;
}

const char *memvfs_path_of(const struct vfs_file *file)
{
    return file->path;
}

uint64_t memvfs_calls(const struct memvfs *m)
{
    return m->calls;
}

void memvfs_fail_call(struct memvfs *m, uint64_t n, int code)
{
    m->fail_at = m->calls + n;
    m->fail_code = code;
    m->struck = false;
}

void memvfs_halt_at(struct memvfs *m, uint64_t n)
{
    m->halt_at = m->calls + n;
    m->struck = false;
}

bool memvfs_struck(const struct memvfs *m)
{
    return m->struck;
}

void memvfs_lie(struct memvfs *m, bool lies)
{
    m->lies = lies;
}

size_t memvfs_queued(const struct memvfs *m)
{
    return m->queued;
}

void memvfs_stall_writes(struct memvfs *m, bool stall)
{
    m->stalled = stall;
}

/* The oldest; while writes are stalled the oldest that is none; NULL if there is none. */
static struct vfs_op *take_queued(struct memvfs *m, bool stalled)
{
    struct vfs_op **at = &m->first, *before = NULL;
    while (*at != NULL && stalled && (*at)->kind == VFS_OP_WRITE) {
        before = *at;
        at = &before->next;
    }
    struct vfs_op *op = *at;
    if (op == NULL)
        return NULL;
    *at = op->next;
    if (m->last == op)
        m->last = before;
    m->queued--;
    return op;
}

bool memvfs_complete(struct memvfs *m, struct vfs_op **ret_op, int *ret_status)
{
    struct vfs_op *op = take_queued(m, m->stalled);
    int status;
    if (op == NULL)
        return false;
    if (op->kind == VFS_OP_WRITE && m->dead != 0) {
        status = err_set(&op->error, m->dead, "an earlier write failed");
    } else {
        status = vfs_run_op(&m->table, op);
        if (status < 0 && op->kind == VFS_OP_WRITE)
            m->dead = status;
    }
    *ret_op = op;
    *ret_status = status;
    return true;
}

/* The power is gone: what becomes of each file's unsynced sectors, and of the directory. */
static void cut_power(struct memvfs *m, enum memvfs_crash how)
{
    bool keep = how == MEMVFS_CUT_KEEP || how == MEMVFS_CUT_NAMES;
    double chance = how == MEMVFS_CUT_LOSE ? 0 : keep ? 1 : 0.5;
    for (size_t n = 0; n < m->inodes.count; n++) {
        if (how == MEMVFS_CUT_SUFFIX)
            inode_store_prefix(m->inodes.list[n], &m->prng);
        else
            inode_store(m->inodes.list[n], &m->prng, chance, true);
        inode_cut(m->inodes.list[n]);
    }
    size_t changes = m->dir.changes_count;
    bool none = how == MEMVFS_CUT_LOSE || how == MEMVFS_CUT_NAMES;
    size_t kept = none                     ? 0
                  : how == MEMVFS_CUT_KEEP ? changes
                                           : (size_t)prng_below(&m->prng, changes + 1);
    memdir_cut(&m->dir, kept);
}

/* What is queued when the process ends. */
static void end_queued(struct memvfs *m, enum memvfs_crash how)
{
    if (how == MEMVFS_CUT_LOSE || m->queued == 0 || m->halt_at != 0 || m->dead != 0)
        return;
    if (how != MEMVFS_STOP) {
        m->fail_at = 0;
        memvfs_halt_at(m, 1 + prng_below(&m->prng, 4 * m->queued));
    }
    size_t count = how == MEMVFS_STOP ? 1 : m->queued;
    for (size_t i = 0; i < count; i++) {
        struct vfs_op *op = take_queued(m, m->stalled && how == MEMVFS_STOP);
        if (op == NULL || vfs_run_op(&m->table, op) < 0)
            return;
    }
}

void memvfs_crash(struct memvfs *m, enum memvfs_crash how)
{
    end_queued(m, how);
    m->first = m->last = NULL;
    m->queued = 0;
    if (how > MEMVFS_KILL)
        cut_power(m, how);
    for (struct vfs_file *f = m->files; f != NULL; f = f->next)
        f->inode = NULL;
    collect(m);
    m->fail_at = m->halt_at = 0;
    m->stalled = false;
    m->dead = 0;
    m->struck = false;
    m->locked = false;
}

uint8_t *memvfs_bytes(struct memvfs *m, const char *path, size_t *ret_len)
{
    struct name *name = memdir_find(&m->dir, path);
    if (name == NULL)
        return NULL;
    struct inode *i = name->inode;
    if (i->flat_cap < i->seen_len + 1) {
        i->flat_cap = i->seen_len + 1;
        i->flat = mem_grow(i->flat, i->flat_cap, 1);
    }
    inode_read(i, 0, i->flat, i->seen_len);
    *ret_len = i->seen_len;
    return i->flat;
}

struct inode *memvfs_inode(const struct memvfs *m, const char *path)
{
    struct name *name = memdir_find(&m->dir, path);
    return name == NULL ? NULL : name->inode;
}

struct memdir *memvfs_dir(struct memvfs *m)
{
    return &m->dir;
}

void memvfs_bytes_changed(struct memvfs *m, const char *path)
{
    struct inode *i = memdir_find(&m->dir, path)->inode;
    ASSERT(i->flat != NULL);
    inode_replace(i, i->flat, i->seen_len);
}

void memvfs_put(struct memvfs *m, const char *path, const void *data, size_t len)
{
    struct inode *i = inodes_add(&m->inodes);
    memdir_set(&m->dir, path, i);
    memdir_sync(&m->dir, m->dir.changes_count);
    if (data != NULL && len > 0)
        inode_replace(i, data, len);
    i->seen_len = i->disk_len = len;
}

void memvfs_remove(struct memvfs *m, const char *path)
{
    memdir_drop(&m->dir, path);
    memdir_sync(&m->dir, m->dir.changes_count);
}

bool memvfs_exists(const struct memvfs *m, const char *path)
{
    return memdir_find(&m->dir, path) != NULL;
}

struct memvfs *memvfs_clone(const struct memvfs *m, uint64_t seed)
{
    struct memvfs *copy = memvfs_new(seed);
    copy->direct = m->direct;
    copy->capacity = m->capacity;
    for (size_t n = 0; n < m->dir.seen.count; n++) {
        const struct name *name = &m->dir.seen.list[n];
        uint8_t *bytes = mem_array(name->inode->seen_len + 1, 1);
        inode_read(name->inode, 0, bytes, name->inode->seen_len);
        memvfs_put(copy, name->path, bytes, name->inode->seen_len);
        mem_free(bytes);
    }
    return copy;
}
