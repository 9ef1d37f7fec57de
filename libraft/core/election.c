/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/election.h"

#include "core/members.h"
#include "core/office.h"
#include "core/replicate.h"
#include "core/role.h"
#include "core/transfer.h"

static void request(struct turn *t, uint32_t slot)
{
    struct raft *r = t->r;
    bool pre = r->role == RAFT_PRE_CANDIDATE;
    struct raft_message m = {.type = pre ? RAFT_PRE_VOTE : RAFT_REQUEST_VOTE,
                             .to = r->progress[slot].id,
                             .for_term = pre ? r->term + 1 : r->term,
                             .nonce = pre ? r->nonce : 0,
                             .transfer = r->campaign_transfer,
                             .last = raft_last_pos(r)};
    turn_send(t, &m);
}

/* Asks every voter that has not answered yet: one lost packet must not cost a whole attempt. */
static void request_votes(struct turn *t)
{
    struct raft *r = t->r;
    quorum_set silent = quorum_members(r->quorum) & ~(r->granted | r->denied);
    for (uint32_t slot = 0; slot < r->slots_end; slot++) {
        if (nodeset_has(silent, slot) && r->progress[slot].id != r->self)
            request(t, slot);
    }
    r->resend_ns = t->now + r->timing.heartbeat_ns;
}

static quorum_set own_vote(const struct raft *r)
{
    int slot = member_slot(r, r->self);
    return slot < 0 ? 0 : NODE_BIT(slot) & quorum_members(r->quorum);
}

/* Would an election win? Asked without raising any term, so that a node that cannot win cannot
 * disturb either. T 9.6. */
static void ask_pre_votes(struct turn *t)
{
    struct raft *r = t->r;
    become_follower(t, 0);
    r->role = RAFT_PRE_CANDIDATE;
    r->nonce = prng_u64(&r->random);
    r->granted = own_vote(r);
    reset_timer(t);
    turn_reason(t, RAFT_BECAUSE_TIMED_OUT, 0, r->term + 1, 0);
    request_votes(t);
    count_votes(t);
}

void campaign(struct turn *t)
{
    struct raft *r = t->r;
    ASSERT(member_may_campaign(r));
    adopt_term(t, r->term + 1);
    r->role = RAFT_CANDIDATE;
    set_vote(t, r->self);
    reset_timer(t);
    turn_reason(t, RAFT_BECAUSE_CAMPAIGN, 0, r->term, 0);
}

void campaign_announce(struct turn *t)
{
    struct raft *r = t->r;
    ASSERT(r->role == RAFT_CANDIDATE && hard_state_durable(r) && r->vote == r->self);
    r->campaign_announced = true;
    r->granted = own_vote(r);
    request_votes(t);
    count_votes(t);
}

static void become_leader(struct turn *t)
{
    struct raft *r = t->r;
    ASSERT(r->role == RAFT_CANDIDATE && r->campaign_announced && hard_state_durable(r));
    turn_reason(t, RAFT_BECAUSE_ELECTED, 0, r->term, r->trail.last);
    clear_campaign(r);
    members_sync(r, t->now); /* whoever was only told of its removal is nobody's business now */
    r->role = RAFT_LEADER;
    r->leader = r->self;
    transfer_leader_known(t, r->self);
    r->elected_ns = t->now;
    r->outlasts_ns = 0;
    office_begin(t);
    for (uint32_t i = 0; i < r->slots_end; i++) {
        if (r->progress[i].id != 0)
            progress_reset(&r->progress[i], r->trail.last, t->now);
    }
    /* Always a no-op: only entries of its own term commit by counting (T 3.6.2), and until one
     * has, the leader does not know what is committed (T 6.4). */
    turn_append(t, 1, ENTRY_NOOP);
    r->noop_index = r->trail.last;
    heartbeat_all(t);
    replicate_all(t);
}

void count_votes(struct turn *t)
{
    struct raft *r = t->r;
    switch (quorum_vote(r->quorum, r->granted, r->denied)) {
    case QUORUM_WON:
        if (r->role == RAFT_PRE_CANDIDATE)
            campaign(t);
        else
            become_leader(t);
        return;
    case QUORUM_LOST:
        turn_reason(t, RAFT_BECAUSE_LOST, 0, r->term + (r->role == RAFT_PRE_CANDIDATE), 0);
        become_follower(t, 0);
        return;
    case QUORUM_PENDING: return;
    }
}

/* A server that cannot add an entry of a new term, or whose disk takes nothing, has no business
 * leading, nor has one whose log was damaged. */
bool election_fit(const struct raft *r)
{
    return r->restoring == 0 && !r->disk_stuck &&
           trail_has_room(&r->trail, raft_runs_const(r), r->term + 1);
}

/* Nor one that a quorum of its own says was removed (T 4.2.3). */
bool election_able(const struct raft *r)
{
    return member_may_campaign(r) && !r->orphan && election_fit(r);
}

/* A sole voter need not wait for anybody, but it keeps its promises. */
static uint64_t sole_voter_at(const struct raft *r)
{
    return r->hold_until > r->rest_until ? r->hold_until : r->rest_until;
}

/* Who cannot campaign (a learner) must not send clients and reads to a silent leader for ever. */
static void forget_leader(struct turn *t)
{
    if (t->r->leader == 0)
        return;
    turn_reason(t, RAFT_BECAUSE_LEADER_SILENT, 0, 0, 0);
    become_follower(t, 0);
}

void election_timeout(struct turn *t)
{
    struct raft *r = t->r;
    ASSERT(r->role != RAFT_LEADER);
    if (member_sole_voter(r)) {
        /* No timer: a candidate only waits for its disk, and a new term would not make that
         * faster. */
        if (r->role != RAFT_FOLLOWER || t->now < sole_voter_at(r) || !election_able(r))
            return;
        turn_reason(t, RAFT_BECAUSE_SOLE_VOTER, 0, r->term + 1, 0);
        campaign(t);
        return;
    }
    if (t->now >= r->timer_at) {
        reset_timer(t);
        /* Without space it could only refuse writes; another may have some. */
        if (!election_able(r) || t->no_space) {
            forget_leader(t);
            return;
        }
        if (r->pre_vote)
            ask_pre_votes(t);
        else
            campaign(t);
        return;
    }
    bool asking =
        r->role == RAFT_PRE_CANDIDATE || (r->role == RAFT_CANDIDATE && r->campaign_announced);
    if (asking && t->now >= r->resend_ns)
        request_votes(t);
}

uint64_t election_wake(const struct raft *r)
{
    if (!election_able(r))
        return r->leader != 0 ? r->timer_at : RAFT_NEVER;
    if (member_sole_voter(r))
        return r->role == RAFT_FOLLOWER ? sole_voter_at(r) : RAFT_NEVER;
    return r->resend_ns < r->timer_at ? r->resend_ns : r->timer_at;
}
