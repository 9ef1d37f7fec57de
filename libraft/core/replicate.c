/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/replicate.h"

#include "core/change.h"
#include "core/install.h"
#include "core/lease.h"
#include "core/members.h"
#include "core/read.h"
#include "core/role.h"
#include "core/snapshot.h"

/* Sends entries from..to (to < from: none, the previous entry is only compared). */
static void send_append(struct turn *t, uint32_t slot, uint64_t from, uint64_t to)
{
    struct raft *r = t->r;
    struct progress *p = &r->progress[slot];
    uint64_t prev = from - 1;
    ASSERT(from > r->trail.base.index && to <= r->trail.last);
    struct raft_message m = {
        .type = RAFT_APPEND,
        .to = p->id,
        .prev = {.term = trail_term(&r->trail, raft_runs(r), prev), .index = prev},
        .entries_count = to < from ? 0 : (uint32_t)(to - from + 1),
        .commit = r->commit,
        .round = r->round,
    };
    p->commit_sent = r->commit;
    turn_send(t, &m);
}

void ask_again(struct turn *t, uint32_t slot, uint64_t index)
{
    send_append(t, slot, index + 1, index);
}

static uint64_t batch_end(const struct raft *r, uint64_t from)
{
    uint64_t end = from + r->limits.batch_max - 1;
    return end < r->trail.last ? end : r->trail.last;
}

/* One append at a time until the member agrees; with entries only once it is known to. */
static void send_probe(struct turn *t, uint32_t slot)
{
    struct progress *p = &t->r->progress[slot];
    if (p->paused && t->now < p->resend_ns)
        return;
    uint64_t to = p->next == p->match + 1 ? batch_end(t->r, p->next) : p->next - 1;
    send_append(t, slot, p->next, to);
    p->paused = true;
    p->resend_ns = t->now + t->r->timing.heartbeat_ns;
}

static void send_stream(struct turn *t, uint32_t slot)
{
    struct raft *r = t->r;
    struct progress *p = &r->progress[slot];
    if (p->paused && t->now < p->resend_ns)
        return;
    p->paused = false;
    while (p->next <= r->trail.last && !progress_window_full(p, r->limits.window_max) &&
           turn_has_room(t)) {
        uint64_t to = batch_end(r, p->next);
        send_append(t, slot, p->next, to);
        progress_sent(p, raft_window(r, slot), r->limits.window_max, to, t->now);
    }
    /* News of the commit index alone does not wait for the next write or heartbeat. */
    if (p->window_count == 0 && p->next > r->trail.last && p->commit_sent < r->commit)
        send_append(t, slot, p->next, p->next - 1);
}

static void send_appends(struct turn *t, uint32_t slot)
{
    struct raft *r = t->r;
    switch ((enum progress_state)r->progress[slot].state) {
    case PROGRESS_PROBE: send_probe(t, slot); break;
    case PROGRESS_REPLICATE: send_stream(t, slot); break;
    case PROGRESS_SNAPSHOT: break;
    }
}

static void send_entries(struct turn *t, uint32_t slot)
{
    const struct raft *r = t->r;
    const struct progress *p = &r->progress[slot];
    if (p->id == 0 || p->id == r->self)
        return;
    uint64_t gone = r->trail.base.index;
    if (p->state != PROGRESS_SNAPSHOT && p->next <= gone)
        snapshot_begin(t, slot); /* no entry of ours can help it */
    else
        send_appends(t, slot);
}

void replicate_to(struct turn *t, uint32_t slot)
{
    ASSERT(t->r->role == RAFT_LEADER);
    if (turn_has_room(t))
        send_entries(t, slot);
    if (t->r->progress[slot].state == PROGRESS_SNAPSHOT && turn_has_room(t))
        snapshot_send(t, slot);
}

/* Bytes of images come behind all appends. */
void replicate_all(struct turn *t)
{
    struct raft *r = t->r;
    ASSERT(r->role == RAFT_LEADER);
    for (uint32_t slot = 0; slot < r->slots_end && turn_has_room(t); slot++)
        send_entries(t, slot);
    for (uint32_t slot = 0; slot < r->slots_end && turn_has_room(t); slot++) {
        if (r->progress[slot].state == PROGRESS_SNAPSHOT)
            snapshot_send(t, slot);
    }
}

/* Starts are kept at a distance, so that the ring reaches back the longest election timeout
 * however often reads start rounds. */
static void remember_round(struct turn *t)
{
    struct raft *r = t->r;
    uint32_t newest = (r->round_starts_next + RAFT_ROUND_STARTS - 1) % RAFT_ROUND_STARTS;
    uint64_t apart = r->timing.election_ns_max / (RAFT_ROUND_STARTS - 1) + 1;
    if (r->round_starts_count > 0 && t->now - r->round_starts[newest].at_ns < apart)
        return;
    r->round_starts[r->round_starts_next] = (struct round_start){r->round, t->now};
    r->round_starts_next = (r->round_starts_next + 1) % RAFT_ROUND_STARTS;
    if (r->round_starts_count < RAFT_ROUND_STARTS)
        r->round_starts_count++;
}

void heartbeat_to(struct turn *t, uint32_t slot)
{
    const struct raft *r = t->r;
    struct progress *p = &t->r->progress[slot];
    ASSERT(r->role == RAFT_LEADER);
    /* Clamped: a member's tail beyond match may differ from ours. What it acknowledged and lost it
     * is told of. */
    uint64_t known = p->regressed && p->lost > p->match ? p->lost : p->match;
    struct raft_message m = {.type = RAFT_HEARTBEAT,
                             .to = p->id,
                             .commit = known < r->commit ? known : r->commit,
                             .round = r->round};
    if (p->linger_index != 0 && p->linger_round == 0 && m.commit >= p->linger_index)
        p->linger_round = r->round;
    turn_send(t, &m);
}

void heartbeat_all(struct turn *t)
{
    struct raft *r = t->r;
    ASSERT(r->role == RAFT_LEADER);
    r->round++;
    remember_round(t);
    read_round_started(t);
    for (uint32_t slot = 0; slot < r->slots_end; slot++) {
        if (r->progress[slot].id != 0 && r->progress[slot].id != r->self)
            heartbeat_to(t, slot);
    }
    r->heartbeat_at = t->now + r->timing.heartbeat_ns;
}

/* Start of the newest remembered round not after round; 0 if none is old enough. */
static uint64_t round_start_ns(const struct raft *r, uint64_t round)
{
    uint64_t start = 0;
    for (uint32_t i = 0; i < r->round_starts_count; i++) {
        if (r->round_starts[i].round <= round && r->round_starts[i].at_ns > start)
            start = r->round_starts[i].at_ns;
    }
    return start;
}

void round_acked(struct turn *t, uint32_t slot, uint64_t round, uint64_t hold_ns)
{
    struct raft *r = t->r;
    struct progress *p = &r->progress[slot];
    if (round <= p->acked_round || round > r->round)
        return;
    uint64_t start = round_start_ns(r, round);
    if (start > p->contact_ns)
        p->contact_ns = start;
    if (p->regressed)
        return;
    p->acked_round = round;
    /* Not contact_ns: that may be the moment a member was met, after its answer was sent. */
    if (start > p->promise_ns) {
        p->promise_ns = start;
        p->hold_ns = hold_ns;
    }
    lease_note(t);
    read_round_acked(t);
}

void commit_to(struct turn *t, uint64_t to)
{
    struct raft *r = t->r;
    ASSERT(to >= r->commit && to <= r->trail.last);
    if (to == r->commit)
        return;
    r->commit = to;
    members_committed(r, t->now);
    install_committed(r);
}

/* Its own copy counts once it is on its own disk, and as a voter's only (T 4.2.2). */
void commit_by_counting(struct turn *t)
{
    struct raft *r = t->r;
    uint64_t match[LIMIT_MEMBERS];
    ASSERT(r->role == RAFT_LEADER);
    for (uint32_t i = 0; i < r->slots_end; i++)
        match[i] = r->progress[i].id == r->self ? r->durable
                   : r->progress[i].regressed   ? 0
                                                : r->progress[i].match;
    uint64_t n = quorum_value(r->quorum, match);
    if (n <= r->commit)
        return;
    uint64_t term = trail_term(&r->trail, raft_runs(r), n);
    if (term != r->term) {
        turn_reason(t, RAFT_BECAUSE_OLD_TERM_UNCOMMITTED, 0, n, term);
        return;
    }
    commit_to(t, n);
    turn_reason(t, RAFT_BECAUSE_COMMITTED, 0, n, r->commit);
    read_gate_opened(t);
    change_committed(t);
}

void leader_timeout(struct turn *t)
{
    struct raft *r = t->r;
    ASSERT(r->role == RAFT_LEADER);
    /* "a leader … steps down if an election timeout elapses without a successful round of
     * heartbeats to a majority of its cluster" (T 6.2) */
    if (r->check_quorum && t->now - quorum_contact(r, t->now) > r->timing.election_ns_max) {
        turn_reason(t, RAFT_BECAUSE_NO_QUORUM, 0, r->term, 0);
        become_follower(t, 0);
        return;
    }
    lease_note(t);
    if (t->now >= r->heartbeat_at)
        heartbeat_all(t);
    replicate_all(t);
}

/* A quorum was heard so lately that contact is not lost before then. */
static bool contact_outlasts(struct raft *r, uint64_t time_ns)
{
    quorum_set heard = 0;
    if (time_ns <= r->outlasts_ns)
        return true;
    for (uint32_t slot = 0; slot < r->slots_end; slot++) {
        const struct progress *p = &r->progress[slot];
        bool lately = !p->regressed && p->contact_ns + r->timing.election_ns_max >= time_ns;
        if (lately || p->id == r->self)
            heard |= NODE_BIT(slot);
    }
    if (quorum_vote(r->quorum, heard, 0) != QUORUM_WON)
        return false;
    r->outlasts_ns = time_ns;
    return true;
}

uint64_t leader_wake(struct raft *r)
{
    ASSERT(r->role == RAFT_LEADER);
    uint64_t wake = r->heartbeat_at;
    if (r->check_quorum && !contact_outlasts(r, wake)) {
        uint64_t lost = quorum_contact(r, RAFT_NEVER);
        if (lost < RAFT_NEVER - r->timing.election_ns_max - 1 &&
            lost + r->timing.election_ns_max + 1 < wake)
            wake = lost + r->timing.election_ns_max + 1;
    }
    for (uint32_t slot = 0; slot < r->slots_end; slot++) {
        const struct progress *p = &r->progress[slot];
        if ((!p->paused && p->state != PROGRESS_SNAPSHOT) || p->id == 0 || p->id == r->self)
            continue;
        uint64_t look = p->state == PROGRESS_SNAPSHOT ? snapshot_wake(p) : p->resend_ns;
        if (look < wake)
            wake = look;
    }
    return wake;
}

void on_unsent(struct turn *t, raft_id peer, uint64_t first)
{
    struct raft *r = t->r;
    int slot = member_slot(r, peer);
    if (r->role != RAFT_LEADER || slot < 0)
        return;
    if (r->progress[slot].state == PROGRESS_SNAPSHOT)
        return; /* of an append before it */
    turn_reason(t, RAFT_BECAUSE_UNSENT, peer, first, 0);
    progress_unsent(&r->progress[slot], raft_window(r, (uint32_t)slot), r->limits.window_max, first,
                    t->now + r->timing.heartbeat_ns);
}

void on_disconnected(struct turn *t, raft_id peer)
{
    struct raft *r = t->r;
    int slot = member_slot(r, peer);
    if (r->role != RAFT_LEADER || slot < 0)
        return;
    struct progress *p = &r->progress[slot];
    if (p->state == PROGRESS_SNAPSHOT) {
        snapshot_interrupted(t, (uint32_t)slot);
        return;
    }
    progress_probe(p, p->state == PROGRESS_REPLICATE ? p->match + 1 : p->next);
    p->paused = true;
    p->resend_ns = t->now + r->timing.heartbeat_ns;
}
