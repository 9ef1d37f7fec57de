/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of one event through the core. */
#include "base/err.h"
#include "core/change.h"
#include "core/compact.h"
#include "core/election.h"
#include "core/install.h"
#include "core/lease.h"
#include "core/left.h"
#include "core/members.h"
#include "core/office.h"
#include "core/read.h"
#include "core/recover.h"
#include "core/replicate.h"
#include "core/restore.h"
#include "core/role.h"
#include "core/snapshot.h"
#include "core/transfer.h"

int raft_pos_compare(struct raft_pos a, struct raft_pos b)
{
    if (a.term != b.term)
        return a.term < b.term ? -1 : 1;
    if (a.index != b.index)
        return a.index < b.index ? -1 : 1;
    return 0;
}

/* A leader of an older term learns the newer one from the answer; nothing else happens. T 3.3 */
static void answer_stale(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    turn_reason(t, RAFT_BECAUSE_STALE_TERM, m->from, m->term, r->term);
    uint32_t type = RAFT_HEARTBEAT_REPLY;
    if (m->type == RAFT_APPEND)
        type = RAFT_APPEND_REPLY;
    else if (m->type == RAFT_INSTALL_SNAPSHOT)
        type = RAFT_INSTALL_SNAPSHOT_REPLY;
    struct raft_message reply = {.type = type,
                                 .to = m->from,
                                 .for_term = m->term,
                                 .round = m->round,
                                 .status = RAFT_APPEND_MISMATCH,
                                 .image = m->image,
                                 .chunk_status = RAFT_CHUNK_FAILED,
                                 .last_index = r->trail.last};
    if (r->durable_term == r->term)
        turn_send(t, &reply);
}

/* AppendEntries, Heartbeat and InstallSnapshot come from a leader: its term is adopted without
 * asking. */
static void on_leader_message(struct turn *t, const struct raft_message *m,
                              const struct raft_entry_info *entries)
{
    struct raft *r = t->r;
    if (m->term < r->term) {
        answer_stale(t, m);
        return;
    }
    if (m->term > r->term) {
        turn_reason(t, RAFT_BECAUSE_TERM_ADOPTED, m->from, m->term, 0);
        adopt_term(t, m->term);
    }
    if (m->type == RAFT_APPEND)
        on_append_request(t, m, entries);
    else if (m->type == RAFT_HEARTBEAT)
        on_heartbeat(t, m);
    else
        on_snapshot_request(t, m);
}

static void on_message(struct turn *t, const struct raft_message *m,
                       const struct raft_entry_info *entries)
{
    if (m->to != t->r->self || m->from == t->r->self || m->from == 0)
        return;
    switch ((enum raft_message_type)m->type) {
    case RAFT_PRE_VOTE: on_pre_vote(t, m); break;
    case RAFT_REQUEST_VOTE: on_request_vote(t, m); break;
    case RAFT_PRE_VOTE_REPLY: on_pre_vote_reply(t, m); break;
    case RAFT_REQUEST_VOTE_REPLY: on_request_vote_reply(t, m); break;
    case RAFT_APPEND:
    case RAFT_HEARTBEAT:
    case RAFT_INSTALL_SNAPSHOT: on_leader_message(t, m, entries); break;
    case RAFT_APPEND_REPLY: on_append_reply(t, m); break;
    case RAFT_HEARTBEAT_REPLY: on_heartbeat_reply(t, m); break;
    case RAFT_INSTALL_SNAPSHOT_REPLY: on_snapshot_reply(t, m); break;
    case RAFT_TIMEOUT_NOW: on_timeout_now(t, m); break;
    case RAFT_READ_INDEX: on_read_index(t, m); break;
    case RAFT_READ_INDEX_REPLY: on_read_index_reply(t, m); break;
    case RAFT_MESSAGE_NONE:
    case RAFT_MESSAGE_TYPES: break;
    }
}

static void on_timeout(struct turn *t)
{
    if (t->r->role == RAFT_LEADER) {
        change_timeout(t);
        leader_timeout(t);
        if (t->r->role == RAFT_LEADER)
            office_timeout(t);
        if (t->r->role == RAFT_LEADER)
            transfer_advance(t);
        return;
    }
    transfer_advance(t);
    read_forward_timeout(t);
    election_timeout(t);
}

static void dispatch(struct turn *t, const struct raft_event *e)
{
    switch (e->type) {
    case RAFT_RECEIVE: on_message(t, e->receive.message, e->receive.entries); break;
    case RAFT_PERSISTED: on_persisted(t, &e->persisted); break;
    case RAFT_TIMEOUT: on_timeout(t); break;
    case RAFT_PROPOSE: on_propose(t, e->propose.count, e->propose.kind); break;
    case RAFT_READ: on_read(t, e->read.ctx, e->read.lease); break;
    case RAFT_UNSENT: on_unsent(t, e->unsent.peer, e->unsent.first); break;
    case RAFT_CHANGE: on_change(t, e->change.config, e->change.expected, e->change.relabel); break;
    case RAFT_RECOVER: on_recover(t, e->recover); break;
    case RAFT_TRANSFER: on_transfer(t, e->transfer.target, e->transfer.limit_ns); break;
    case RAFT_STEP_DOWN: on_step_down(t); break;
    case RAFT_DISCONNECTED:
        on_disconnected(t, e->disconnected);
        transfer_disconnected(t, e->disconnected);
        break;
    case RAFT_IMAGE: on_image(t, &e->image); break;
    case RAFT_COMPACT: on_compact(t, e->compact); break;
    case RAFT_CHUNK: on_chunk(t, e); break;
    case RAFT_INSTALL:
        on_install(t, &e->install.image, e->install.config, e->install.config_index);
        break;
    case RAFT_CHUNK_UNSENT: on_chunk_unsent(t, e); break;
    case RAFT_LEFT: on_left(t, e->left); break;
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_wake(const struct turn *t)
{
    struct raft *r = t->r;
    if (!turn_has_room(t))
        return t->now; /* more to send than fits into one output */
    uint64_t transfer = transfer_wake(r);
    if (r->role == RAFT_LEADER)
        return earlier(earlier(leader_wake(r), office_wake(r)), transfer);
    return earlier(earlier(election_wake(r), read_forward_wake(r)), transfer);
}

static bool no_space(const struct raft_event *e)
{
    if (e->type == RAFT_TIMEOUT)
        return e->timeout.no_space;
    return e->type == RAFT_RECEIVE && e->receive.no_space;
}

void raft_step(struct raft *r, const struct raft_event *event, struct raft_output *out)
{
    out->hard_state = false;
    out->truncate_from = 0;
    out->log_reset = false;
    out->append_from = 0;
    out->append_to = 0;
    out->append_term = 0;
    out->append_kind = ENTRY_NOOP;
    out->proposal = RAFT_PROPOSED;
    out->transfer = RAFT_TRANSFER_NO_NEWS;
    out->change = RAFT_CHANGE_NOT_ASKED;
    out->chunk = false;
    out->installed = false;
    out->reads_ready_ctx = 0;
    out->reads_ready_index = 0;
    out->reads_failed_ctx = 0;
    out->read_leased_ctx = 0;
    out->read_leased_index = 0;
    out->fatal = RAFT_FATAL_NOT;
    out->messages_count = 0;
    out->reasons_count = 0;

    struct turn t = {.r = r, .out = out, .now = event->now_ns, .no_space = no_space(event)};
    office_before(&t);
    dispatch(&t, event);
    read_forward_settle(&t);
    office_after(&t);
    restore_settle(&t);

    out->term = r->term;
    out->vote = r->vote;
    out->base = r->trail.base;
    out->last = raft_last_pos(r);
    out->truncations = r->truncations;
    out->role = (enum raft_role)r->role;
    out->leader = r->leader;
    out->commit = r->commit;
    out->wake_at_ns = next_wake(&t);
    ASSERT(raft_invariant(r) == NULL);
}

void turn_reason(struct turn *t, enum raft_reason_code code, raft_id peer, uint64_t a, uint64_t b)
{
    if (t->out->reasons_count == RAFT_OUT_REASONS)
        return;
    t->out->reasons[t->out->reasons_count++] =
        (struct raft_reason){.code = code, .peer = peer, .a = a, .b = b};
}

void turn_send(struct turn *t, const struct raft_message *m)
{
    ASSERT(m->type == RAFT_PRE_VOTE || t->r->durable_term == t->r->term);
    ASSERT(m->to != 0 && m->to != t->r->self);
    if (m->type == RAFT_TIMEOUT_NOW)
        lease_forbid(t); /* before it leaves */
    if (t->out->messages_count == RAFT_OUT_MESSAGES)
        return; /* as if lost on the way: every message is asked again or repeated */
    struct raft_message *slot = &t->out->messages[t->out->messages_count++];
    *slot = *m;
    slot->from = t->r->self;
    slot->term = t->r->term;
    if (m->type == RAFT_APPEND_REPLY || m->type == RAFT_HEARTBEAT_REPLY ||
        m->type == RAFT_INSTALL_SNAPSHOT_REPLY)
        slot->incarnation = t->r->incarnation;
}

bool turn_has_room(const struct turn *t)
{
    return t->out->messages_count + LIMIT_MEMBERS < RAFT_OUT_MESSAGES;
}

bool hard_state_durable(const struct raft *r)
{
    return r->durable_term == r->term && r->durable_vote == r->vote;
}

void turn_append(struct turn *t, uint32_t count, enum entry_kind kind)
{
    struct raft *r = t->r;
    ASSERT(r->role == RAFT_LEADER || kind == ENTRY_CONFIG); /* else: a forced recovery */
    ASSERT(t->out->append_from == 0);
    t->out->append_from = r->trail.last + 1;
    for (uint32_t i = 0; i < count; i++)
        trail_append(&r->trail, raft_runs(r), r->term);
    t->out->append_to = r->trail.last;
    t->out->append_term = r->term;
    t->out->append_kind = kind;
}
