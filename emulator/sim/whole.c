/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node's core as a whole, looked at after every event of the node. What must hold in one state it
 * asserts itself after every step; what must hold between two looks is asked here. */
#include "emulator/sim/run.h"

const char *sim_whole_look(struct sim_node *n)
{
    const struct raft *r = n->node == NULL ? NULL : node_raft(n->node);
    const char *broken = NULL;
    if (r == NULL)
        return NULL;
    if (n->glanced == n->life)
        broken = raft_invariant_since(&n->glance, r);
    n->glanced = n->life;
    raft_glance(r, &n->glance);
    return broken;
}
