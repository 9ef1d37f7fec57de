/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file system in memory for tests: it forgets what was not synced, tears writes at sectors, and
 * fails or stops at the n-th call. */
#ifndef DISK_MEMVFS_H
#define DISK_MEMVFS_H

#include "store/vfs.h"

/* The unit that reaches the disk whole or not at all. */
#define MEMVFS_SECTOR 512u

struct memvfs;

struct memvfs *memvfs_new(uint64_t seed);
void memvfs_free(struct memvfs *m);
const struct vfs *memvfs_vfs(struct memvfs *m);

/* Whether files open as direct when asked (default: yes). */
void memvfs_set_direct(struct memvfs *m, bool direct);
/* Bytes that all files together may have; writes beyond fail with -E_NOSPACE. 0 = no bound. */
void memvfs_set_capacity(struct memvfs *m, uint64_t bytes);
/* Bytes of the files whose paths are such; NULL: of all. */
uint64_t memvfs_used(const struct memvfs *m, bool (*is_such)(const char *path));

enum memvfs_call {
    MEMVFS_LOCK,
    MEMVFS_MKDIR,
    MEMVFS_SYNC_DIR,
    MEMVFS_LIST,
    MEMVFS_RENAME,
    MEMVFS_UNLINK,
    MEMVFS_OPEN,
    MEMVFS_CREATE,
    MEMVFS_SIZE,
    MEMVFS_READ,
    MEMVFS_WRITE,
    MEMVFS_SYNC
};
/* Told before each call that can fail, where memvfs_fail_call(m, 1, …) and memvfs_halt_at(m, 1)
 * mean this one; and after those that changed something and succeeded. path: the file, under the
 * name it was opened by; of a rename the old one. watch: NULL ends it. */
typedef void memvfs_watch_fn(void *arg, enum memvfs_call call, const char *path, bool after);
void memvfs_watch(struct memvfs *m, memvfs_watch_fn *watch, void *arg);
/* The oldest operation that waits; NULL: none does. */
const struct vfs_op *memvfs_oldest(const struct memvfs *m);
const char *memvfs_path_of(const struct vfs_file *file);

/* Calls that can fail are counted. */
uint64_t memvfs_calls(const struct memvfs *m);
/* The n-th call from now (1 = the next) fails once with code: a write may have written some
 * sectors, a sync may have synced some and, in a buffered file, has marked the others clean for
 * ever. */
void memvfs_fail_call(struct memvfs *m, uint64_t n, int code);
/* From the n-th call on nothing happens any more and everything fails, until memvfs_crash. */
void memvfs_halt_at(struct memvfs *m, uint64_t n);
/* Whether the fault set last has struck. */
bool memvfs_struck(const struct memvfs *m);

/* Syncs do nothing and say they did. */
void memvfs_lie(struct memvfs *m, bool lies);

/* Submitted operations wait here. memvfs_complete executes the oldest and hands it out with its
 * status, for the test to deliver; false if there is none. */
size_t memvfs_queued(const struct memvfs *m);
bool memvfs_complete(struct memvfs *m, struct vfs_op **ret_op, int *ret_status);

/* The write path hangs, the other operations go on: log and hard state are never done until it is
 * false again. */
void memvfs_stall_writes(struct memvfs *m, bool stall);

enum memvfs_crash {
    MEMVFS_STOP,       /* the process ends in order: the operation under way is finished, those
                        * behind it are never begun */
    MEMVFS_KILL,       /* the process alone: everything written stays */
    MEMVFS_CUT_LOSE,   /* power: nothing unsynced stays */
    MEMVFS_CUT_KEEP,   /* power: everything written stays, and is durable */
    MEMVFS_CUT_SUFFIX, /* power: each file keeps what was written up to some place, the directory
                        * any prefix of its changes */
    MEMVFS_CUT_NAMES,  /* power: contents stay, no unsynced change of the directory does */
    MEMVFS_CUT_RANDOM, /* power: any subset of unsynced sectors, any prefix of directory changes */
};
/* Ends the process: queued operations stop somewhere in the middle (at once with MEMVFS_CUT_LOSE,
 * between two of them with MEMVFS_STOP), files are closed, locks released, faults cleared. The test
 * frees its store objects afterwards without using them; closing files that are gone is allowed. */
void memvfs_crash(struct memvfs *m, enum memvfs_crash how);

/* For damage: the bytes of a file as they would be read now; NULL if there is none. They are a
 * copy, valid until it is asked for again. */
uint8_t *memvfs_bytes(struct memvfs *m, const char *path, size_t *ret_len);
/* After writing into what memvfs_bytes returned last: so are the file's contents, durable alike. */
void memvfs_bytes_changed(struct memvfs *m, const char *path);
/* Creates or resizes a file, zero-filled, durable. */
void memvfs_put(struct memvfs *m, const char *path, const void *data, size_t len);
void memvfs_remove(struct memvfs *m, const char *path);
/* The contents themselves (disk/memdisk.h); NULL if there is no such file. */
struct inode *memvfs_inode(const struct memvfs *m, const char *path);
/* The directory itself (disk/memdisk.h). */
struct memdir *memvfs_dir(struct memvfs *m);
/* The files of a directory; no call is counted. */
void memvfs_names(const struct memvfs *m, const char *dir,
                  void (*each)(void *ctx, const char *name), void *ctx);
bool memvfs_exists(const struct memvfs *m, const char *path);
/* A copy of everything, with no fault, no lock, no open file and no queue; its own seed. */
struct memvfs *memvfs_clone(const struct memvfs *m, uint64_t seed);

#endif
