/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A digest of what decides a server's future.
 *
 * Members are a set: each has a digest of its own, in which the sets of slots (who granted, who
 * votes, …) are its bits, and these are added up. Left out, since no decision looks at it: random,
 * truncations (see raft/fingerprint.h), heard_ns, elected_ns, disk_stuck (made anew at every
 * step), slots_end; what follows from the configurations and slots (witnesses, slots); a member's
 * incarnation and progress without leadership (a new leader begins with none; only whether it
 * regressed or lingers is looked at), its catch_rounds and moved_ns; and at a leader what it knows
 * of itself as a member. */
#include "core/digest.h"
#include "core/lease.h"
#include "core/office.h"
#include "core/state.h"

struct look {
    struct digest d;
    const struct raft *r;
    uint64_t now;
};

/* What is past is equally past; never stays never. */
static void deadline(struct look *l, uint64_t at_ns)
{
    digest_word(&l->d, at_ns == RAFT_NEVER ? RAFT_NEVER : at_ns > l->now ? at_ns - l->now : 0);
}

static uint64_t age_ns(const struct look *l, uint64_t at_ns)
{
    return at_ns < l->now ? l->now - at_ns : 0;
}

/* A moment that is only ever asked whether it lies more, or no less, than up to span_ns back. */
static void age(struct look *l, uint64_t at_ns, uint64_t span_ns)
{
    uint64_t passed = age_ns(l, at_ns);
    digest_word(&l->d, passed <= span_ns ? passed : span_ns + 1);
}

/* Moments at a leader that are compared with each other too, however old they are: when rounds
 * began and what their answers tell of members. Nothing but the longest election timeout is
 * compared with their ages. */
static bool old_and_after(const struct look *l, uint64_t at_ns, uint64_t than_ns)
{
    return at_ns > than_ns && age_ns(l, at_ns) > l->r->timing.election_ns_max;
}

static uint64_t old_after(const struct look *l, uint64_t than_ns)
{
    const struct raft *r = l->r;
    uint64_t n = 0;
    for (uint32_t i = 0; i < r->round_starts_count; i++) {
        uint32_t at = (r->round_starts_next + RAFT_ROUND_STARTS - 1 - i) % RAFT_ROUND_STARTS;
        n += old_and_after(l, r->round_starts[at].at_ns, than_ns);
    }
    for (uint32_t slot = 0; slot < r->slots_end; slot++) {
        const struct progress *p = &r->progress[slot];
        if (p->id == 0 || p->id == r->self)
            continue;
        n += old_and_after(l, p->contact_ns, than_ns);
        n += r->lease_reads && old_and_after(l, p->promise_ns, than_ns);
        n += p->window_count > 0 && old_and_after(l, p->oldest_sent_ns, than_ns);
    }
    return n;
}

static void moment(struct look *l, uint64_t at_ns)
{
    uint64_t passed = age_ns(l, at_ns), span = l->r->timing.election_ns_max;
    digest_word(&l->d, passed <= span ? passed : span + 1 + old_after(l, at_ns));
}

/* Until when it votes for nobody, and from when: a late answer may be of a round before. */
static void promise(struct look *l, const struct progress *p)
{
    const struct raft *r = l->r;
    digest_word(&l->d, r->lease_reads && p->promise_ns != 0);
    if (!r->lease_reads || p->promise_ns == 0)
        return;
    deadline(l, lease_expiry(p->promise_ns, p->hold_ns, r->clock_drift_ppm));
    moment(l, p->promise_ns);
}

static void sending(struct look *l, uint32_t slot)
{
    const struct progress *p = &l->r->progress[slot];
    const uint64_t *window = raft_window_const(l->r, slot);
    deadline(l, p->paused ? p->resend_ns : RAFT_NEVER);
    for (uint32_t i = 0; i < p->window_count; i++)
        digest_word(&l->d, window[(p->window_head + i) % l->r->limits.window_max]);
    if (p->window_count > 0)
        moment(l, p->oldest_sent_ns);
    if (p->state != PROGRESS_SNAPSHOT)
        return;
    const uint64_t words[] = {p->chunk_acked, p->chunk_next, p->chunk_retries, p->chunk_answered};
    digest_words(&l->d, words, ARRAY_LEN(words));
    digest_image(&l->d, &p->image);
    deadline(l, p->chunk_retry_ns);
}

/* What a leader knows of another. */
static void progress(struct look *l, uint32_t slot)
{
    const struct raft *r = l->r;
    const struct progress *p = &r->progress[slot];
    const uint64_t words[] = {
        p->match,          p->next,         p->state,        p->paused,       p->commit_sent,
        p->acked_round,    p->window_count, p->incarnation,  p->lost,         p->catch_target,
        p->caught_up,      p->busy,         p->linger_index, p->linger_round, p->read_waiting_ctx,
        p->read_round_ctx, p->ack_ns};
    digest_words(&l->d, words, ARRAY_LEN(words));
    sending(l, slot);
    deadline(l, p->linger_index != 0 ? p->linger_until_ns : RAFT_NEVER);
    moment(l, p->contact_ns);
    promise(l, p);
    digest_word(&l->d, p->ready_ns != 0);
    if (p->ready_ns != 0)
        age(l, p->ready_ns, OFFICE_READY_TIMEOUTS * r->timing.election_ns_max);
    age(l, p->catch_began_ns, r->timing.election_ns_min);
}

static uint64_t bit(quorum_set set, uint32_t slot, uint32_t at)
{
    return (uint64_t)nodeset_has(set, slot) << at;
}

/* A member's place says nothing, but that of votes whose sender has no slot any more does: somebody
 * may get it. Requests for reads go with their sender; that there were some still makes a batch. */
static uint64_t member(const struct look *l, uint32_t slot)
{
    const struct raft *r = l->r;
    const struct progress *p = &r->progress[slot];
    uint64_t bits = bit(r->granted, slot, 0) | bit(r->denied, slot, 1) | bit(r->removed, slot, 2) |
                    bit(r->quorum.now, slot, 3) | bit(r->quorum.old, slot, 4) |
                    bit(r->quorum_committed.now, slot, 5) | bit(r->quorum_committed.old, slot, 6);
    if (p->read_round_ctx != 0)
        bits |= bit(r->read_flight.remote, slot, 7);
    if (p->read_waiting_ctx != 0)
        bits |= bit(r->read_collect.remote, slot, 8);
    if (p->id == 0 && bits == 0)
        return 0;
    struct look own = {digest_begin(l->d.as, 'p'), r, l->now};
    digest_id(&own.d, p->id);
    digest_word(&own.d,
                bits | (uint64_t)p->regressed << 9 | (uint64_t)(p->linger_index != 0) << 10);
    if (p->id == 0)
        digest_word(&own.d, slot);
    else if (r->role == RAFT_LEADER && p->id != r->self)
        progress(&own, slot);
    return own.d.h;
}

static void members(struct look *l)
{
    const struct raft *r = l->r;
    quorum_set sets = r->granted | r->denied | r->removed | quorum_members(r->quorum) |
                      quorum_members(r->quorum_committed);
    uint64_t sum = 0;
    for (uint32_t slot = 0; slot < LIMIT_MEMBERS; slot++) {
        if (slot < r->slots_end || nodeset_has(sets, slot))
            sum += member(l, slot);
    }
    digest_word(&l->d, sum);
    digest_word(&l->d, r->delay_ns);
    digest_word(&l->d, r->configs_count);
    for (uint32_t i = 0; i < r->configs_count; i++) {
        digest_word(&l->d, r->config_indexes[i]);
        digest_word(&l->d, raft_config_fingerprint_as(&r->configs[i], l->d.as));
    }
}

/* Durations of writes: those that are no reason to go are all the same. */
static void timed_writes(struct look *l)
{
    const struct raft *r = l->r;
    const struct disk_watch *w = &r->disk;
    digest_word(&l->d, w->probe_index);
    if (w->probe_index != 0) {
        digest_word(&l->d, w->probe_done);
        age(l, w->probe_ns, OFFICE_WINDOW_TIMEOUTS * r->timing.election_ns_max);
    }
    digest_word(&l->d, w->count);
    for (uint32_t i = 0; i < w->count; i++) {
        uint32_t at = (w->next + DISK_WATCH_SAMPLES - w->count + i) % DISK_WATCH_SAMPLES;
        digest_word(&l->d, w->took_ns[at] <= r->timing.election_ns_min / 2 ? 0 : w->took_ns[at]);
    }
}

static void leadership(struct look *l)
{
    const struct raft *r = l->r;
    const uint64_t words[] = {r->noop_index,        r->round,
                              r->lease_forbidden,   r->lease_held,
                              r->read_flight.round, r->read_flight.index,
                              r->read_flight.ctx,   r->read_collect.ctx,
                              r->round_starts_count};
    digest_words(&l->d, words, ARRAY_LEN(words));
    deadline(l, r->heartbeat_at);
    deadline(l, r->full_ns == 0 ? RAFT_NEVER : r->full_ns + r->timing.election_ns_max);
    for (uint32_t i = 0; i < r->round_starts_count; i++) {
        uint32_t at = (r->round_starts_next + RAFT_ROUND_STARTS - r->round_starts_count + i) %
                      RAFT_ROUND_STARTS;
        digest_word(&l->d, r->round_starts[at].round);
        moment(l, r->round_starts[at].at_ns);
    }
    timed_writes(l);
}

static void following(struct look *l)
{
    const struct raft *r = l->r;
    const struct read_forward *f = &r->read_forward;
    bool flies = f->flight_ctx != 0, waits = f->waiting_ctx != 0;
    const uint64_t words[] = {f->flight_ctx, flies ? f->flight_term : 0, flies && f->flight_lease,
                              f->waiting_ctx, waits && f->waiting_lease};
    digest_words(&l->d, words, ARRAY_LEN(words));
    deadline(l, flies ? f->resend_ns : RAFT_NEVER);
    deadline(l, r->timer_at);
    deadline(l, r->resend_ns);
}

static void transfer(struct look *l)
{
    const struct transfer *x = &l->r->transfer;
    digest_word(&l->d, x->phase);
    if (x->phase == TRANSFER_NONE)
        return;
    digest_id(&l->d, x->target);
    digest_word(&l->d, x->told | x->best << 1 | x->again << 2);
    deadline(l, x->deadline_ns);
    deadline(l, x->told ? x->resend_ns : RAFT_NEVER);
    deadline(l, x->limit_at_ns);
}

static void held(struct look *l, const struct raft_message *m)
{
    digest_word(&l->d, m->type == RAFT_MESSAGE_NONE ? 0 : raft_message_fingerprint_as(m, l->d.as));
}

static void promises(struct look *l)
{
    const struct raft *r = l->r;
    held(l, &r->held_vote);
    held(l, &r->held_append);
    held(l, &r->held_heartbeat);
    held(l, &r->held_chunk);
    digest_image(&l->d, &r->image);
    digest_image(&l->d, &r->receiving);
    digest_image(&l->d, &r->owed);
    digest_word(&l->d, r->owed.pos.index != 0 ? r->owed_status : 0);
    digest_word(&l->d, r->receiving.pos.index != 0 && r->receiving_term == r->term);
}

static void log_and_disk(struct look *l)
{
    const struct raft *r = l->r;
    digest_word(&l->d, r->trail.base.term);
    digest_word(&l->d, r->trail.base.index);
    digest_word(&l->d, r->trail.last);
    digest_word(&l->d, r->trail.count);
    for (uint32_t i = 0; i < r->trail.count; i++) {
        digest_word(&l->d, raft_runs_const(r)[i].first);
        digest_word(&l->d, raft_runs_const(r)[i].term);
    }
    digest_word(&l->d, r->disk.late_index);
    if (r->disk.late_index != 0)
        age(l, r->disk.late_ns, OFFICE_STUCK_TIMEOUTS * r->timing.election_ns_max);
}

static void settings(struct look *l)
{
    const struct raft *r = l->r;
    const uint64_t words[] = {r->limits.terms_max,
                              r->limits.window_max,
                              r->limits.batch_max,
                              r->limits.uncommitted_max,
                              r->limits.chunk_bytes,
                              r->timing.election_ns_min,
                              r->timing.election_ns_max,
                              r->timing.heartbeat_ns,
                              r->pre_vote,
                              r->check_quorum,
                              r->lease_reads,
                              r->clock_drift_ppm,
                              r->incarnation};
    digest_words(&l->d, words, ARRAY_LEN(words));
}

static void itself(struct look *l)
{
    const struct raft *r = l->r;
    const uint64_t words[] = {r->term,
                              r->durable_term,
                              r->commit,
                              r->durable,
                              r->accepted,
                              r->role,
                              r->nonce,
                              r->orphan,
                              r->left,
                              r->restoring,
                              r->ack_round,
                              r->ack_pending,
                              r->chunk_round,
                              r->restoring != 0 && r->restoring_met,
                              r->campaign_announced,
                              r->campaign_transfer};
    digest_id(&l->d, r->self);
    digest_id(&l->d, r->vote);
    digest_id(&l->d, r->durable_vote);
    digest_id(&l->d, r->leader);
    digest_words(&l->d, words, ARRAY_LEN(words));
    deadline(l, r->hold_until);
    deadline(l, r->rest_until);
    deadline(l, r->slow_after_ns);
    deadline(l, r->hand_back_after_ns);
}

uint64_t raft_fingerprint_as(const struct raft *r, uint64_t now_ns,
                             const struct raft_renaming *renaming)
{
    struct look look = {digest_begin(renaming, 's'), r, now_ns}, *l = &look;
    settings(l);
    itself(l);
    log_and_disk(l);
    promises(l);
    transfer(l);
    members(l);
    if (r->role == RAFT_LEADER)
        leadership(l);
    else
        following(l);
    return l->d.h;
}

uint64_t raft_fingerprint(const struct raft *r, uint64_t now_ns)
{
    return raft_fingerprint_as(r, now_ns, NULL);
}
