/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the core's output means for the disk, and what the disk's completions mean for the core. */
#include "base/mem.h"
#include "node/node_private.h"

uint64_t node_stamp(const struct node *n)
{
    return n->stamp_base + (n->now_ns - n->stamp_base_at_ns);
}

/* Entries of this leader: a no-op, or the batch of queued writes; and that of a recovery. */
static void append_own(struct node *n)
{
    const struct raft_output *out = n->out;
    struct request *r = TAILQ_FIRST(&n->clients.queued);
    uint32_t count = (uint32_t)(out->append_to - out->append_from + 1);
    ASSERT(count <= NODE_BATCH_ENTRIES);
    n->stamp_appended = node_stamp(n);
    for (uint32_t i = 0; i < count; i++) {
        struct entry *e = &n->entries[i];
        *e = (struct entry){.index = out->append_from + i,
                            .term = out->append_term,
                            .stamp = n->stamp_appended,
                            .kind = out->append_kind};
        if (e->kind == ENTRY_CONFIG) {
            struct span payload = change_payload(n);
            e->payload = (const uint8_t *)payload.data;
            e->len = (uint32_t)payload.len;
        }
        if (e->kind != ENTRY_DATA)
            continue;
        ASSERT(r != NULL);
        e->kind = r->entry_kind;
        e->payload = r->command;
        e->len = (uint32_t)r->len;
        r = TAILQ_NEXT(r, place);
    }
    event_proposed(n, out->append_from, out->append_to);
    wal_append(n->wal, n->entries, count);
    if (out->append_kind == ENTRY_CONFIG)
        leave_note_config(n, &n->entries[0]);
    if (out->append_kind == ENTRY_DATA)
        requests_appended(n, out->append_from, out->append_term);
}

/* Entries of a leader's message. */
static void append_received(struct node *n)
{
    const struct raft_output *out = n->out;
    const struct peer_raft *in = &n->incoming;
    uint64_t skip = out->append_from - in->message.prev.index - 1;
    uint64_t count = out->append_to - out->append_from + 1;
    ASSERT(skip + count <= in->message.entries_count);
    leave_note_first(n, in->message.commit);
    wal_append(n->wal, in->entries + skip, count);
    for (uint64_t i = 0; i < count; i++)
        leave_note_config(n, &in->entries[skip + i]);
    witness_note(n, in->entries + skip, count);
}

/* Configurations count from the moment they are in the log. One that went may have made room for
 * another at the same index. */
static void note_configs(struct node *n)
{
    const struct raft_output *out = n->out;
    bool gone =
        out->log_reset || (out->truncate_from != 0 && out->truncate_from <= n->config_index);
    uint64_t index;
    (void)raft_config(n->raft, &index);
    if (index == n->config_index && !gone)
        return;
    node_refresh_membership(n);
    if (!n->dead)
        event_config(n, index, &n->membership);
}

void persist_output(struct node *n, const struct raft_event *event)
{
    const struct raft_output *out = n->out;
    if (out->hard_state) {
        struct hard_state wanted = *meta_wanted(n->meta);
        wanted.term = out->term;
        wanted.vote = out->vote;
        meta_set(n->meta, &wanted);
    }
    if (out->truncate_from != 0) {
        wal_truncate(n->wal, out->truncate_from);
        n->durable_reported = wal_durable(n->wal);
        leave_note_cut(n, out->truncate_from);
        event_truncated(n, out->truncate_from);
    }
    if (out->append_from != 0) {
        if (event->type == RAFT_RECEIVE && event->receive.message->type == RAFT_APPEND)
            append_received(n);
        else
            append_own(n);
        event_appended(n, out->append_from, out->append_to);
    }
    if (out->installed)
        images_take_over(n);
    if (n->raft != NULL)
        note_configs(n);
}

void persist_flush(struct node *n)
{
    if (meta_pending(n->meta)) {
        const struct hard_state *wanted = meta_wanted(n->meta);
        if (meta_flush(n->meta) == NULL)
            return; /* one is in flight; the log must not run ahead of term and vote */
        wal_set_hard_state(n->wal, wanted->term, wanted->vote);
    }
    if (wal_flush(n->wal) != NULL)
        event_fsync_begin(n);
    if (!wal_pending(n->wal) && !wal_in_flight(n->wal) && !meta_in_flight(n->meta))
        (void)meta_flush_copy(n->meta);
}

static void report(struct node *n)
{
    const struct hard_state *durable = meta_durable(n->meta);
    uint64_t index = wal_durable(n->wal);
    /* Nothing is until the disk knows of a reset. */
    uint64_t term = index < wal_base(n->wal).index ? 0 : wal_term_at(n->wal, index);
    node_step(n, &(struct raft_event){
                     .type = RAFT_PERSISTED,
                     .now_ns = n->now_ns,
                     .persisted = {.term = durable->term,
                                   .vote = durable->vote,
                                   .last = {.term = term, .index = term == 0 ? 0 : index},
                                   .truncations = n->out->truncations}});
}

void persist_done(struct node *n, struct vfs_op *op, int status)
{
    struct err e;
    if (images_take_done(n, op, status) || images_receive_done(n, op, status))
        return;
    const struct hard_state *durable = meta_durable(n->meta);
    uint64_t term = durable->term, vote = durable->vote; /* before */
    int code = op->owner == n->wal ? wal_on_done(n->wal, op, status, &e)
                                   : meta_on_done(n->meta, op, status, &e);
    if (code < 0) {
        /* What a failed write or sync left on disk is unknown: no promise after it. */
        node_die(n, NODE_EXIT_DISK, "disk: %s", e.text);
        return;
    }
    if (durable->vote != 0 && (durable->term != term || durable->vote != vote))
        event_vote_persisted(n, durable->vote);
    if (wal_durable(n->wal) > n->durable_reported) {
        n->durable_reported = wal_durable(n->wal);
        event_durable(n, n->durable_reported);
    }
    if (n->raft == NULL && start_ready(n))
        start_core(n);
    else if (n->raft != NULL)
        report(n);
}
