/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/recover.h"

#include "core/members.h"
#include "core/role.h"

void on_recover(struct turn *t, const struct raft_config *alone)
{
    struct raft *r = t->r;
    ASSERT(alone->count == 1 && !alone->joint && alone->members[0].id == r->self);
    ASSERT(alone->members[0].flags == RAFT_VOTER);
    if (!trail_has_room(&r->trail, raft_runs(r), r->term + 1)) {
        t->out->change = RAFT_CHANGE_IN_PROGRESS;
        return;
    }
    /* A term of its own: no entry of the others' can have it. */
    adopt_term(t, r->term + 1);
    turn_append(t, 1, ENTRY_CONFIG);
    members_append(r, alone, r->trail.last, t->now);
    reset_timer(t);
    t->out->change = RAFT_CHANGE_ACCEPTED;
    turn_reason(t, RAFT_BECAUSE_RECOVERED, 0, r->trail.last, 0);
}
