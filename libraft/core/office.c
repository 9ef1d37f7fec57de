/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/office.h"

#include "base/units.h"
#include "core/members.h"
#include "core/role.h"
#include "core/transfer.h"

/* Between two attempts, or leadership would wander for ever between nodes that are all slow. */
#define PAUSE_NS (60 * NS_PER_S)

static uint64_t window_ns(const struct raft *r)
{
    return OFFICE_WINDOW_TIMEOUTS * r->timing.election_ns_max;
}

void office_begin(struct turn *t)
{
    struct raft *r = t->r;
    for (uint32_t i = 0; i < r->slots_end; i++) {
        r->progress[i].ready_ns = 0;
        r->progress[i].ack_ns = 0;
    }
    r->disk.probe_index = 0;
    r->disk.count = 0;
    r->disk.next = 0;
}

void office_matched(struct turn *t, struct progress *p, uint64_t before)
{
    uint64_t took = disk_watch_other_ns(&t->r->disk, before, p->match, window_ns(t->r), t->now);
    if (took != 0)
        p->ack_ns = p->ack_ns == 0 ? took : (7 * p->ack_ns + took) / 8;
}

/* One that would keep leadership if it had it: everything it needs is there or on the way. */
static bool ready(const struct turn *t, uint32_t slot)
{
    const struct raft *r = t->r;
    const struct progress *p = &r->progress[slot];
    return transfer_possible(t, (int)slot) && r->trail.last - p->match <= r->limits.batch_max;
}

static int32_t priority_of(const struct raft *r, raft_id id)
{
    const struct raft_member *m = member_of(r, id);
    return m == NULL ? 0 : m->priority;
}

/* The voter of the highest priority above ours that has been ready long enough; 0: none. */
static raft_id rightful(struct turn *t)
{
    struct raft *r = t->r;
    const struct progress *best = NULL;
    quorum_set above = members_above(r, priority_of(r, r->self));
    for (uint32_t slot = 0; slot < r->slots_end; slot++) {
        struct progress *p = &r->progress[slot];
        if (p->id == 0 || !nodeset_has(above, slot) || !ready(t, slot)) {
            p->ready_ns = 0;
            continue;
        }
        if (p->ready_ns == 0)
            p->ready_ns = t->now;
        if (t->now - p->ready_ns < OFFICE_READY_TIMEOUTS * r->timing.election_ns_max)
            continue;
        if (best == NULL || priority_of(r, p->id) > priority_of(r, best->id))
            best = p;
    }
    return best == NULL ? 0 : best->id;
}

/* A voter whose acknowledgements take half as long as our own syncs, or less; 0: none. */
static raft_id quicker(const struct turn *t, uint64_t own_ns)
{
    const struct raft *r = t->r;
    const struct progress *best = NULL;
    for (uint32_t slot = 0; slot < r->slots_end; slot++) {
        const struct progress *p = &r->progress[slot];
        if (p->id == 0 || p->ack_ns == 0 || p->ack_ns > own_ns / 2 || !ready(t, slot))
            continue;
        if (best == NULL || p->ack_ns < best->ack_ns)
            best = p;
    }
    return best == NULL ? 0 : best->id;
}

/* A voter with data and space that a quorum would elect (T 3.6.1), as far as is known here: it has
 * entries of this term, and a quorum has no more of them. */
static bool could_lead(const struct turn *t, uint32_t slot)
{
    const struct raft *r = t->r;
    uint64_t span_ns = r->timing.election_ns_max;
    const struct progress *p = &r->progress[slot];
    quorum_set granted = 0;
    if (!nodeset_has(r->quorum.now, slot) || p->id == r->self || p->busy || p->regressed ||
        member_is_witness(r, p->id) || !progress_heard(p, t->now, span_ns) ||
        p->match < r->noop_index)
        return false;
    for (uint32_t i = 0; i < r->slots_end; i++) {
        const struct progress *v = &r->progress[i];
        bool self = v->id == r->self;
        bool answers = !v->regressed && progress_heard(v, t->now, span_ns);
        if (self ? r->trail.last <= p->match : answers && v->match <= p->match)
            granted |= NODE_BIT(i);
    }
    return quorum_vote(r->quorum, granted, 0) == QUORUM_WON;
}

static void hand_over(struct turn *t, raft_id to, enum raft_reason_code why, uint64_t number)
{
    struct raft *r = t->r;
    turn_reason(t, why, to, number, 0);
    on_transfer(t, to, r->timing.election_ns_max);
    t->out->transfer = RAFT_TRANSFER_NO_NEWS; /* nobody asked */
}

/* A slow disk makes the whole cluster slow while its node leads. Returns whether it is. */
static bool watch_disk(struct turn *t)
{
    struct raft *r = t->r;
    uint64_t age = disk_watch_age_ns(&r->disk, t->now), median = disk_watch_median_ns(&r->disk);
    raft_id to = 0;
    if (age <= r->timing.election_ns_max && median <= r->timing.election_ns_min / 2)
        return false;
    if (t->now < r->slow_after_ns)
        return true;
    if (age > r->timing.election_ns_max)
        to = transfer_best_target(t);
    else
        to = quicker(t, median);
    if (to == 0)
        return true;
    r->slow_after_ns = t->now + PAUSE_NS;
    hand_over(t, to, RAFT_BECAUSE_DISK_SLOW, (age > median ? age : median) / NS_PER_MS);
    return true;
}

static bool free_to_hand_over(const struct raft *r)
{
    return r->transfer.phase == TRANSFER_NONE && r->commit >= r->noop_index && members_settled(r);
}

static bool replaceable(const struct turn *t)
{
    uint32_t slot = 0;
    while (slot < t->r->slots_end && !could_lead(t, slot))
        slot++;
    return slot < t->r->slots_end;
}

static void lay_down(struct turn *t, enum raft_reason_code why, uint64_t after_ns)
{
    turn_reason(t, why, 0, t->r->term, after_ns / NS_PER_MS);
    become_follower(t, 0);
}

/* Without space a leader can only refuse writes: somebody else is to lead, with its help or, after
 * the longest election timeout, without. While it knows nobody who could (the only voter, the
 * others full too, or behind), it leads on: for those who read, and for those who catch up from it.
 */
static void watch_space(struct turn *t)
{
    struct raft *r = t->r;
    if (!t->no_space || !replaceable(t)) {
        r->full_ns = 0;
        return;
    }
    if (r->full_ns == 0)
        r->full_ns = t->now;
    if (t->now - r->full_ns >= r->timing.election_ns_max) {
        lay_down(t, RAFT_BECAUSE_DISK_FULL_STILL, t->now - r->full_ns);
        return;
    }
    raft_id to = transfer_best_target(t);
    if (to != 0 && free_to_hand_over(r))
        hand_over(t, to, RAFT_BECAUSE_DISK_FULL, 0);
}

uint64_t office_wake(const struct raft *r)
{
    return r->full_ns == 0 ? RAFT_NEVER : r->full_ns + r->timing.election_ns_max;
}

void office_timeout(struct turn *t)
{
    struct raft *r = t->r;
    ASSERT(r->role == RAFT_LEADER);
    if (r->disk_stuck) {
        lay_down(t, RAFT_BECAUSE_DISK_STUCK, disk_watch_age_ns(&r->disk, t->now));
        return;
    }
    watch_space(t);
    if (r->role != RAFT_LEADER)
        return;
    raft_id heir = rightful(t);
    if (!free_to_hand_over(r) || watch_disk(t) || heir == 0 || t->now < r->hand_back_after_ns)
        return;
    r->hand_back_after_ns = t->now + PAUSE_NS;
    hand_over(t, heir, RAFT_BECAUSE_HANDED_BACK, 0);
}

void office_before(struct turn *t)
{
    struct raft *r = t->r;
    uint64_t age = disk_watch_age_ns(&r->disk, t->now);
    r->disk_stuck = age > OFFICE_STUCK_TIMEOUTS * r->timing.election_ns_max;
}

void office_after(struct turn *t)
{
    struct raft *r = t->r;
    bool changed = t->out->append_from != 0;
    disk_watch_turn(&r->disk, r->trail.last, r->durable, changed, window_ns(r), t->now);
    office_before(t);
}
