/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forced recovery of a data directory at rest: its node goes on alone when it starts again.
 *
 * Unsafe by nature: what only the lost members have is lost, and if they are alive, two clusters
 * go on. For one survivor, the one with the most; the others come back empty, as new members. */
#ifndef RAFT_RECOVER_H
#define RAFT_RECOVER_H

#include "base/limits.h"
#include "base/span.h"
#include "raft/raft.h"
#include "store/vfs.h"

/* What the directory says, and what it becomes. */
struct node_recovery {
    char name[LIMIT_NODE_NAME + 1]; /* empty: no configuration here ever named it */
    char cluster[LIMIT_NODE_NAME + 1];
    uint64_t cluster_id;
    uint64_t generation; /* before */
    uint64_t term;       /* before */
    struct raft_pos last;
    uint64_t commit; /* committed for certain; that the disk does not tell more does not mean that
                        there is no more. Above it, up to last: undecided, and kept */
    uint64_t config_index; /* the last configuration; 0: none */
    bool member;           /* it names this node */
    bool given_up;         /* the cluster went on without it, by a forced recovery elsewhere */
    bool alone;            /* it is the only member already: it needs nobody */
    uint32_t members_count;
    char members[LIMIT_MEMBERS][LIMIT_NODE_NAME + 1]; /* as configured last */
};

/* The disk, and its completions one by one. */
struct node_recover_host {
    const struct vfs *vfs;
    /* Waits for an operation submitted through vfs to end. False: none is under way. */
    bool (*complete)(void *arg, struct vfs_op **ret_op, int *ret_status);
    void *arg;
};

/* Looks at the directory, and with `really` recovers it, unless its node is alone already:
 * generation and term rise, and behind the whole log stands a configuration of this node alone, in
 * one step that a crash leaves undone or done. Takes the lock; blocks. Counts as a start of the
 * directory. *Errors*: those of store_open; -E_NOTFOUND (no node); with `really` -E_INVALID (no
 * member) and -E_CLOSED (given up itself by another recovery). */
int node_recover(const struct node_recover_host *host, const char *dir, bool really,
                 struct node_recovery *ret, struct err *e) MUST_CHECK;

/* What was read of a directory, all of it. */
struct node_examination {
    struct node_recovery node; /* members_count 0: it has not been added to a cluster yet */
    uint64_t first;            /* entry of the log; last + 1: it is empty */
    uint64_t snapshot;         /* its entry; 0: there is none */
    uint64_t keys;             /* in it */
    uint64_t digest;           /* of that state, as RAFT DIGEST says it */
    char cut[256];       /* what was behind the log's end and is gone now: a crash's, or else a
                            damaged last batch, which looks the same; or empty */
    char damage[2][256]; /* what is damaged and was not needed: a copy of the hard state, a
                            snapshot; or empty */
};

/* Reads every entry of the log and the whole snapshot, against their checksums, and decides
 * nothing. Each key of the snapshot and then each entry is told as a JSON object, if say is not
 * NULL; json is borrowed for the call. Takes the lock; blocks. Counts as a start of the directory,
 * and does to its end what a start does. *Errors*: those of store_open; -E_NOTFOUND (no node),
 * -E_CORRUPT. */
int node_examine(const struct node_recover_host *host, const char *dir,
                 void (*say)(void *arg, struct span json), void *arg, struct node_examination *ret,
                 struct err *e) MUST_CHECK;

#endif
