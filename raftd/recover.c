/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/recover.h"

#include "base/err.h"
#include "raft/node.h"
#include "raft/recover.h"
#include "raftd/config.h"
#include "raftd/disk.h"

#include <inttypes.h>
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

static void describe(const struct node_recovery *r)
{
    printf("node            %s of cluster %s (%016" PRIx64 "), generation %" PRIu64
           ", term %" PRIu64 "\n",
           r->name, r->cluster, r->cluster_id, r->generation, r->term);
    printf("members        ");
    for (uint32_t i = 0; i < r->members_count; i++)
        printf(" %s", r->members[i]);
    printf("\nlog             ends at entry %" PRIu64 " of term %" PRIu64 "\n", r->last.index,
           r->last.term);
    printf("committed       for certain up to entry %" PRIu64
           " (a disk does not tell more; ask the node while it runs)\n",
           r->commit);
    if (r->last.index > r->commit)
        printf("undecided       entries %" PRIu64 " to %" PRIu64
               ": a recovery keeps them, and they count as committed then\n",
               r->commit + 1, r->last.index);
}

static void warn(const struct node_recovery *r, bool really)
{
    bool others = r->members_count > 1;
    printf("not known       what %s: a recovery loses it\n",
           others ? "only the other members have, acknowledged or not" : "was never written here");
    if (!really) {
        printf("nothing was changed. To let %s go on alone, when all others are down for good: "
               "raftctl data recover DIR --yes\n",
               r->name);
        return;
    }
    printf("RECOVERED       %s is generation %" PRIu64 " and alone. Start it; start each other "
           "member empty (--join) and add it.\n",
           r->name, r->generation + 1);
    printf("                Never start the old directories of the others out of its reach: they "
           "would be a second cluster.\n");
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

int recover_run(int argc, char *const *argv)
{
    struct bench b = {0};
    struct node_recovery found;
    struct err e = {0};
    bool really = argc == 2 && strcmp(argv[1], "--yes") == 0;
    if (argc < 1 || argc > 2 || argv[0][0] == '\0' || (argc == 2 && !really) ||
        strlen(argv[0]) >= CONFIG_PATH_MAX) {
        (void)fprintf(stderr, "usage: raftd --recover DIR [--yes]\n");
        return CONFIG_EXIT_USAGE;
    }
    int status = sem_init(&b.ended, 0, 0);
    ASSERT(status == 0);
    struct disk_options options = {.wake = wake, .wake_arg = &b};
    int code = disk_open(&options, &b.disk, &e);
    if (code == 0) {
        struct vfs vfs = disk_vfs(b.disk);
        struct node_recover_host host = {.vfs = &vfs, .complete = complete, .arg = &b};
        code = node_recover(&host, argv[0], really, &found, &e);
        disk_stop(b.disk);
        disk_free(b.disk);
    }
    (void)sem_destroy(&b.ended);
    if (code < 0) {
        (void)fprintf(stderr, "recover: %s\n", e.text);
        if (code == -E_BUSY)
            (void)fprintf(stderr, "  fix: stop it first; a node that runs is asked with raftctl "
                                  "status, and recovered with raftctl recover\n");
        return exit_of(code);
    }
    describe(&found);
    warn(&found, really);
    return fflush(stdout) == 0 ? 0 : NODE_EXIT_DISK;
}
