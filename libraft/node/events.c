/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The node's trace: handed over before the consequence of an event leaves the node. */
#include "node/node_private.h"
#include "trace/write_name.h"

static struct trace_record *begin(struct node *n, enum trace_event ev, uint64_t term)
{
    return trace_begin(&n->trace, ev, n->now_ns, term);
}

/* Events that do not come with an output stand in the term of the last one. */
static struct trace_record *begin_now(struct node *n, enum trace_event ev)
{
    return begin(n, ev, n->term);
}

static void end(struct node *n)
{
    trace_end(&n->trace);
}

/* The number of a node for the record being filled in. */
static int number(struct node *n, raft_id id)
{
    int found = trace_node(&n->trace, id);
    return found >= 0 ? found : trace_add_node(&n->trace, node_name_of(n, id));
}

static nodeset set_of(struct node *n, const struct membership *m, uint32_t flag)
{
    nodeset set = 0;
    for (uint32_t i = 0; i < m->config.count; i++) {
        uint32_t flags = m->config.members[i].flags;
        if (flag != 0 ? (flags & flag) == 0 : (flags & ~RAFT_WITNESS) != 0)
            continue;
        int found = trace_node(&n->trace, m->config.members[i].id);
        set |= NODE_BIT(found >= 0 ? found : trace_add_node(&n->trace, m->peers[i].name));
    }
    return set;
}

static struct trace_position position(uint64_t term, uint64_t index)
{
    return (struct trace_position){.term = term, .index = index};
}

static struct trace_position position_of(struct raft_pos pos)
{
    return position(pos.term, pos.index);
}

/* Over the commands too, which a witness lacks. */
static void put_chain(const struct node *n, struct trace_record *rec, uint64_t index)
{
    if (!witness_bare(n))
        TRACE_PUT(rec, chain, wal_chain_at(n->wal, index));
}

void event_boot(struct node *n)
{
    struct wal_position base = wal_base(n->wal), last = wal_last(n->wal);
    const struct hard_state *state = meta_durable(n->meta);
    n->term = state->term;
    struct trace_record *rec = begin_now(n, TRACE_boot);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, vote, state->vote == 0 ? -1 : number(n, state->vote));
    TRACE_PUT(rec, base, position(base.term, base.index));
    TRACE_PUT(rec, last, position(last.term, last.index));
    if (n->store.image != NULL)
        TRACE_PUT(rec, image, image_meta(n->store.image)->at.index);
    TRACE_PUT(rec, durable, wal_durable(n->wal));
    if (n->store.identity.restoring != 0)
        TRACE_PUT(rec, restoring, n->store.identity.restoring);
    put_chain(n, rec, last.index);
    TRACE_PUT(rec, config_index, n->config_index);
    TRACE_PUT(rec, voters, set_of(n, &n->membership, RAFT_VOTER));
    TRACE_PUT(rec, old, set_of(n, &n->membership, RAFT_VOTER_OLD));
    end(n);
}

static void campaign(struct node *n, bool pre, uint64_t for_term)
{
    struct trace_record *rec = begin(n, TRACE_campaign, n->out->term);
    TRACE_PUT(rec, pre, pre);
    TRACE_PUT(rec, for_term, for_term);
    TRACE_PUT(rec, last, position_of(n->out->last));
    end(n);
}

static void read_round(struct node *n, const struct raft_reason *r, bool confirmed)
{
    struct trace_record *rec =
        begin(n, confirmed ? TRACE_readIndexConfirmed : TRACE_readIndexBegin, n->out->term);
    TRACE_PUT(rec, round, r->a);
    if (confirmed)
        TRACE_PUT(rec, point, r->b);
    end(n);
}

static void progress(struct node *n, const struct raft_reason *r)
{
    /* Of those who leave and are still told so, nobody knows the names. */
    if (membership_find(&n->membership, r->peer) == NULL)
        return;
    struct trace_record *rec = begin(n, TRACE_progress, n->out->term);
    TRACE_PUT(rec, peer, number(n, r->peer));
    const struct acquaintance *a = idmap_get(&n->acquaintances, r->peer);
    TRACE_PUT(rec, match, r->a);
    if (a != NULL)
        TRACE_PUT(rec, peer_disk, a->disk);
    end(n);
}

/* Events that name one other node. */
static void target_event(struct node *n, enum trace_event ev, raft_id target)
{
    struct trace_record *rec = begin(n, ev, n->out->term);
    TRACE_PUT(rec, target, number(n, target));
    end(n);
}

static void transfer_end(struct node *n)
{
    static const char *const results[] = {"", "done", "changed", "timeout"};
    if (n->out->transfer < RAFT_TRANSFER_DONE || n->out->transfer > RAFT_TRANSFER_TIMEOUT)
        return;
    struct trace_record *rec = begin(n, TRACE_transferEnd, n->out->term);
    TRACE_PUT(rec, result, trace_text_of(results[n->out->transfer]));
    end(n);
}

static void lease(struct node *n, const struct raft_reason *r)
{
    bool taken = r->code == RAFT_BECAUSE_LEASE_TAKEN;
    struct trace_record *rec =
        begin(n, taken ? TRACE_leaseTaken : TRACE_leaseExpired, n->out->term);
    if (taken)
        TRACE_PUT(rec, until, r->a);
    end(n);
}

/* A leader that is no voter any more tells the best one to campaign at once. */
static bool leaves_to_heir(const struct raft_reason *r)
{
    return r->code == RAFT_BECAUSE_REMOVED_SELF && r->peer != 0;
}

static void reason(struct node *n, const struct raft_reason *r)
{
    if (r->code == RAFT_BECAUSE_TRANSFER_BEGUN)
        target_event(n, TRACE_transferBegin, r->peer);
    else if (r->code == RAFT_BECAUSE_TIMEOUT_NOW_SENT || leaves_to_heir(r))
        target_event(n, TRACE_timeoutNow, r->peer);
    else if (r->code == RAFT_BECAUSE_TIMED_OUT)
        campaign(n, true, r->a);
    else if (r->code == RAFT_BECAUSE_CAMPAIGN)
        campaign(n, false, r->a);
    else if (r->code == RAFT_BECAUSE_MATCHED)
        progress(n, r);
    else if (r->code == RAFT_BECAUSE_READ_ROUND || r->code == RAFT_BECAUSE_READ_CONFIRMED)
        read_round(n, r, r->code == RAFT_BECAUSE_READ_CONFIRMED);
    else if (r->code == RAFT_BECAUSE_READ_LEASED)
        event_read_served(n, TRACE_READ_LEASE, r->a);
    else if (r->code == RAFT_BECAUSE_LEASE_TAKEN || r->code == RAFT_BECAUSE_LEASE_ENDED)
        lease(n, r);
}

static const char *step_down_reason(const struct raft_output *out)
{
    for (uint32_t i = 0; i < out->reasons_count; i++) {
        if (out->reasons[i].code == RAFT_BECAUSE_NO_QUORUM)
            return "no quorum";
        if (out->reasons[i].code == RAFT_BECAUSE_TERM_ADOPTED)
            return "higher term";
    }
    return "other";
}

static void role_change(struct node *n)
{
    const struct raft_output *out = n->out;
    struct trace_record *rec;
    if (n->role == RAFT_LEADER && (out->role != RAFT_LEADER || out->term != n->term)) {
        rec = begin(n, TRACE_steppedDown, out->term);
        TRACE_PUT(rec, reason, trace_text_of(step_down_reason(out)));
        end(n);
    }
    if (out->role == RAFT_LEADER && (n->role != RAFT_LEADER || out->term != n->term)) {
        /* Its log at the election: without the no-op it appends now. */
        uint64_t last = out->append_from - 1;
        rec = begin(n, TRACE_becameLeader, out->term);
        TRACE_PUT(rec, last, position(raft_term_at(n->raft, last), last));
        TRACE_PUT(rec, config_index, n->config_index);
        end(n);
    }
}

void event_output(struct node *n)
{
    if (!trace_is_on(&n->trace))
        return;
    for (uint32_t i = 0; i < n->out->reasons_count; i++)
        reason(n, &n->out->reasons[i]);
    role_change(n);
    transfer_end(n);
}

static void vote_reply(struct node *n, const struct raft_message *m)
{
    static const char *const refusals[] = {"no",   "held",   "log",     "voted",
                                           "term", "leader", "removed", "damaged"};
    bool pre = m->type == RAFT_PRE_VOTE_REPLY;
    struct trace_record *rec =
        begin(n, m->granted ? TRACE_voteGranted : TRACE_voteRefused, m->term);
    TRACE_PUT(rec, candidate, number(n, m->to));
    TRACE_PUT(rec, pre, pre);
    TRACE_PUT(rec, for_term, m->for_term);
    if (!m->granted)
        TRACE_PUT(rec, reason, trace_text_of(refusals[m->refusal]));
    end(n);
}

static void accepted(struct node *n, const struct raft_message *m)
{
    struct trace_record *rec = begin(n, TRACE_appendAccepted, m->term);
    TRACE_PUT(rec, peer, number(n, m->to));
    TRACE_PUT(rec, match, m->match);
    TRACE_PUT(rec, for_term, m->for_term);
    end(n);
}

static void append_reply(struct node *n, const struct raft_message *m)
{
    if (m->status == RAFT_APPEND_OK) {
        accepted(n, m);
        return;
    }
    struct trace_record *rec = begin(n, TRACE_appendRejected, m->term);
    TRACE_PUT(rec, peer, number(n, m->to));
    TRACE_PUT(rec, at, m->at);
    end(n);
}

/* An installed image is acknowledged like entries: the leader counts it. */
static void snapshot_reply(struct node *n, const struct raft_message *m)
{
    if (m->chunk_status == RAFT_CHUNK_INSTALLED || m->chunk_status == RAFT_CHUNK_OBSOLETE)
        accepted(n, m);
}

static void append_sent(struct node *n, const struct raft_message *m)
{
    struct trace_record *rec = begin(n, TRACE_appendSent, m->term);
    TRACE_PUT(rec, peer, number(n, m->to));
    TRACE_PUT(rec, from, m->prev.index + 1);
    TRACE_PUT(rec, to, m->prev.index + m->entries_count);
    TRACE_PUT(rec, prev, position_of(m->prev));
    end(n);
}

void event_message(struct node *n, const struct raft_message *m)
{
    if (!trace_is_on(&n->trace))
        return;
    switch ((enum raft_message_type)m->type) {
    case RAFT_PRE_VOTE_REPLY:
    case RAFT_REQUEST_VOTE_REPLY: vote_reply(n, m); return;
    case RAFT_APPEND_REPLY: append_reply(n, m); return;
    case RAFT_INSTALL_SNAPSHOT_REPLY: snapshot_reply(n, m); return;
    case RAFT_APPEND:
        if (m->entries_count > 0)
            append_sent(n, m);
        return;
    case RAFT_PRE_VOTE:
    case RAFT_REQUEST_VOTE:
    case RAFT_HEARTBEAT:
    case RAFT_HEARTBEAT_REPLY:
    case RAFT_TIMEOUT_NOW:
    case RAFT_READ_INDEX:
    case RAFT_READ_INDEX_REPLY:
    case RAFT_INSTALL_SNAPSHOT:
    case RAFT_MESSAGE_NONE:
    case RAFT_MESSAGE_TYPES: return;
    }
}

static void put_runs(struct node *n, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i <= to;) {
        uint64_t term = wal_term_at(n->wal, i), first = i;
        while (i <= to && wal_term_at(n->wal, i) == term)
            i++;
        trace_add_run(&n->trace, term, i - first);
    }
}

static void put_marks(struct node *n, uint64_t from, uint64_t to)
{
    for (uint64_t i = (from + 63) / 64 * 64; i < to; i += 64)
        trace_add_mark(&n->trace, i, wal_chain_at(n->wal, i));
    trace_add_mark(&n->trace, to, wal_chain_at(n->wal, to));
}

/* 0: it is no write of a client, or a transaction, which names several keys. */
static uint64_t write_name(struct node *n, const struct entry *e)
{
    struct envelope envelope;
    if (e->kind != ENTRY_DATA ||
        envelope_decode(span_of(e->payload, e->len), &envelope, NULL) < 0 ||
        envelope_is_transaction(&envelope) || command_decode(envelope.command, n->words, NULL) < 0)
        return 0;
    return trace_write_name(envelope.write.sid, envelope.write.seq, n->words->argv, n->words->argc);
}

void event_proposed(struct node *n, uint64_t from, uint64_t to)
{
    struct trace_record *rec = begin(n, TRACE_proposed, n->out->term);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, from, from);
    TRACE_PUT(rec, to, to);
    TRACE_PUT(rec, marks, NULL);
    for (uint64_t i = from; i <= to; i++) {
        uint64_t name = write_name(n, &n->entries[i - from]);
        if (name != 0)
            trace_add_mark(&n->trace, i, name);
    }
    end(n);
}

void event_appended(struct node *n, uint64_t from, uint64_t to)
{
    struct trace_record *rec = begin(n, TRACE_appended, n->out->term);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, from, from);
    TRACE_PUT(rec, to, to);
    put_runs(n, from, to);
    TRACE_PUT(rec, marks, NULL);
    if (!witness_bare(n))
        put_marks(n, from, to);
    end(n);
}

/* Events that tell of one index. */
static void index_event(struct node *n, enum trace_event ev, uint64_t index)
{
    struct trace_record *rec = begin_now(n, ev);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, index, index);
    end(n);
}

void event_truncated(struct node *n, uint64_t from)
{
    struct trace_record *rec = begin(n, TRACE_truncated, n->out->term);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, from, from);
    end(n);
}

void event_vote_persisted(struct node *n, raft_id candidate)
{
    struct trace_record *rec = begin(n, TRACE_votePersisted, meta_durable(n->meta)->term);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, candidate, number(n, candidate));
    end(n);
}

void event_durable(struct node *n, uint64_t durable)
{
    struct trace_record *rec = begin_now(n, TRACE_fsyncEnd);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, durable, durable);
    end(n);
}

void event_fsync_begin(struct node *n)
{
    if (begin_now(n, TRACE_fsyncBegin) != NULL)
        end(n);
}

void event_committed(struct node *n, uint64_t to)
{
    struct trace_record *rec = begin(n, TRACE_committed, n->out->term);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, to, to);
    put_chain(n, rec, to);
    end(n);
}

void event_executed(struct node *n, const struct machine_result *result)
{
    bool done = result->outcome == MACHINE_EXECUTED;
    if (result->write.seq == 0 || (!done && result->outcome != MACHINE_REPEATED))
        return;
    struct trace_record *rec = begin_now(n, TRACE_executed);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, sid, result->write.sid);
    TRACE_PUT(rec, number, result->write.seq);
    TRACE_PUT(rec, index, result->index);
    TRACE_PUT(rec, digest, result->answer_digest);
    TRACE_PUT(rec, done, done);
    end(n);
}

void event_applied(struct node *n)
{
    struct trace_record *rec = begin_now(n, TRACE_applied);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, to, n->applied);
    if (!witness_bare(n))
        TRACE_PUT(rec, digest, machine_digest(n->machine));
    end(n);
}

static void bound(struct node *n, raft_id id, uint64_t disk, uint64_t index, uint64_t term)
{
    struct trace_record *rec = begin(n, TRACE_bound, term);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, peer, number(n, id));
    TRACE_PUT(rec, peer_disk, disk);
    TRACE_PUT(rec, index, index);
    end(n);
}

void event_bound(struct node *n, raft_id id, uint64_t disk, uint64_t index)
{
    bound(n, id, disk, index, n->term);
}

void event_config(struct node *n, uint64_t index, const struct membership *m)
{
    struct trace_record *rec = begin(n, TRACE_configAppended, n->out->term);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, index, index);
    TRACE_PUT(rec, voters, set_of(n, m, RAFT_VOTER));
    TRACE_PUT(rec, old, set_of(n, m, RAFT_VOTER_OLD));
    TRACE_PUT(rec, learners, set_of(n, m, 0));
    end(n);
    for (uint32_t i = 0; i < m->config.count; i++) {
        const struct node_peer *p = &m->peers[i];
        if (p->disk == 0)
            continue;
        bound(n, p->id, p->disk, index, n->out->term);
    }
}

void event_config_committed(struct node *n, uint64_t index)
{
    index_event(n, TRACE_configCommitted, index);
}

void event_read_served(struct node *n, enum trace_read how, uint64_t point)
{
    struct trace_record *rec = begin_now(n, TRACE_readServed);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, mode, trace_text_of(trace_read_name(how)));
    TRACE_PUT(rec, point, point);
    end(n);
}

void event_snapshot_begin(struct node *n, uint64_t index)
{
    index_event(n, TRACE_snapshotBegin, index);
}

static void snapshot(struct node *n, enum trace_event ev, uint64_t index, uint64_t digest)
{
    struct trace_record *rec = begin_now(n, ev);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, index, index);
    if (!witness_bare(n))
        TRACE_PUT(rec, digest, digest);
    end(n);
}

void event_snapshot_installed(struct node *n, uint64_t index, uint64_t digest)
{
    snapshot(n, TRACE_snapshotInstalled, index, digest);
}

void event_snapshot_chunk(struct node *n, const struct raft_message *m)
{
    struct trace_record *rec = begin_now(n, TRACE_snapshotChunk);
    if (rec == NULL)
        return;
    TRACE_PUT(rec, peer, number(n, m->from));
    TRACE_PUT(rec, offset, m->offset);
    end(n);
}

void event_snapshot_taken(struct node *n, uint64_t index, uint64_t digest)
{
    snapshot(n, TRACE_snapshotTaken, index, digest);
}
