/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sync returned: count what is durable now and send the promises that waited for it. T 3.8. */
#include "core/election.h"
#include "core/install.h"
#include "core/read.h"
#include "core/replicate.h"

static void send_held(struct turn *t, struct raft_message *held)
{
    if (held->type == RAFT_MESSAGE_NONE)
        return;
    struct raft_message m = *held;
    *held = (struct raft_message){0};
    turn_send(t, &m);
}

/* The oks that waited are one: everything accepted from this leader that is durable by now. */
static void acknowledge(struct turn *t)
{
    struct raft *r = t->r;
    if (!r->ack_pending || r->leader == 0)
        return;
    uint64_t match = r->accepted < r->durable ? r->accepted : r->durable;
    struct raft_message reply = {.type = RAFT_APPEND_REPLY,
                                 .to = r->leader,
                                 .for_term = r->term,
                                 .round = r->ack_round,
                                 .status = RAFT_APPEND_OK,
                                 .last_index = r->trail.last,
                                 .hold_ns = r->timing.election_ns_min,
                                 .match = match};
    r->ack_pending = r->accepted > r->durable;
    turn_send(t, &reply);
}

/* The log part counts only if nothing was removed since that write was handed to the disk: the
 * entry may be gone, or gone and back, its removal still on the way to the disk. */
static void count_log(struct raft *r, struct raft_pos last, uint64_t truncations)
{
    if (truncations != r->truncations)
        return;
    if (last.index <= r->durable || last.index > r->trail.last)
        return;
    ASSERT(trail_term(&r->trail, raft_runs(r), last.index) == last.term);
    r->durable = last.index;
}

void on_persisted(struct turn *t, const struct raft_persisted *done)
{
    struct raft *r = t->r;
    ASSERT(done->term <= r->term && done->term >= r->durable_term);
    r->durable_term = done->term;
    r->durable_vote = done->vote;
    count_log(r, done->last, done->truncations);
    install_answer(t);
    if (r->role == RAFT_LEADER) {
        commit_by_counting(t);
        if (r->role == RAFT_LEADER)
            replicate_all(t);
        return;
    }
    if (r->durable_term != r->term)
        return;
    if (!r->held_vote.granted || hard_state_durable(r))
        send_held(t, &r->held_vote);
    send_held(t, &r->held_append);
    send_held(t, &r->held_heartbeat);
    send_held(t, &r->held_chunk);
    acknowledge(t);
    read_forward_timeout(t);
    if (r->role == RAFT_CANDIDATE && !r->campaign_announced && hard_state_durable(r))
        campaign_announce(t);
}
