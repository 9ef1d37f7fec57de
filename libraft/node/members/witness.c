/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/members/witness.h"

#include "node/node_private.h"

bool witness_hollow(const struct entry *e)
{
    return e->len == 0 && (e->kind == ENTRY_DATA || e->kind == ENTRY_SESSION);
}

static const struct raft_member *member(const struct membership *m, raft_id id)
{
    const struct node_peer *p = membership_find(m, id);
    return p == NULL ? NULL : &m->config.members[p - m->peers];
}

bool witness_is(const struct node *n, raft_id id)
{
    const struct raft_member *m = member(&n->membership, id);
    if (m == NULL)
        m = member(&n->former, id);
    return m != NULL && (m->flags & RAFT_WITNESS) != 0;
}

bool witness_bare(const struct node *n)
{
    return n->bare || witness_is(n, n->self);
}

void witness_note(struct node *n, const struct entry *entries, uint64_t count)
{
    for (uint64_t i = 0; i < count && !n->bare; i++)
        n->bare = witness_hollow(&entries[i]);
}

void witness_check(struct node *n)
{
    const struct raft_member *m = member(&n->membership, n->self);
    if (m != NULL && (m->flags & RAFT_WITNESS) == 0 && n->bare)
        node_die(n, NODE_EXIT_CONFIG,
                 "the configuration wants %s to hold data, but this data directory is a witness's: "
                 "remove the member, empty the directory, and add it again",
                 n->options.name);
}
