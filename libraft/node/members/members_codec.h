/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The payload of a configuration entry: the whole membership, never a delta. */
#ifndef NODE_MEMBERS_CODEC_H
#define NODE_MEMBERS_CODEC_H

#include "base/buf.h"
#include "base/span.h"
#include "raft/env.h"

/* Ids, roles and names of a configuration. Members stand in rising order of id, so that equal
 * configurations are equal bytes. */
struct membership {
    struct raft_config config;
    struct node_peer peers[LIMIT_MEMBERS]; /* as config.members */
    uint64_t generation;                   /* of the cluster: forced recoveries so far */
    /* Members that forced recoveries gave up, and their disks as far as they were known: whoever of
     * them shows up is told so. */
    uint32_t lost_count;
    struct node_peer lost[LIMIT_MEMBERS];
    raft_id shutdown; /* removed by it, and to stop once that is committed; 0: nobody */
};

/* Voters only, sorted, ids made from the names. Returns 0 or -E_INVALID: no or too many voters, a
 * bad or repeated name or address. */
int membership_of_voters(const struct node_peer *voters, size_t count, struct membership *ret,
                         struct err *e) MUST_CHECK;

void membership_encode(struct buf *out, const struct membership *m);
/* Returns 0 or -E_CORRUPT: bytes that do not fit, or what no node writes (nobody votes, an id that
 * is not its name's, an address that is no HOST:PORT). */
int membership_decode(struct span payload, struct membership *ret, struct err *e) MUST_CHECK;

/* Adds a member in its place; -E_EXISTS, -E_LIMIT, -E_INVALID (name, address). */
int membership_add(struct membership *m, const struct node_peer *peer, uint32_t flags,
                   struct err *e) MUST_CHECK;
void membership_remove(struct membership *m, raft_id id);
/* The core's configuration with the names that one of the two sources knows; every id must be in
 * one (asserted). other may be NULL. What is no member's is the first's. */
void membership_named(const struct raft_config *config, const struct membership *first,
                      const struct membership *other, struct membership *ret);

/* What the configuration says of the member of that id, or NULL. */
struct raft_member *membership_member(struct membership *m, raft_id id);

/* The member of that id, or NULL. */
const struct node_peer *membership_find(const struct membership *m, raft_id id);

bool node_name_valid(const char *name); /* 1..LIMIT_NODE_NAME of letters, digits, '-', '_', '.' */
bool node_address_valid(const char *address); /* HOST:PORT, with a port one can listen at */

#endif
