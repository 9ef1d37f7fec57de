/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/transfer.h"

#include "base/units.h"
#include "core/members.h"
#include "core/role.h"

/* How long the target may take to come close, unless the host says. */
#define APPROACH_NS (10 * NS_PER_S)

/* A leader made to step down leaves the others this many longest election timeouts. */
#define REST_TIMEOUTS 2

static void end(struct turn *t, enum raft_transfer_news news)
{
    t->r->transfer = (struct transfer){0};
    t->out->transfer = news;
}

static bool heard_lately(const struct turn *t, const struct progress *p)
{
    return progress_heard(p, t->now, t->r->timing.election_ns_min);
}

/* A voter that could lead at once: with the data, and not one that cannot store anything now. */
bool transfer_possible(const struct turn *t, int slot)
{
    const struct raft *r = t->r;
    if (slot < 0 || !nodeset_has(r->quorum.now, slot))
        return false;
    const struct progress *p = &r->progress[slot];
    return p->id != r->self && !p->busy && !p->regressed && p->state != PROGRESS_SNAPSHOT &&
           !member_is_witness(r, p->id) && heard_lately(t, p);
}

/* The voter with the most of the log, then of the highest priority, then with the lowest id. */
static bool better(const struct raft *r, const struct progress *a, const struct progress *b)
{
    if (a->match != b->match)
        return a->match > b->match;
    int32_t pa = member_of(r, a->id)->priority, pb = member_of(r, b->id)->priority;
    return pa != pb ? pa > pb : a->id < b->id;
}

static raft_id best_but(const struct turn *t, raft_id failed)
{
    const struct raft *r = t->r;
    const struct progress *best = NULL;
    for (int slot = 0; slot < (int)r->slots_end; slot++) {
        const struct progress *p = &r->progress[slot];
        if (!transfer_possible(t, slot) || p->id == failed)
            continue;
        if (best == NULL || better(r, p, best))
            best = p;
    }
    return best == NULL ? 0 : best->id;
}

raft_id transfer_best_target(const struct turn *t)
{
    return best_but(t, 0);
}

/* Whoever asks for what is under way already waits for its end with the others. */
static void join(struct turn *t, raft_id target)
{
    const struct transfer *x = &t->r->transfer;
    bool same = target == 0 ? x->best : target == x->target;
    if (!same || x->phase == TRANSFER_LEFT)
        t->out->transfer = RAFT_TRANSFER_IN_PROGRESS;
}

static void begin(struct turn *t, raft_id target)
{
    struct transfer *x = &t->r->transfer;
    turn_reason(t, RAFT_BECAUSE_TRANSFER_BEGUN, target, 0, 0);
    x->target = target;
    x->phase = TRANSFER_APPROACH;
    x->told = false;
    x->deadline_ns = x->limit_at_ns;
    transfer_advance(t);
}

void on_transfer(struct turn *t, raft_id target, uint64_t limit_ns)
{
    struct raft *r = t->r;
    if (r->role != RAFT_LEADER) {
        t->out->transfer = RAFT_TRANSFER_NOT_LEADER;
        return;
    }
    if (r->transfer.phase != TRANSFER_NONE) {
        join(t, target);
        return;
    }
    if (r->commit < r->noop_index || !members_settled(r)) {
        t->out->transfer = RAFT_TRANSFER_NOT_READY;
        return;
    }
    raft_id chosen = target == 0 ? transfer_best_target(t) : target;
    if (!transfer_possible(t, member_slot(r, chosen))) {
        t->out->transfer = RAFT_TRANSFER_NO_TARGET;
        return;
    }
    r->transfer = (struct transfer){
        .best = target == 0,
        .limit_at_ns = t->now + (limit_ns == 0 ? APPROACH_NS : limit_ns),
    };
    begin(t, chosen);
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
    if (r->trail.last - p->match > r->limits.batch_max ||
        !transfer_possible(t, member_slot(r, p->id)) || !members_settled(r))
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

/* Whoever asked for the best gets one more try with the next one. */
static void give_up(struct turn *t)
{
    struct transfer *x = &t->r->transfer;
    turn_reason(t, RAFT_BECAUSE_TRANSFER_GIVEN_UP, x->target, 0, 0);
    raft_id next = 0;
    if (x->best && !x->again && t->now < x->limit_at_ns && members_settled(t->r))
        next = best_but(t, x->target);
    if (next == 0) {
        end(t, RAFT_TRANSFER_TIMEOUT);
        return;
    }
    x->again = true;
    begin(t, next);
}

void on_step_down(struct turn *t)
{
    struct raft *r = t->r;
    if (r->role != RAFT_LEADER) {
        t->out->transfer = RAFT_TRANSFER_NOT_LEADER;
        return;
    }
    turn_reason(t, RAFT_BECAUSE_STEPPED_DOWN, 0, r->term, 0);
    r->transfer = (struct transfer){0};
    r->rest_until = t->now + REST_TIMEOUTS * r->timing.election_ns_max;
    become_follower(t, 0);
    t->out->transfer = RAFT_TRANSFER_CHANGED;
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
    bool gone = slot < 0 || !nodeset_has(r->quorum.now, slot) ||
                r->progress[slot].state == PROGRESS_SNAPSHOT || r->progress[slot].regressed;
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
