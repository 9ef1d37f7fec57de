/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A server on its way out of the cluster: the mark of having left, and what leaving has to know. */
#include "core/left.h"

#include "core/members.h"
#include "core/role.h"

void on_left(struct turn *t, bool left)
{
    struct raft *r = t->r;
    if ((r->left != 0) == left)
        return;
    r->left = left;
    turn_reason(t, left ? RAFT_BECAUSE_LEFT : RAFT_BECAUSE_BACK, 0, 0, 0);
    if (left && r->role != RAFT_FOLLOWER)
        become_follower(t, 0);
}

const struct raft_config *raft_config_committed(const struct raft *r, uint64_t *ret_index)
{
    for (uint32_t i = r->configs_count; i > 0; i--) {
        uint64_t index = r->config_indexes[i - 1];
        if (index == 0 || index > r->commit)
            continue;
        *ret_index = index;
        return &r->configs[i - 1];
    }
    return NULL;
}

bool raft_orphan(const struct raft *r)
{
    return r->orphan != 0;
}

bool raft_lingers(const struct raft *r, raft_id id)
{
    int slot = member_slot(r, id);
    return r->role == RAFT_LEADER && slot >= 0 && r->progress[slot].linger_index != 0;
}
