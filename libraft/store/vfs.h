/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's only door to files: a table of calls which the daemon and the simulator fill in. */
#ifndef STORE_VFS_H
#define STORE_VFS_H

#include "base/err.h"

/* Files that matter are written and read in whole blocks of this size, at multiples of it, from
 * memory aligned to it: what O_DIRECT asks for on every disk, and a multiple of every sector. */
#define VFS_BLOCK 4096u

/* Paths are NUL-terminated and shorter than this, names inside a directory too. */
#define VFS_PATH_MAX 1024
#define VFS_NAME_MAX 64

struct vfs_file; /* the implementation's own */

enum vfs_flags {
    VFS_WRITE = 1,  /* reading is always allowed, writing only with this */
    VFS_CREATE = 2, /* the file must not exist yet: -E_EXISTS; without it: -E_NOTFOUND */
    VFS_DIRECT = 4, /* a wish: past the page cache where the file system can; see is_direct */
};

/* One range of a file. With VFS_DIRECT all of offset, data and len are multiples of VFS_BLOCK. */
struct vfs_write {
    struct vfs_file *file; /* borrowed, stays open until the operation is completed */
    uint64_t offset;
    const uint8_t *data; /* borrowed until completion, not changed meanwhile */
    size_t len;
};

/* A file of size_bytes made ready at `path`, durably, so that writing inside it later needs neither
 * space nor a change of the file's metadata. */
struct vfs_prepare {
    char dir[VFS_PATH_MAX];
    char path[VFS_PATH_MAX];      /* not in use; what a failed attempt left there is replaced */
    char temporary[VFS_PATH_MAX]; /* filled and synced here, then renamed; an old one is removed */
    char recycled[VFS_PATH_MAX];  /* not empty: this file of the same size is renamed instead */
    uint64_t size_bytes;          /* a multiple of VFS_BLOCK */
    struct vfs_file *ret_file;    /* set on success: open for writing, direct if possible; the
                                   * submitter closes it */
};

#define VFS_CHANGE_REMOVES_MAX 8

/* A change beside the log's write path, in steps; those whose fields are empty are left out. Names
 * are of files in dir. The order: create, the operation's writes, sync, rename, remove, sync of the
 * directory. */
struct vfs_change {
    char dir[VFS_PATH_MAX];
    char create[VFS_NAME_MAX]; /* made and opened for writing, direct if possible; an old one is
                                * removed. Writes without a file go to this one */
    struct vfs_file *ret_file; /* set on success when something was created; the submitter closes
                                * it; on failure it is closed */
    bool sync;                 /* the files that the writes touch */
    char rename_from[VFS_NAME_MAX];
    char rename_to[VFS_NAME_MAX];
    char remove[VFS_CHANGE_REMOVES_MAX][VFS_NAME_MAX]; /* missing ones are fine */
    unsigned removes_count;
    bool sync_dir;
    char undo[VFS_NAME_MAX]; /* when a step failed: removed, if that is possible */
};

enum vfs_op_kind {
    VFS_OP_WRITE,   /* every write in order, then one sync of each file touched */
    VFS_OP_PREPARE, /* see struct vfs_prepare */
    VFS_OP_CHANGE,  /* see struct vfs_change */
};

#define VFS_OP_WRITES_MAX 4

/* One asynchronous operation. *Ownership*: the submitter's memory, lent to the host from submit
 * until the host has reported the completion (to the node, which hands it to op->owner). A host
 * that drops its node in mid-operation, as a crash does, must let go of the operation first. */
struct vfs_op {
    enum vfs_op_kind kind;
    const void *owner; /* the object to hand the completion to: compare with the wal, the meta */
    struct vfs_write writes[VFS_OP_WRITES_MAX];
    unsigned writes_count;
    struct vfs_prepare prepare;
    struct vfs_change change;
    struct err error;    /* filled in by the host when it fails */
    struct vfs_op *next; /* the host's own: its queue */
    void *host;          /* the host's own */
};

/* The table. Calls return 0 or a negative code with *e filled (e may be NULL); the codes are
 * -E_IO, -E_NOSPACE, -E_PERMISSION, -E_NOTFOUND, -E_EXISTS and, from lock_dir, -E_BUSY. All of them
 * block; the store uses them at start and for reading, never on the write path. No call calls back
 * into the store, except list through its argument. Nothing is retried by anybody: what a failed
 * write or sync left on disk is unknown, and only a new start may look (Rebello et al., "Can
 * Applications Recover from fsync Failures?", 2020). */
struct vfs {
    void *arg; /* first argument of every call */

    /* Takes an exclusive lock on the directory; -E_BUSY when another process holds it. It ends with
     * unlock_dir and, by itself, with the process. */
    int (*lock_dir)(void *arg, const char *dir, struct err *e);
    void (*unlock_dir)(void *arg, const char *dir);
    int (*mkdir)(void *arg, const char *dir, struct err *e);
    /* Durable: the names created, renamed and removed in dir so far. */
    int (*sync_dir)(void *arg, const char *dir, struct err *e);
    /* Calls each(ctx, name) for every file in dir in any order; names of VFS_NAME_MAX bytes and
     * more are not the store's and are left out, "." and ".." too. */
    int (*list)(void *arg, const char *dir, void (*each)(void *ctx, const char *name), void *ctx,
                struct err *e);
    /* Atomic; replaces `to`. */
    int (*rename)(void *arg, const char *from, const char *to, struct err *e);
    int (*unlink)(void *arg, const char *path, struct err *e);

    int (*open)(void *arg, const char *path, unsigned flags, struct vfs_file **ret_file,
                struct err *e);
    void (*close)(void *arg, struct vfs_file *file);
    /* Whether the wish VFS_DIRECT was granted: then a read shows what the disk holds, never a page
     * that a failed sync left behind. Buffered files are allowed and safe, only slower. */
    bool (*is_direct)(void *arg, struct vfs_file *file);
    int (*size)(void *arg, struct vfs_file *file, uint64_t *ret_bytes, struct err *e);
    /* Exactly len bytes: fewer (end of file) is -E_IO. */
    int (*read)(void *arg, struct vfs_file *file, uint64_t offset, void *data, size_t len,
                struct err *e);
    /* All of it or an error; extends the file when it passes its end. */
    int (*write)(void *arg, struct vfs_file *file, uint64_t offset, const void *data, size_t len,
                 struct err *e);
    /* Data and size durable (fdatasync). */
    int (*sync)(void *arg, struct vfs_file *file, struct err *e);

    /* Starts an operation and returns at once; never fails and never completes it from within. The
     * host reports the completion as a later event of its own, with status 0 or a negative code.
     * Order: VFS_OP_WRITE operations are executed one after the other and complete in the order of
     * submission; VFS_OP_PREPARE runs beside them and must not delay them, and VFS_OP_CHANGE beside
     * both, one after the other in the order of submission. After a failed VFS_OP_WRITE every later
     * one fails with the same code and is not executed. */
    void (*submit)(void *arg, struct vfs_op *op);
};

/* Executes an operation through the blocking calls, filling op->error when it fails: the body of a
 * host's worker thread, and the one place where the order of the steps is written down. Meanwhile
 * the store may make blocking calls of its own, in the node's thread: on other files, or reading
 * other ranges of the same one. The store itself uses this only while formatting. */
int vfs_run_op(const struct vfs *v, struct vfs_op *op) MUST_CHECK;

/* unlink, where "not found" is success. */
int vfs_unlink_if_there(const struct vfs *v, const char *path, struct err *e) MUST_CHECK;

/* dir + "/" + name; asserts that it fits. */
void vfs_path(char out[VFS_PATH_MAX], const char *dir, const char *name);

#endif
