/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The node's calls to its disk, seen one by one: a layer above the table of files (store/vfs.h)
 * that parts of the laboratory watch. Calls come from the loop and from the workers of the disk. */
#ifndef RAFTD_LAB_CALLS_H
#define RAFTD_LAB_CALLS_H

#include "store/vfs.h"

#include <pthread.h>

enum lab_call {
    LAB_CALL_CREATE,
    LAB_CALL_READ,
    LAB_CALL_WRITE,
    LAB_CALL_SYNC,
    LAB_CALL_SYNC_DIR,
    LAB_CALL_RENAME,
    LAB_CALL_UNLINK
};

/* One call. path: the file, under its present name; of a rename the old one; of SYNC_DIR the
 * directory. */
struct lab_call_at {
    enum lab_call call;
    const char *path;
    uint64_t offset; /* of READ and WRITE */
    size_t len;
    const char *to; /* of RENAME: the new name */
};

/* before: 0, and the call is made; or its failure, and it is not. It may take its time. after: it
 * was made, and has succeeded. Both may run in any thread; NULL: not wanted. */
struct lab_watcher {
    int (*before)(void *arg, const struct lab_call_at *at, struct err *e);
    void (*after)(void *arg, const struct lab_call_at *at);
    void *arg;
};

#define LAB_WATCHERS_MAX 4

struct lab_calls {
    struct vfs inner;
    pthread_mutex_t lock;   /* guards files, and the names of those in it */
    struct vfs_file *files; /* that are open */
    struct lab_watcher watchers[LAB_WATCHERS_MAX];
    unsigned watchers_count;
};

/* Asked in the order in which they came. Before the first call. */
void lab_calls_watch(struct lab_calls *c, const struct lab_watcher *watcher);

/* The table of what passes here on its way to inner. Once. It borrows c; of inner it makes a copy.
 */
struct vfs lab_calls_vfs(struct lab_calls *c, const struct vfs *inner);

#endif
