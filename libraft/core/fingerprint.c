/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A digest of what decides a server's future: deadlines as time left, nothing random, no padding.
 */
#include "core/state.h"

struct digest {
    uint64_t h;
    uint64_t now;
};

static void word(struct digest *d, uint64_t v)
{
    d->h = prng_mix(d->h ^ prng_mix(v + 0x9e3779b97f4a7c15u));
}

/* A deadline: what is past is equally past; never stays never. */
static void deadline(struct digest *d, uint64_t at_ns)
{
    word(d, at_ns == RAFT_NEVER ? RAFT_NEVER : at_ns > d->now ? at_ns - d->now : 0);
}

/* A moment in the past, as its age. */
static void age(struct digest *d, uint64_t at_ns)
{
    word(d, at_ns == 0 || at_ns > d->now ? 0 : d->now - at_ns);
}

static void image(struct digest *d, const struct raft_image *i)
{
    word(d, i->pos.term);
    word(d, i->pos.index);
    word(d, i->bytes);
    word(d, i->digest);
}

static void message(struct digest *d, const struct raft_message *m)
{
    word(d, m->type);
    if (m->type == RAFT_MESSAGE_NONE)
        return;
    const uint64_t fields[] = {m->to,         m->for_term,    m->nonce,       m->granted,
                               m->refusal,    m->status,      m->round,       m->match,
                               m->last_index, m->at,          m->hint_first,  m->hint_last,
                               m->hint_term,  m->next_offset, m->chunk_status};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        word(d, fields[i]);
    image(d, &m->image);
}

static void config(struct digest *d, const struct raft_config *c)
{
    word(d, c->count);
    word(d, c->joint);
    for (uint32_t i = 0; i < c->count; i++) {
        word(d, c->members[i].id);
        word(d, c->members[i].flags);
        word(d, (uint64_t)c->members[i].priority);
    }
}

static void member(struct digest *d, const struct raft *r, uint32_t slot)
{
    const struct progress *p = &r->progress[slot];
    word(d, p->id);
    if (p->id == 0 || r->role != RAFT_LEADER)
        return;
    const uint64_t fields[] = {
        p->match,          p->next,          p->state,          p->paused,
        p->commit_sent,    p->acked_round,   p->hold_ns,        p->read_waiting_ctx,
        p->read_round_ctx, p->window_count,  p->catch_target,   p->caught_up,
        p->linger_index,   p->linger_round,  p->busy,           p->chunk_acked,
        p->chunk_next,     p->chunk_retries, p->chunk_answered, p->regressed,
        p->ack_ns,         p->lost};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        word(d, fields[i]);
    deadline(d, p->paused ? p->resend_ns : RAFT_NEVER);
    deadline(d, p->linger_index != 0 ? p->linger_until_ns : RAFT_NEVER);
    image(d, &p->image);
    deadline(d, p->state == PROGRESS_SNAPSHOT ? p->chunk_retry_ns : RAFT_NEVER);
    age(d, p->contact_ns);
    age(d, p->ready_ns);
    age(d, p->promise_ns);
    const uint64_t *window = raft_window_const(r, slot);
    for (uint32_t i = 0; i < p->window_count; i++)
        word(d, window[(p->window_head + i) % r->limits.window_max]);
    if (p->window_count > 0)
        age(d, p->oldest_sent_ns);
}

static void leadership(struct digest *d, const struct raft *r)
{
    deadline(d, r->heartbeat_at);
    word(d, r->round);
    word(d, r->lease_forbidden);
    word(d, r->lease_held);
    for (uint32_t i = 0; i < r->round_starts_count; i++) {
        uint32_t at = (r->round_starts_next + RAFT_ROUND_STARTS - r->round_starts_count + i) %
                      RAFT_ROUND_STARTS;
        word(d, r->round_starts[at].round);
        age(d, r->round_starts[at].at_ns);
    }
    const struct read_batch *batches[] = {&r->read_flight, &r->read_collect};
    for (size_t i = 0; i < ARRAY_LEN(batches); i++) {
        word(d, batches[i]->round);
        word(d, batches[i]->index);
        word(d, batches[i]->ctx);
        word(d, batches[i]->remote);
    }
}

static void promises(struct digest *d, const struct raft *r)
{
    message(d, &r->held_vote);
    message(d, &r->held_append);
    message(d, &r->held_heartbeat);
    message(d, &r->held_chunk);
    image(d, &r->image);
    image(d, &r->receiving);
    image(d, &r->owed);
}

static void transfer(struct digest *d, const struct raft *r)
{
    word(d, r->transfer.target);
    word(d, r->transfer.phase);
    word(d, r->transfer.told);
    word(d, r->transfer.best);
    word(d, r->transfer.again);
    deadline(d, r->transfer.phase == TRANSFER_NONE ? RAFT_NEVER : r->transfer.deadline_ns);
    deadline(d, r->transfer.told ? r->transfer.resend_ns : RAFT_NEVER);
    deadline(d, r->transfer.phase == TRANSFER_NONE ? RAFT_NEVER : r->transfer.limit_at_ns);
}

static void office(struct digest *d, const struct raft *r)
{
    word(d, r->disk.late_index);
    word(d, r->disk.probe_index);
    word(d, r->disk.probe_done);
    age(d, r->disk.late_ns);
    age(d, r->disk.probe_ns);
    age(d, r->full_ns);
    deadline(d, r->slow_after_ns);
    deadline(d, r->hand_back_after_ns);
}

uint64_t raft_fingerprint(const struct raft *r, uint64_t now_ns)
{
    struct digest digest = {.now = now_ns}, *d = &digest;
    const uint64_t fields[] = {r->self,
                               r->term,
                               r->vote,
                               r->durable_term,
                               r->durable_vote,
                               r->commit,
                               r->durable,
                               r->accepted,
                               r->role,
                               r->campaign_announced,
                               r->leader,
                               r->nonce,
                               r->granted,
                               r->denied,
                               r->removed,
                               r->orphan,
                               r->restoring,
                               r->restoring_met,
                               r->ack_round,
                               r->ack_pending,
                               r->noop_index,
                               r->read_forward.flight_ctx,
                               r->read_forward.waiting_ctx,
                               r->read_forward.flight_term,
                               r->read_forward.flight_lease,
                               r->read_forward.waiting_lease,
                               r->trail.base.term,
                               r->trail.base.index,
                               r->trail.last,
                               r->trail.count,
                               r->receiving_term == r->term,
                               r->owed_status,
                               r->chunk_round};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        word(d, fields[i]);
    for (uint32_t i = 0; i < r->trail.count; i++) {
        word(d, raft_runs_const(r)[i].first);
        word(d, raft_runs_const(r)[i].term);
    }
    word(d, r->campaign_transfer);
    word(d, r->left);
    transfer(d, r);
    office(d, r);
    deadline(d, r->hold_until);
    age(d, r->heard_ns);
    deadline(d, r->rest_until);
    deadline(d, r->role == RAFT_LEADER ? RAFT_NEVER : r->timer_at);
    deadline(d, r->resend_ns);
    deadline(d, r->read_forward.flight_ctx != 0 ? r->read_forward.resend_ns : RAFT_NEVER);
    promises(d, r);
    for (uint32_t i = 0; i < r->configs_count; i++) {
        word(d, r->config_indexes[i]);
        config(d, &r->configs[i]);
    }
    if (r->role == RAFT_LEADER)
        leadership(d, r);
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++)
        member(d, r, i);
    return d->h;
}
