/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block of a server: its size, its birth, its views. */
#include "core/state.h"

#include "base/err.h"
#include "core/lease.h"
#include "core/members.h"
#include "core/role.h"

#include <string.h>

struct raft_run *raft_runs(struct raft *r)
{
    return (struct raft_run *)(void *)(r + 1);
}

const struct raft_run *raft_runs_const(const struct raft *r)
{
    return (const struct raft_run *)(const void *)(r + 1);
}

uint64_t *raft_window(struct raft *r, uint32_t slot)
{
    ASSERT(slot < LIMIT_MEMBERS);
    uint64_t *windows = (uint64_t *)(void *)(raft_runs(r) + r->trail.cap);
    return windows + (size_t)slot * r->limits.window_max;
}

const uint64_t *raft_window_const(const struct raft *r, uint32_t slot)
{
    ASSERT(slot < LIMIT_MEMBERS);
    const uint64_t *windows = (const uint64_t *)(const void *)(raft_runs_const(r) + r->trail.cap);
    return windows + (size_t)slot * r->limits.window_max;
}

struct raft_pos raft_last_pos(const struct raft *r)
{
    return trail_last(&r->trail, raft_runs_const(r));
}

uint64_t certain_index(const struct raft *r)
{
    uint64_t certain = r->commit > r->accepted ? r->commit : r->accepted;
    /* Configurations follow the oldest known one, so it is committed. */
    return r->config_indexes[0] > certain ? r->config_indexes[0] : certain;
}

size_t raft_size(const struct raft_limits *limits)
{
    return sizeof(struct raft) + limits->terms_max * sizeof(struct raft_run) +
           (size_t)LIMIT_MEMBERS * limits->window_max * sizeof(uint64_t);
}

static void check(const struct raft_limits *limits, const struct raft_timing *timing,
                  const struct raft_boot *boot)
{
    ASSERT(limits->terms_max > 1 && limits->batch_max > 0 && limits->uncommitted_max > 0);
    ASSERT(limits->window_max > 0 && limits->window_max <= LIMIT_WINDOW_MESSAGES);
    ASSERT(limits->chunk_bytes > 0 && limits->chunk_bytes <= LIMIT_CHUNK_BYTES);
    ASSERT(timing->heartbeat_ns > 0);
    ASSERT(timing->election_ns_min >= 3 * timing->heartbeat_ns);
    ASSERT(timing->election_ns_max >= 2 * timing->election_ns_min);
    ASSERT(boot->self != 0 && boot->configs_count > 0);
    ASSERT(boot->clock_drift_ppm < LEASE_DRIFT_PPM_MAX);
    ASSERT(!boot->lease_reads || boot->check_quorum);
    ASSERT(boot->image.pos.index >= boot->base.index && boot->image.pos.index <= boot->commit);
    ASSERT((boot->image.pos.index != 0) == (boot->image.bytes != 0));
    ASSERT(boot->commit <= boot->last_index);
}

/* Rebuilds the log of terms from its runs. Returns 0 or -E_LIMIT. */
static int load_trail(struct raft *r, const struct raft_boot *boot)
{
    struct trail *t = &r->trail;
    trail_init(t, boot->base, r->limits.terms_max);
    if (boot->runs_count > t->cap)
        return -E_LIMIT;
    uint64_t next = boot->base.index + 1, term = boot->base.term;
    for (uint32_t i = 0; i < boot->runs_count; i++) {
        const struct raft_run *run = &boot->runs[i];
        ASSERT(i == 0 ? run->first == next : run->first > next);
        ASSERT(run->term >= term && (i == 0 || run->term > term) && run->term <= boot->term);
        raft_runs(r)[i] = *run;
        next = run->first;
        term = run->term;
    }
    t->count = boot->runs_count;
    t->last = boot->last_index;
    ASSERT((t->count == 0) == (t->last == t->base.index));
    ASSERT(t->count == 0 || next <= t->last);
    return 0;
}

int raft_open(void *block, const struct raft_limits *limits, const struct raft_timing *timing,
              const struct raft_boot *boot)
{
    check(limits, timing, boot);
    struct raft *r = block;
    /* Of runs and windows only what is in use is ever read. */
    memset(r, 0, sizeof(*r));
    r->limits = *limits;
    r->timing = *timing;
    r->self = boot->self;
    r->incarnation = boot->incarnation;
    r->pre_vote = boot->pre_vote;
    r->check_quorum = boot->check_quorum;
    r->lease_reads = boot->lease_reads;
    r->clock_drift_ppm = boot->clock_drift_ppm;
    r->left = boot->left;
    r->restoring = boot->restoring;
    r->term = r->durable_term = boot->term;
    r->vote = r->durable_vote = boot->vote;
    r->random = prng_named(boot->seed, "raft");
    int code = load_trail(r, boot);
    if (code < 0)
        return code;
    r->commit = boot->commit;
    r->image = boot->image;
    ASSERT(trail_term(&r->trail, raft_runs(r), r->image.pos.index) == r->image.pos.term);
    r->durable = boot->last_index;
    if (boot->configs_count > RAFT_CONFIGS)
        return -E_LIMIT;
    for (uint32_t i = 0; i < boot->configs_count; i++)
        members_append(r, &boot->configs[i], boot->config_indexes[i], boot->now_ns);
    r->heartbeat_at = RAFT_NEVER;
    clear_campaign(r);
    r->hold_until = boot->hold_ns == 0 ? 0 : boot->now_ns + boot->hold_ns;
    struct turn t = {.r = r, .now = boot->now_ns};
    reset_timer(&t);
    ASSERT(raft_invariant(r) == NULL);
    return 0;
}

void raft_reseed(struct raft *r, uint64_t seed)
{
    r->random = prng_seed(seed);
}

uint64_t raft_term(const struct raft *r)
{
    return r->term;
}

enum raft_role raft_role(const struct raft *r)
{
    return (enum raft_role)r->role;
}

raft_id raft_leader(const struct raft *r)
{
    return r->leader;
}

raft_id raft_vote(const struct raft *r)
{
    return r->vote;
}

uint64_t raft_commit(const struct raft *r)
{
    return r->commit;
}

uint64_t raft_durable(const struct raft *r)
{
    return r->durable;
}

struct raft_pos raft_last(const struct raft *r)
{
    return raft_last_pos(r);
}

uint64_t raft_term_at(const struct raft *r, uint64_t index)
{
    return trail_term(&r->trail, raft_runs_const(r), index);
}

const struct raft_config *raft_config(const struct raft *r, uint64_t *ret_index)
{
    *ret_index = r->config_indexes[r->configs_count - 1];
    return &r->configs[r->configs_count - 1];
}

bool raft_term_committed(const struct raft *r)
{
    return r->role == RAFT_LEADER && r->commit >= r->noop_index;
}

uint64_t raft_lease_until(const struct raft *r)
{
    return lease_until(r);
}

uint64_t raft_leader_age_ns(const struct raft *r, uint64_t now_ns)
{
    if (r->role == RAFT_LEADER)
        return now_ns - quorum_contact(r, now_ns);
    return r->heard_ns == 0 ? RAFT_NEVER : now_ns - r->heard_ns;
}

bool raft_progress_of(const struct raft *r, raft_id member, struct raft_progress_view *ret)
{
    int slot = member_slot(r, member);
    if (r->role != RAFT_LEADER || slot < 0)
        return false;
    const struct progress *p = &r->progress[slot];
    *ret = (struct raft_progress_view){
        .match = p->id == r->self ? r->durable : p->match,
        .next = p->id == r->self ? r->trail.last + 1 : p->next,
        .state = progress_state_name((enum progress_state)p->state),
        .caught_up = p->caught_up,
        .regressed = p->regressed,
        .rounds = p->catch_rounds,
        .moved_ns = p->moved_ns,
        .heard = p->id == r->self || p->acked_round != 0 || p->regressed,
        .contact_ns = p->contact_ns,
        .image = p->image,
        .image_offset = p->chunk_acked,
    };
    return true;
}
