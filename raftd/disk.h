/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's files on a POSIX system, with three worker threads for what must not block the loop.
 *
 * Blocking calls run in the caller's thread. Submitted operations wait for disk_kick: the loop
 * writes out its trace first, so that no effect is ever on the disk that the trace does not know.
 * Log writes run one after the other in one thread, the preparation of files in a second, images in
 * a third, and all come back through disk_collect after `wake` was called from a worker. */
#ifndef RAFTD_DISK_H
#define RAFTD_DISK_H

#include "raftd/lab_calls.h"

struct disk; /* opaque */

struct disk_options {
    struct lab_calls *calls; /* a laboratory's, which every call passes; NULL: none; borrowed */
    bool no_fsync; /* sync does nothing: for tests on slow disks, loses data in a power cut */
    /* Called by a worker when something is to be collected; must be safe in any thread. */
    void (*wake)(void *arg);
    void *wake_arg;
};

/* Starts the workers. 0 or -E_LIMIT (no thread to be had). */
int disk_open(const struct disk_options *options, struct disk **ret, struct err *e) MUST_CHECK;

/* Waits for the operation in each worker, forgets the rest: no operation is with the disk
 * afterwards, and the blocking calls go on working. Once. */
void disk_stop(struct disk *disk);
/* Precondition: disk_stop. */
void disk_free(struct disk *disk);

/* The table, for struct env. Valid until disk_free. */
struct vfs disk_vfs(struct disk *disk);

/* Hands the operations submitted since the last call to the workers. */
void disk_kick(struct disk *disk);

/* Calls each(arg, op, status) for every finished operation, writes in the order of submission.
 * each may submit new ones. */
void disk_collect(struct disk *disk, void (*each)(void *arg, struct vfs_op *op, int status),
                  void *arg);

/* True while an operation is submitted and not collected. */
bool disk_busy(const struct disk *disk);

/* Why files wanted past the page cache are not, or NULL: for the log, once the node is open. */
const char *disk_buffered_why(struct disk *disk);

#endif
