/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The others of the same wish that a birth has heard of: a bounded list that strangers cannot fill.
 */
#ifndef RAFTD_TWINS_H
#define RAFTD_TWINS_H

#include "node/members/members_codec.h"

#define TWINS_MAX (LIMIT_MEMBERS * 2)

struct twin {
    struct node_peer peer; /* disk set */
    uint64_t offer;        /* digest of what it has accepted; 0: nothing */
    uint64_t heard_ns;     /* 0: never */
};

struct twins {
    size_t count;
    struct twin list[TWINS_MAX];
};

/* Whether it has spoken lately: who has not does not make up the N. */
bool twin_fresh(const struct twin *t, uint64_t now_ns);

/* The one of that id, a new one (heard_ns 0) if there is none. A full list makes room by dropping
 * who has been silent for longest, never somebody fresh, nor a member of `keep`, whose word counts
 * however old it is. NULL: there is nobody to drop. Valid until the next call. */
struct twin *twins_get(struct twins *t, raft_id id, const struct membership *keep, uint64_t now_ns);

#endif
