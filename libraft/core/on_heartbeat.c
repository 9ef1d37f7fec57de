/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heartbeat at the follower: contact, and news of the commit index. Needs no disk. */
#include "core/election.h"
#include "core/replicate.h"
#include "core/role.h"

/* While it is being restored, what it holds at this index need not be what it once acknowledged. */
static bool may_learn(const struct raft *r, uint64_t commit)
{
    return commit > r->commit && (r->restoring == 0 || commit <= r->accepted);
}

void on_heartbeat(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    if (!leader_heard(t, m))
        return;
    /* The leader sends no more than it knows to be durable here: less is a lost log, and cutting
     * the index to fit would hide that. One whose loss is known has to be told its log first. */
    bool lost = m->commit > r->trail.last;
    if (lost && r->restoring == 0) {
        t->out->fatal = RAFT_FATAL_LOST_LOG;
        return;
    }
    if (!lost && may_learn(r, m->commit)) {
        turn_reason(t, RAFT_BECAUSE_COMMIT_LEARNED, m->from, m->commit, 0);
        commit_to(t, m->commit);
    }
    struct raft_message reply = {.type = RAFT_HEARTBEAT_REPLY,
                                 .to = m->from,
                                 .for_term = m->term,
                                 .round = m->round,
                                 .status = t->no_space || !election_fit(r) ? RAFT_APPEND_BUSY
                                                                           : RAFT_APPEND_OK,
                                 .match = r->accepted,
                                 .last_index = r->trail.last,
                                 .hold_ns = r->timing.election_ns_min};
    if (r->durable_term == r->term)
        turn_send(t, &reply);
    else
        r->held_heartbeat = reply;
}
