/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --expect N: empty nodes that find each other at --peers found a cluster together.
 *
 * Each tells all others who it is, which disk it has, and which offer it has accepted. Whoever sees
 * N of the same wish and has the lowest id of them makes the offer: the configuration, disks bound.
 * A node accepts one offer in its life, durably, before it says so; when all N have, the cluster
 * exists, and the configuration is everybody's first entry. Where a peer lives in a cluster
 * already, that one is joined instead. */
#ifndef RAFTD_BIRTH_H
#define RAFTD_BIRTH_H

#include "node/members/members_codec.h"
#include "raftd/config.h"
#include "raftd/logger.h"
#include "wire/peer.h"

struct birth_result {
    bool born; /* else: joins link's cluster */
    struct membership founders;
    uint8_t disk_id[16];
    struct peer_link link;
    char living[LIMIT_ADDRESS + 1]; /* of whom that cluster was heard */
};

/* Whom to report to, and whether to go on: asked several times a second. */
struct birth_host {
    const struct logger *log;
    bool (*stopped)(void *arg);
    void *arg;
};

/* Blocks until the cluster is born or found, or the host wants to stop (-E_CLOSED). What was
 * promised is kept in the data directory, so that a crash changes nothing.
 * Errors: of the disk and of the port; -E_MISMATCH (a peer belongs to another cluster than the one
 * this directory has promised to found). */
int birth_run(const struct config *c, const struct vfs *vfs, const struct birth_host *host,
              struct birth_result *ret, struct err *e) MUST_CHECK;
/* The node lives: what was promised is in its log. */
void birth_forget(const struct config *c, const struct vfs *vfs);

#endif
