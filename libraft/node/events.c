/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The node's trace: written before the consequence of an event leaves the node. */
#include "node/node_private.h"

static struct jsonw *begin(struct node *n, enum trace_event ev, uint64_t term)
{
    return trace_begin(&n->trace, ev, n->now_ns, term);
}

/* Events that do not come with an output stand in the term of the last one. */
static struct jsonw *begin_now(struct node *n, enum trace_event ev)
{
    return begin(n, ev, n->term);
}

static void end(struct node *n)
{
    trace_end(&n->trace);
}

static void put_node(const struct node *n, struct jsonw *w, const char *key, raft_id id)
{
    jsonw_kv_string(w, key, node_name_of(n, id));
}

static void put_set(struct jsonw *w, const char *key, const struct membership *m, uint32_t flag)
{
    jsonw_key(w, key);
    jsonw_array(w);
    for (uint32_t i = 0; i < m->config.count; i++) {
        uint32_t flags = m->config.members[i].flags;
        if (flag == 0 ? (flags & ~RAFT_WITNESS) == 0 : (flags & flag) != 0)
            jsonw_string(w, m->peers[i].name);
    }
    jsonw_end(w);
}

/* Over the commands too, which a witness lacks. */
static void put_chain(const struct node *n, struct jsonw *w, uint64_t index)
{
    if (!witness_bare(n))
        jsonw_kv_hex64(w, "chain", wal_chain_at(n->wal, index));
}

void event_boot(struct node *n)
{
    struct wal_position base = wal_base(n->wal), last = wal_last(n->wal);
    struct hard_state state = meta_durable(n->meta);
    n->term = state.term;
    struct jsonw *w = begin_now(n, TRACE_boot);
    if (w == NULL)
        return;
    jsonw_key(w, "vote");
    if (state.vote == 0)
        jsonw_null(w);
    else
        jsonw_string(w, node_name_of(n, state.vote));
    trace_position(w, "base", base.term, base.index);
    trace_position(w, "last", last.term, last.index);
    if (n->store.image != NULL)
        jsonw_kv_u64(w, "image", image_meta(n->store.image)->at.index);
    jsonw_kv_u64(w, "durable", wal_durable(n->wal));
    if (n->store.identity.restoring != 0)
        jsonw_kv_u64(w, "restoring", n->store.identity.restoring);
    put_chain(n, w, last.index);
    jsonw_kv_u64(w, "config_index", n->config_index);
    put_set(w, "voters", &n->membership, RAFT_VOTER);
    put_set(w, "old", &n->membership, RAFT_VOTER_OLD);
    end(n);
}

static void campaign(struct node *n, bool pre, uint64_t for_term)
{
    struct jsonw *w = begin(n, TRACE_campaign, n->out->term);
    if (w == NULL)
        return;
    jsonw_kv_bool(w, "pre", pre);
    jsonw_kv_u64(w, "for_term", for_term);
    trace_position(w, "last", n->out->last.term, n->out->last.index);
    end(n);
}

static void read_round(struct node *n, const struct raft_reason *r, bool confirmed)
{
    struct jsonw *w =
        begin(n, confirmed ? TRACE_readIndexConfirmed : TRACE_readIndexBegin, n->out->term);
    if (w == NULL)
        return;
    jsonw_kv_u64(w, "round", r->a);
    if (confirmed)
        jsonw_kv_u64(w, "point", r->b);
    end(n);
}

static void progress(struct node *n, const struct raft_reason *r)
{
    /* Of those who leave and are still told so, nobody knows the names. */
    bool member = membership_find(&n->membership, r->peer) != NULL;
    struct jsonw *w = member ? begin(n, TRACE_progress, n->out->term) : NULL;
    if (w == NULL)
        return;
    put_node(n, w, "peer", r->peer);
    jsonw_kv_u64(w, "match", r->a);
    end(n);
}

/* Events that name one other node. */
static void target_event(struct node *n, enum trace_event ev, raft_id target)
{
    struct jsonw *w = begin(n, ev, n->out->term);
    if (w == NULL)
        return;
    put_node(n, w, "target", target);
    end(n);
}

static void transfer_end(struct node *n)
{
    static const char *const results[] = {"", "done", "changed", "timeout"};
    if (n->out->transfer < RAFT_TRANSFER_DONE || n->out->transfer > RAFT_TRANSFER_TIMEOUT)
        return;
    struct jsonw *w = begin(n, TRACE_transferEnd, n->out->term);
    if (w == NULL)
        return;
    jsonw_kv_string(w, "result", results[n->out->transfer]);
    end(n);
}

static void lease(struct node *n, const struct raft_reason *r)
{
    bool taken = r->code == RAFT_BECAUSE_LEASE_TAKEN;
    struct jsonw *w = begin(n, taken ? TRACE_leaseTaken : TRACE_leaseExpired, n->out->term);
    if (w == NULL)
        return;
    if (taken)
        jsonw_kv_u64(w, "until", r->a);
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
    struct jsonw *w;
    if (n->role == RAFT_LEADER && (out->role != RAFT_LEADER || out->term != n->term)) {
        w = begin(n, TRACE_steppedDown, out->term);
        if (w != NULL) {
            jsonw_kv_string(w, "reason", step_down_reason(out));
            end(n);
        }
    }
    if (out->role == RAFT_LEADER && (n->role != RAFT_LEADER || out->term != n->term)) {
        w = begin(n, TRACE_becameLeader, out->term);
        if (w != NULL) {
            /* Its log at the election: without the no-op it appends now. */
            uint64_t last = out->append_from - 1;
            trace_position(w, "last", raft_term_at(n->raft, last), last);
            jsonw_kv_u64(w, "config_index", n->config_index);
            end(n);
        }
    }
}

void event_output(struct node *n)
{
    if (n->trace.sink == NULL)
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
    struct jsonw *w = begin(n, m->granted ? TRACE_voteGranted : TRACE_voteRefused, m->term);
    if (w == NULL)
        return;
    put_node(n, w, "candidate", m->to);
    jsonw_kv_bool(w, "pre", pre);
    jsonw_kv_u64(w, "for_term", m->for_term);
    if (!m->granted)
        jsonw_kv_string(w, "reason", refusals[m->refusal]);
    end(n);
}

static void accepted(struct node *n, const struct raft_message *m)
{
    struct jsonw *w = begin(n, TRACE_appendAccepted, m->term);
    if (w == NULL)
        return;
    put_node(n, w, "peer", m->to);
    jsonw_kv_u64(w, "match", m->match);
    jsonw_kv_u64(w, "for_term", m->for_term);
    end(n);
}

static void append_reply(struct node *n, const struct raft_message *m)
{
    if (m->status == RAFT_APPEND_OK) {
        accepted(n, m);
        return;
    }
    struct jsonw *w = begin(n, TRACE_appendRejected, m->term);
    if (w == NULL)
        return;
    put_node(n, w, "peer", m->to);
    jsonw_kv_u64(w, "at", m->at);
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
    struct jsonw *w = begin(n, TRACE_appendSent, m->term);
    if (w == NULL)
        return;
    put_node(n, w, "peer", m->to);
    jsonw_kv_u64(w, "from", m->prev.index + 1);
    jsonw_kv_u64(w, "to", m->prev.index + m->entries_count);
    trace_position(w, "prev", m->prev.term, m->prev.index);
    end(n);
}

void event_message(struct node *n, const struct raft_message *m)
{
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

static void put_runs(struct node *n, struct jsonw *w, uint64_t from, uint64_t to)
{
    jsonw_key(w, "runs");
    jsonw_array(w);
    for (uint64_t i = from; i <= to;) {
        uint64_t term = wal_term_at(n->wal, i), first = i;
        while (i <= to && wal_term_at(n->wal, i) == term)
            i++;
        jsonw_array(w);
        jsonw_u64(w, term);
        jsonw_u64(w, i - first);
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void put_mark(struct node *n, struct jsonw *w, uint64_t index)
{
    jsonw_array(w);
    jsonw_u64(w, index);
    jsonw_hex64(w, wal_chain_at(n->wal, index));
    jsonw_end(w);
}

void event_appended(struct node *n, uint64_t from, uint64_t to)
{
    struct jsonw *w = begin(n, TRACE_appended, n->out->term);
    if (w == NULL)
        return;
    jsonw_kv_u64(w, "from", from);
    jsonw_kv_u64(w, "to", to);
    put_runs(n, w, from, to);
    jsonw_key(w, "marks");
    jsonw_array(w);
    if (!witness_bare(n)) {
        for (uint64_t i = (from + 63) / 64 * 64; i < to; i += 64)
            put_mark(n, w, i);
        put_mark(n, w, to);
    }
    jsonw_end(w);
    end(n);
}

static void number_event(struct node *n, enum trace_event ev, const char *key, uint64_t value)
{
    struct jsonw *w = begin_now(n, ev);
    if (w == NULL)
        return;
    jsonw_kv_u64(w, key, value);
    end(n);
}

void event_truncated(struct node *n, uint64_t from)
{
    struct jsonw *w = begin(n, TRACE_truncated, n->out->term);
    if (w == NULL)
        return;
    jsonw_kv_u64(w, "from", from);
    end(n);
}

void event_vote_persisted(struct node *n, raft_id candidate)
{
    struct jsonw *w = begin(n, TRACE_votePersisted, meta_durable(n->meta).term);
    if (w == NULL)
        return;
    put_node(n, w, "candidate", candidate);
    end(n);
}

void event_durable(struct node *n, uint64_t durable)
{
    number_event(n, TRACE_fsyncEnd, "durable", durable);
}

void event_fsync_begin(struct node *n)
{
    if (begin_now(n, TRACE_fsyncBegin) != NULL)
        end(n);
}

void event_committed(struct node *n, uint64_t to)
{
    struct jsonw *w = begin(n, TRACE_committed, n->out->term);
    if (w == NULL)
        return;
    jsonw_kv_u64(w, "to", to);
    put_chain(n, w, to);
    end(n);
}

void event_applied(struct node *n)
{
    struct jsonw *w = begin_now(n, TRACE_applied);
    if (w == NULL)
        return;
    jsonw_kv_u64(w, "to", n->applied);
    if (!witness_bare(n))
        jsonw_kv_hex64(w, "digest", machine_digest(n->machine));
    end(n);
}

void event_config(struct node *n, uint64_t index, const struct membership *m)
{
    struct jsonw *w = begin(n, TRACE_configAppended, n->out->term);
    if (w == NULL)
        return;
    jsonw_kv_u64(w, "index", index);
    put_set(w, "voters", m, RAFT_VOTER);
    put_set(w, "old", m, RAFT_VOTER_OLD);
    put_set(w, "learners", m, 0);
    end(n);
}

void event_config_committed(struct node *n, uint64_t index)
{
    number_event(n, TRACE_configCommitted, "index", index);
}

void event_read_served(struct node *n, enum trace_read how, uint64_t point)
{
    struct jsonw *w = begin_now(n, TRACE_readServed);
    if (w == NULL)
        return;
    jsonw_kv_string(w, "mode", trace_read_name(how));
    jsonw_kv_u64(w, "point", point);
    end(n);
}

void event_snapshot_begin(struct node *n, uint64_t index)
{
    number_event(n, TRACE_snapshotBegin, "index", index);
}

static void snapshot(struct node *n, enum trace_event ev, uint64_t index, uint64_t digest)
{
    struct jsonw *w = begin_now(n, ev);
    if (w == NULL)
        return;
    jsonw_kv_u64(w, "index", index);
    if (!witness_bare(n))
        jsonw_kv_hex64(w, "digest", digest);
    end(n);
}

void event_snapshot_installed(struct node *n, uint64_t index, uint64_t digest)
{
    snapshot(n, TRACE_snapshotInstalled, index, digest);
}

void event_snapshot_chunk(struct node *n, const struct raft_message *m)
{
    struct jsonw *w = begin_now(n, TRACE_snapshotChunk);
    if (w == NULL)
        return;
    put_node(n, w, "peer", m->from);
    jsonw_kv_u64(w, "offset", m->offset);
    end(n);
}

void event_snapshot_taken(struct node *n, uint64_t index, uint64_t digest)
{
    snapshot(n, TRACE_snapshotTaken, index, digest);
}
