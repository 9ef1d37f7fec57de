/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TimeoutNow at the target of a transfer: campaign at once, without pre-vote. T 3.10. */
#include "core/election.h"
#include "core/members.h"

/* Obeyed only from the leader it follows, in this term, and with everything the leader has: else an
 * old message could start an election that ignores the voters' holds. */
static bool fits(const struct raft *r, const struct raft_message *m)
{
    bool follows = m->term == r->term && r->role == RAFT_FOLLOWER && r->leader == m->from;
    bool has_all = raft_pos_compare(raft_last_pos(r), m->last) >= 0;
    return follows && election_able(r) && !raft_installing(r) && has_all;
}

void on_timeout_now(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    if (!fits(r, m) || t->no_space) {
        turn_reason(t, RAFT_BECAUSE_TIMEOUT_NOW_IGNORED, m->from, 0, 0);
        return;
    }
    turn_reason(t, RAFT_BECAUSE_TIMEOUT_NOW_OBEYED, m->from, 0, 0);
    campaign(t);
    r->campaign_transfer = true; /* for this one campaign */
}
