/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/read.h"

#include "core/lease.h"
#include "core/members.h"
#include "core/replicate.h"

/* Before the no-op of its term commits a leader does not know what is committed. T 6.4. */
static bool gate_open(const struct raft *r)
{
    return r->role == RAFT_LEADER && r->commit >= r->noop_index;
}

static bool batch_empty(const struct read_batch *b)
{
    return b->ctx == 0 && b->remote == 0;
}

static void own_ready(struct turn *t, uint64_t ctx, uint64_t index)
{
    struct raft_output *out = t->out;
    if (ctx > out->reads_ready_ctx)
        out->reads_ready_ctx = ctx;
    if (index > out->reads_ready_index)
        out->reads_ready_index = index;
}

static void own_failed(struct turn *t, uint64_t ctx)
{
    if (ctx == 0)
        return;
    turn_reason(t, RAFT_BECAUSE_READ_FAILED, 0, ctx, 0);
    if (ctx > t->out->reads_failed_ctx)
        t->out->reads_failed_ctx = ctx;
}

static void reply_read(struct turn *t, raft_id to, uint64_t ctx, bool granted, uint64_t index)
{
    struct raft_message reply = {.type = RAFT_READ_INDEX_REPLY,
                                 .to = to,
                                 .for_term = t->r->term,
                                 .ctx = ctx,
                                 .granted = granted,
                                 .index = index};
    turn_send(t, &reply);
}

/* Starts a round for the collecting reads unless one is in flight. */
static void start_round(struct turn *t)
{
    struct raft *r = t->r;
    if (!gate_open(r) || !batch_empty(&r->read_flight) || batch_empty(&r->read_collect))
        return;
    heartbeat_all(t);
    read_round_acked(t);
}

void read_round_started(struct turn *t)
{
    struct raft *r = t->r;
    if (!gate_open(r) || !batch_empty(&r->read_flight) || batch_empty(&r->read_collect))
        return;
    r->read_flight = r->read_collect;
    r->read_collect = (struct read_batch){0};
    r->read_flight.round = r->round;
    r->read_flight.index = r->commit;
    for (uint32_t i = 0; i < r->slots_end; i++) {
        if (!nodeset_has(r->read_flight.remote, i))
            continue;
        r->progress[i].read_round_ctx = r->progress[i].read_waiting_ctx;
        r->progress[i].read_waiting_ctx = 0;
    }
    turn_reason(t, RAFT_BECAUSE_READ_ROUND, 0, r->round, r->commit);
}

static bool quorum_answered(const struct raft *r, uint64_t round)
{
    quorum_set answered = 0;
    for (uint32_t i = 0; i < r->slots_end; i++) {
        const struct progress *p = &r->progress[i];
        if (p->id == r->self || p->acked_round >= round)
            answered |= NODE_BIT(i);
    }
    return quorum_vote(r->quorum, answered, 0) == QUORUM_WON;
}

static void confirm(struct turn *t)
{
    struct raft *r = t->r;
    struct read_batch done = r->read_flight;
    r->read_flight = (struct read_batch){0};
    turn_reason(t, RAFT_BECAUSE_READ_CONFIRMED, 0, done.round, done.index);
    if (done.ctx != 0)
        own_ready(t, done.ctx, done.index);
    for (uint32_t i = 0; i < r->slots_end; i++) {
        struct progress *p = &r->progress[i];
        if (nodeset_has(done.remote, i) && p->read_round_ctx != 0)
            reply_read(t, p->id, p->read_round_ctx, true, done.index);
        p->read_round_ctx = 0;
    }
}

void read_round_acked(struct turn *t)
{
    struct raft *r = t->r;
    if (batch_empty(&r->read_flight) || !quorum_answered(r, r->read_flight.round))
        return;
    confirm(t);
    start_round(t);
}

void read_gate_opened(struct turn *t)
{
    start_round(t);
}

void on_read_index(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    int slot = member_slot(r, m->from);
    if (r->role != RAFT_LEADER || slot < 0) {
        turn_reason(t, RAFT_BECAUSE_READ_REFUSED, m->from, 0, 0);
        if (r->durable_term == r->term)
            reply_read(t, m->from, m->ctx, false, 0);
        return;
    }
    if (m->lease && lease_holds(r, t->now)) {
        turn_reason(t, RAFT_BECAUSE_READ_LEASED, m->from, r->commit, 0);
        reply_read(t, m->from, m->ctx, true, r->commit);
        return;
    }
    r->progress[slot].read_waiting_ctx = m->ctx;
    r->read_collect.remote |= NODE_BIT(slot);
    start_round(t);
}

/* Asks the leader for an index for all reads that arrived before now. */
static void forward(struct turn *t)
{
    struct raft *r = t->r;
    struct read_forward *f = &r->read_forward;
    if (f->flight_ctx == 0) {
        f->flight_ctx = f->waiting_ctx;
        f->flight_lease = f->waiting_lease;
        f->waiting_ctx = 0;
        f->waiting_lease = false;
    }
    if (f->flight_ctx == 0 || r->leader == 0)
        return;
    struct raft_message m = {
        .type = RAFT_READ_INDEX, .to = r->leader, .ctx = f->flight_ctx, .lease = f->flight_lease};
    turn_send(t, &m);
    f->flight_term = r->term;
    f->resend_ns = t->now + r->timing.heartbeat_ns;
}

/* Only this read: those that wait for a round asked not to rely on clocks. */
static void read_leased(struct turn *t, uint64_t ctx)
{
    turn_reason(t, RAFT_BECAUSE_READ_LEASED, t->r->self, t->r->commit, 0);
    t->out->read_leased_ctx = ctx;
    t->out->read_leased_index = t->r->commit;
}

/* One request stands for all that wait: it may be answered by lease if that is enough for each. */
static void wait_to_ask(struct read_forward *f, uint64_t ctx, bool lease)
{
    f->waiting_lease = lease && (f->waiting_ctx == 0 || f->waiting_lease);
    f->waiting_ctx = ctx;
}

void on_read(struct turn *t, uint64_t ctx, bool lease)
{
    struct raft *r = t->r;
    ASSERT(ctx > 0);
    if (lease && lease_holds(r, t->now)) {
        read_leased(t, ctx);
        return;
    }
    if (r->role == RAFT_LEADER) {
        r->read_collect.ctx = ctx;
        start_round(t);
        return;
    }
    if (r->leader == 0 || r->restoring != 0) {
        own_failed(t, ctx);
        return;
    }
    wait_to_ask(&r->read_forward, ctx, lease);
    if (r->read_forward.flight_ctx == 0)
        read_forward_timeout(t);
}

void on_read_index_reply(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    struct read_forward *f = &r->read_forward;
    /* An index that was granted is good for ever, whoever leads now: the read had come before it
     * was confirmed. A refusal only tells that its sender did not lead. */
    bool late = !m->granted && m->for_term != r->term;
    if (f->flight_ctx == 0 || m->ctx != f->flight_ctx || late) {
        turn_reason(t, RAFT_BECAUSE_NOT_AWAITED, m->from, 0, 0);
        return;
    }
    f->flight_ctx = 0;
    f->resend_ns = 0;
    if (m->granted)
        own_ready(t, m->ctx, m->index);
    else
        own_failed(t, m->ctx);
    read_forward_timeout(t);
}

void reads_fail(struct turn *t)
{
    struct raft *r = t->r;
    own_failed(t, r->read_flight.ctx);
    own_failed(t, r->read_collect.ctx);
    r->read_flight = (struct read_batch){0};
    r->read_collect = (struct read_batch){0};
    for (uint32_t i = 0; i < r->slots_end; i++) {
        r->progress[i].read_waiting_ctx = 0;
        r->progress[i].read_round_ctx = 0;
    }
}

/* Reads wait that may be sent: nothing leaves in a term that is not durable. */
static bool forward_waits(const struct raft *r)
{
    bool waiting = r->read_forward.flight_ctx != 0 || r->read_forward.waiting_ctx != 0;
    return waiting && r->leader != 0 && r->durable_term == r->term;
}

void read_forward_timeout(struct turn *t)
{
    struct raft *r = t->r;
    if (forward_waits(r) && t->now >= read_forward_wake(r))
        forward(t);
}

uint64_t read_forward_wake(const struct raft *r)
{
    if (!forward_waits(r))
        return RAFT_NEVER;
    return r->read_forward.flight_ctx != 0 ? r->read_forward.resend_ns : 0;
}

void read_forward_settle(struct turn *t)
{
    struct raft *r = t->r;
    struct read_forward *f = &r->read_forward;
    if (f->flight_ctx == 0 && f->waiting_ctx == 0)
        return;
    if (r->leader == 0 || r->leader == r->self) {
        own_failed(t, f->flight_ctx);
        own_failed(t, f->waiting_ctx);
        *f = (struct read_forward){0};
    } else if (f->flight_ctx != 0 && f->flight_term != r->term) {
        f->flight_term = r->term;
        f->resend_ns = t->now;
        read_forward_timeout(t);
    }
}
