/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/transfer.h"

#include "core/members.h"

/* How long the target may take to come close, in longest election timeouts: seconds on a LAN. */
#define APPROACH_TIMEOUTS 32

static void end(struct turn *t, enum raft_transfer_news news)
{
    t->r->transfer = (struct transfer){0};
    t->out->transfer = news;
}

static bool heard_lately(const struct turn *t, const struct progress *p)
{
    return progress_heard(p, t->now, t->r->timing.election_ns_min);
}

static bool is_target(const struct turn *t, int slot)
{
    const struct raft *r = t->r;
    return slot >= 0 && (r->quorum.now >> slot & 1) != 0 && r->progress[slot].id != r->self &&
           heard_lately(t, &r->progress[slot]);
}

/* The voter with the most of the log, of equal ones the one with the lowest id. */
raft_id transfer_best_target(const struct turn *t)
{
    const struct raft *r = t->r;
    const struct progress *best = NULL;
    for (int slot = 0; slot < LIMIT_MEMBERS; slot++) {
        const struct progress *p = &r->progress[slot];
        if (!is_target(t, slot))
            continue;
        if (best == NULL || p->match > best->match || (p->match == best->match && p->id < best->id))
            best = p;
    }
    return best == NULL ? 0 : best->id;
}

void on_transfer(struct turn *t, raft_id target)
{
    struct raft *r = t->r;
    if (r->role != RAFT_LEADER) {
        t->out->transfer = RAFT_TRANSFER_NOT_LEADER;
        return;
    }
    if (r->transfer.phase != TRANSFER_NONE) {
        t->out->transfer = RAFT_TRANSFER_IN_PROGRESS;
        return;
    }
    if (r->commit < r->noop_index || !members_settled(r)) {
        t->out->transfer = RAFT_TRANSFER_NOT_READY;
        return;
    }
    raft_id chosen = target == 0 ? transfer_best_target(t) : target;
    if (!is_target(t, member_slot(r, chosen))) {
        t->out->transfer = RAFT_TRANSFER_NO_TARGET;
        return;
    }
    turn_reason(t, RAFT_BECAUSE_TRANSFER_BEGUN, chosen, 0, 0);
    r->transfer = (struct transfer){
        .target = chosen,
        .phase = TRANSFER_APPROACH,
        .deadline_ns = t->now + APPROACH_TIMEOUTS * r->timing.election_ns_max,
    };
    transfer_advance(t);
}

bool transfer_frozen(const struct raft *r)
{
    return r->transfer.phase == TRANSFER_FROZEN;
}

/* Freezing for a target that is far behind, or silent, would stop all writes for nothing; with a
 * change of members open, the target might be no voter any more when it is done. */
static void approach(struct turn *t, const struct progress *p)
{
    struct raft *r = t->r;
    if (r->trail.last - p->match > r->limits.batch_max || !heard_lately(t, p) ||
        !members_settled(r))
        return;
    turn_reason(t, RAFT_BECAUSE_TRANSFER_FROZEN, p->id, r->trail.last, 0);
    r->transfer.phase = TRANSFER_FROZEN;
    r->transfer.deadline_ns = t->now + r->timing.election_ns_max;
    r->transfer.resend_ns = t->now;
}

/* "the prior leader sends a TimeoutNow request to the target server" (T 3.10), and again while
 * nothing happens: one lost message must not cost the whole transfer. */
static void tell(struct turn *t, const struct progress *p)
{
    struct raft *r = t->r;
    if (p->match < r->trail.last || t->now < r->transfer.resend_ns)
        return;
    if (!r->transfer.told)
        turn_reason(t, RAFT_BECAUSE_TIMEOUT_NOW_SENT, p->id, 0, 0);
    r->transfer.told = true;
    r->transfer.resend_ns = t->now + r->timing.heartbeat_ns;
    struct raft_message m = {.type = RAFT_TIMEOUT_NOW, .to = p->id, .last = raft_last_pos(r)};
    turn_send(t, &m);
}

static void give_up(struct turn *t)
{
    turn_reason(t, RAFT_BECAUSE_TRANSFER_GIVEN_UP, t->r->transfer.target, 0, 0);
    end(t, RAFT_TRANSFER_TIMEOUT);
}

void transfer_disconnected(struct turn *t, raft_id peer)
{
    const struct transfer *x = &t->r->transfer;
    if (x->phase == TRANSFER_FROZEN && !x->told && x->target == peer)
        give_up(t);
}

void transfer_advance(struct turn *t)
{
    struct raft *r = t->r;
    if (r->transfer.phase == TRANSFER_LEFT) {
        if (t->now >= r->transfer.deadline_ns)
            end(t, RAFT_TRANSFER_CHANGED);
        return;
    }
    if (r->transfer.phase == TRANSFER_NONE)
        return;
    ASSERT(r->role == RAFT_LEADER);
    int slot = member_slot(r, r->transfer.target);
    bool gone = slot < 0 || (r->quorum.now >> slot & 1) == 0;
    if (gone || t->now >= r->transfer.deadline_ns) {
        give_up(t);
        return;
    }
    if (r->transfer.phase == TRANSFER_APPROACH)
        approach(t, &r->progress[slot]);
    if (r->transfer.phase == TRANSFER_FROZEN)
        tell(t, &r->progress[slot]);
}

uint64_t transfer_wake(const struct raft *r)
{
    if (r->transfer.phase == TRANSFER_NONE)
        return RAFT_NEVER;
    bool repeats = r->transfer.phase == TRANSFER_FROZEN && r->transfer.told &&
                   r->transfer.resend_ns < r->transfer.deadline_ns;
    return repeats ? r->transfer.resend_ns : r->transfer.deadline_ns;
}

void transfer_deposed(struct turn *t)
{
    struct raft *r = t->r;
    if (r->transfer.phase == TRANSFER_NONE)
        return;
    if (!r->transfer.told) {
        end(t, RAFT_TRANSFER_CHANGED);
        return;
    }
    r->transfer.phase = TRANSFER_LEFT;
    r->transfer.deadline_ns = t->now + 2 * r->timing.election_ns_max;
}

void transfer_leader_known(struct turn *t, raft_id leader)
{
    const struct transfer *x = &t->r->transfer;
    if (x->phase == TRANSFER_LEFT)
        end(t, leader == x->target ? RAFT_TRANSFER_DONE : RAFT_TRANSFER_CHANGED);
}
