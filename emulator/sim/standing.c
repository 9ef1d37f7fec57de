/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where every node stands: asked of the nodes themselves. */
#include "emulator/sim/run.h"

#include <stdio.h>

static int number_of(struct sim *sim, raft_id id)
{
    const struct sim_node *n = id == 0 ? NULL : sim_node_of(sim, id);
    return n == NULL ? -1 : (int)n->index;
}

static nodeset members_with(struct sim *sim, const struct raft_config *c, uint32_t flags)
{
    nodeset set = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        int number = number_of(sim, c->members[i].id);
        uint32_t has = c->members[i].flags & ~(uint32_t)RAFT_WITNESS;
        if (number >= 0 && (flags == 0 ? has == 0 : (has & flags) != 0))
            set |= NODE_BIT(number);
    }
    return set;
}

static void fill(const struct sim_node *n, const struct raft *r, struct standing *ret)
{
    struct sim *sim = n->sim;
    const struct raft_config *config = raft_config(r, &ret->config_index);
    ret->vote = number_of(sim, raft_vote(r));
    ret->term = raft_term(r);
    ret->first = raft_base(r).index + 1;
    ret->last = raft_last(r).index;
    ret->last_term = raft_last(r).term;
    ret->commit = raft_commit(r);
    ret->applied = node_applied(n->node);
    ret->durable = raft_durable(r);
    ret->voters = members_with(sim, config, RAFT_VOTER);
    ret->old = members_with(sim, config, RAFT_VOTER_OLD);
    ret->learners = members_with(sim, config, 0);
    for (unsigned i = 0; i < sim->nodes_count; i++)
        ret->connected |= (nodeset)n->dials[i].up << i;
}

void sim_stand(struct sim *sim, struct standings *ret)
{
    *ret = (struct standings){.count = sim->nodes_count};
    for (unsigned i = 0; i < sim->nodes_count; i++) {
        const struct sim_node *n = &sim->nodes[i];
        const struct raft *r = n->node == NULL ? NULL : node_raft(n->node);
        const char *role = r != NULL    ? raft_role_name(raft_role(r))
                           : n->running ? "starting"
                                        : "down";
        (void)snprintf(ret->of[i].role, sizeof(ret->of[i].role), "%s%s",
                       n->paused && r != NULL ? "paused " : "", role);
        ret->of[i].vote = -1;
        if (r != NULL)
            fill(n, r, &ret->of[i]);
    }
}
