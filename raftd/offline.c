/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/offline.h"

#include "raft/node.h"
#include "raftd/config.h"
#include "raftd/disk.h"

#include <semaphore.h>
#include <stdio.h>
#include <string.h>

/* One operation at a time comes back: the others wait in the list. */
struct bench {
    struct disk *disk;
    sem_t ended;
    struct {
        struct vfs_op *op;
        int status;
    } done[16];
    size_t done_count;
};

static void wake(void *arg)
{
    struct bench *b = arg;
    (void)sem_post(&b->ended);
}

static void on_done(void *arg, struct vfs_op *op, int status)
{
    struct bench *b = arg;
    ASSERT(b->done_count < ARRAY_LEN(b->done)); /* a log, a hard state, a segment: no more */
    b->done[b->done_count].op = op;
    b->done[b->done_count++].status = status;
}

static bool complete(void *arg, struct vfs_op **ret_op, int *ret_status)
{
    struct bench *b = arg;
    disk_kick(b->disk);
    while (b->done_count == 0) {
        if (!disk_busy(b->disk))
            return false;
        while (sem_wait(&b->ended) != 0)
            ;
        disk_collect(b->disk, on_done, b);
    }
    *ret_op = b->done[0].op;
    *ret_status = b->done[0].status;
    b->done_count--;
    memmove(b->done, b->done + 1, b->done_count * sizeof(b->done[0]));
    return true;
}

int offline_run(int (*work)(const struct node_recover_host *host, void *arg, struct err *e),
                void *arg, struct err *e)
{
    struct bench b = {0};
    int status = sem_init(&b.ended, 0, 0);
    ASSERT(status == 0);
    struct disk_options options = {.wake = wake, .wake_arg = &b};
    int code = disk_open(&options, &b.disk, e);
    if (code == 0) {
        struct vfs vfs = disk_vfs(b.disk);
        struct node_recover_host host = {.vfs = &vfs, .complete = complete, .arg = &b};
        code = work(&host, arg, e);
        disk_stop(b.disk);
        disk_free(b.disk);
    }
    (void)sem_destroy(&b.ended);
    return code;
}

static int exit_of(int code)
{
    switch (-code) {
    case E_INVALID:
    case E_BUSY:
    case E_UNSUPPORTED: return CONFIG_EXIT_CONFIG;
    case E_CLOSED: return NODE_EXIT_REMOVED;
    default: return NODE_EXIT_DISK;
    }
}

int offline_failed(const char *who, int code, const struct err *e)
{
    (void)fprintf(stderr, "%s: %s\n", who, e->text);
    if (code == -E_BUSY)
        (void)fprintf(stderr, "  fix: stop it first; a node that runs is asked with raftctl "
                              "status, and recovered with raftctl recover\n");
    return exit_of(code);
}
