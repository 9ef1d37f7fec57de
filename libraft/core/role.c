/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/role.h"

#include "core/lease.h"
#include "core/members.h"
#include "core/read.h"
#include "core/transfer.h"

/* A promise not to vote binds the own vote too: after a restart it may last longer than the timeout
 * of now, and then the timer runs from where both end together. */
void reset_timer(struct turn *t)
{
    struct raft *r = t->r;
    uint64_t from = t->now;
    uint64_t not_before = r->hold_until > r->rest_until ? r->hold_until : r->rest_until;
    if (not_before > from + r->timing.election_ns_min)
        from = not_before - r->timing.election_ns_min;
    r->timer_at = from +
                  prng_between(&r->random, r->timing.election_ns_min, r->timing.election_ns_max) +
                  r->delay_ns;
}

void clear_campaign(struct raft *r)
{
    r->granted = 0;
    r->denied = 0;
    r->campaign_announced = false;
    r->campaign_transfer = false;
    r->resend_ns = RAFT_NEVER;
}

/* What a leader alone keeps; calling it as another role changes nothing. */
static void clear_leadership(struct turn *t)
{
    struct raft *r = t->r;
    reads_fail(t);
    transfer_deposed(t);
    r->noop_index = 0;
    r->heartbeat_at = RAFT_NEVER;
    r->round_starts_count = 0;
    r->round_starts_next = 0;
    r->round = 0;
    r->full_ns = 0;
    lease_clear(t);
}

static void clear_held(struct raft *r)
{
    r->held_vote = (struct raft_message){0};
    r->held_append = (struct raft_message){0};
    r->held_heartbeat = (struct raft_message){0};
    r->held_chunk = (struct raft_message){0};
    r->chunk_round = 0;
    r->ack_pending = false;
    r->ack_round = 0;
    r->accepted = 0;
}

void adopt_term(struct turn *t, uint64_t term)
{
    struct raft *r = t->r;
    ASSERT(term > r->term);
    become_follower(t, 0);
    r->term = term;
    r->vote = 0;
    clear_held(r);
    t->out->hard_state = true;
}

void set_vote(struct turn *t, raft_id candidate)
{
    ASSERT(candidate != 0);
    ASSERT(t->r->vote == 0 || t->r->vote == candidate);
    if (t->r->vote == candidate)
        return;
    t->r->vote = candidate;
    t->out->hard_state = true;
}

void become_follower(struct turn *t, raft_id leader)
{
    struct raft *r = t->r;
    bool led = r->role == RAFT_LEADER;
    if (led) {
        r->hold_until = held_until(r, t->now); /* what held as leader holds on */
        clear_leadership(t);
    }
    clear_campaign(r);
    r->role = RAFT_FOLLOWER;
    r->leader = leader;
    if (led)
        reset_timer(t);
}

bool leader_heard(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    ASSERT(m->term == r->term);
    if (r->role == RAFT_LEADER || (r->leader != 0 && r->leader != m->from)) {
        t->out->fatal = RAFT_FATAL_TWO_LEADERS;
        return false;
    }
    if (r->leader == 0) {
        turn_reason(t, RAFT_BECAUSE_LEADER_HEARD, m->from, m->term, 0);
        become_follower(t, m->from);
    }
    transfer_leader_known(t, m->from);
    r->orphan = false;
    r->removed = 0;
    r->nonce = 0;
    reset_timer(t);
    r->heard_ns = t->now;
    uint64_t hold = t->now + r->timing.election_ns_min;
    if (hold > r->hold_until)
        r->hold_until = hold;
    return true;
}

uint64_t quorum_contact(const struct raft *r, uint64_t now)
{
    uint64_t values[LIMIT_MEMBERS];
    ASSERT(r->role == RAFT_LEADER);
    for (uint32_t i = 0; i < r->slots_end; i++)
        values[i] = r->progress[i].id == r->self ? now
                    : r->progress[i].regressed   ? 0
                                                 : r->progress[i].contact_ns;
    return quorum_value(r->quorum, values);
}

uint64_t held_until(const struct raft *r, uint64_t now)
{
    if (r->role != RAFT_LEADER)
        return r->hold_until;
    uint64_t own = quorum_contact(r, now) + r->timing.election_ns_min;
    return own > r->hold_until ? own : r->hold_until;
}
