/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A start from what is on the disk. */
#include "emulator/explore/turn.h"

#include <string.h>

struct boot {
    struct raft_run runs[EX_LOG];
    uint32_t runs_count;
    struct raft_config configs[RAFT_CONFIGS];
    uint64_t indexes[RAFT_CONFIGS];
    uint32_t configs_count;
};

static void add_config(struct boot *b, const struct raft_config *config, uint64_t index)
{
    if (b->configs_count == RAFT_CONFIGS) { /* the newest are enough */
        b->configs_count--;
        memmove(b->configs, b->configs + 1, b->configs_count * sizeof(b->configs[0]));
        memmove(b->indexes, b->indexes + 1, b->configs_count * sizeof(b->indexes[0]));
    }
    b->configs[b->configs_count] = *config;
    b->indexes[b->configs_count++] = index;
}

static void read_log(const struct ex_turn *t, struct boot *b)
{
    const struct ex_host *h = &t->row.host;
    const struct ex_log *log = &h->disk.log;
    const struct raft_config *configs = t->space->configs.at;
    if (h->image == 0)
        add_config(b, &configs[h->boot], 0);
    else
        add_config(b, &configs[h->image_config], h->image_config_index);
    uint64_t term = 0;
    for (uint64_t i = (uint64_t)log->base + 1; i <= ex_log_last(log); i++) {
        const struct ex_entry *e = ex_log_at(log, i);
        if (e->term != term)
            b->runs[b->runs_count++] = (struct raft_run){i, e->term};
        term = e->term;
        if (e->config != 0 && i > h->image)
            add_config(b, &configs[e->config], i);
    }
}

/* An image that the log does not contain takes its place: it was received, and the crash came
 * before the log was dropped. */
static void finish_install(struct ex_host *h)
{
    struct ex_log *log = &h->disk.log;
    if (h->image == 0 || ex_log_term(log, h->image) == h->image_term)
        return;
    *log = (struct ex_log){.base = h->image, .base_term = h->image_term};
}

void ex_turn_boot(struct ex_turn *t)
{
    struct ex_host *h = &t->row.host;
    const struct ex_space *s = t->space;
    ASSERT(!h->up && h->starts < UINT8_MAX);
    struct boot b = {0};
    finish_install(h);
    read_log(t, &b);
    struct raft_boot boot = {
        .self = h->id,
        .incarnation = ++h->starts,
        .term = h->disk.term,
        .vote = h->disk.vote,
        .base = {h->disk.log.base_term, h->disk.log.base},
        .commit = h->image,
        .runs_count = b.runs_count,
        .runs = b.runs,
        .last_index = ex_log_last(&h->disk.log),
        .configs_count = b.configs_count,
        .configs = b.configs,
        .config_indexes = b.indexes,
        .hold_ns = h->disk.term == 0 ? 0 : s->timing.election_ns_min,
        .pre_vote = s->bounds.pre_vote,
        .check_quorum = s->bounds.check_quorum,
        .lease_reads = s->bounds.lease,
        .image = ex_host_image(h),
    };
    memset(t->core, 0, s->block_words * sizeof(*t->core));
    int code = raft_open(t->core, &s->limits, &s->timing, &boot);
    ASSERT(code == 0);
    h->up = true;
    t->row.truncations = 0;
}
