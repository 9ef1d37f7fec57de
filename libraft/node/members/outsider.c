/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node that knows that it is no member: not added yet, or removed. It is of no use to clients,
 * and no election will change that: they are told to ask another. */
#include "node/node_private.h"

#include <stdio.h>

#define ASK_ANOTHER "; nothing was done, ask a member"

/* A configuration without it that is not committed yet may be undone, and the log of a newcomer may
 * end before its admission: what it says of old times counts only once the node has met the
 * present. */
static bool is_certain(const struct node *n)
{
    return n->config_index <= n->commit && current_is(n);
}

/* With a leader at hand its word is awaited; without one this node is of no use either way. */
bool outsider_is(const struct node *n)
{
    if (n->raft == NULL || n->role == RAFT_LEADER)
        return false;
    if (raft_orphan(n->raft) || n->store.identity.left)
        return true;
    if (membership_find(&n->membership, n->self) != NULL)
        return false;
    if (n->config_index == 0 && n->store.identity.restoring != 0)
        return false; /* who the members are was lost with the log */
    return n->leader == 0 || is_certain(n);
}

void outsider_refusal(const struct node *n, char *out, size_t size)
{
    if (raft_orphan(n->raft))
        (void)snprintf(out, size, "NOTMEMBER this node was removed, say the members" ASK_ANOTHER);
    else if (n->store.identity.left)
        (void)snprintf(out, size, "NOTMEMBER this node has left the cluster" ASK_ANOTHER);
    else if (n->config_index == 0)
        (void)snprintf(out, size,
                       "NOTMEMBER this node was not added to the cluster yet" ASK_ANOTHER);
    else
        (void)snprintf(
            out, size,
            "NOTMEMBER %sthis node is no member: configuration %llu is without it" ASK_ANOTHER,
            is_certain(n) ? "" : "as far as its log goes ", (unsigned long long)n->config_index);
}
