/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/core_renamed.h"

#include "base/mem.h"
#include "base/prng.h"

#include <stdlib.h>

static raft_id named(const struct raft_renaming *as, raft_id id)
{
    return as != NULL && id != 0 && id <= as->count ? as->to[id] : id;
}

/* The members stand in the order of their new ids, the other way round. */
static struct raft_config config_of(const struct raft_renaming *as, const struct raft_config *c)
{
    struct raft_config other = {.count = c->count, .joint = c->joint};
    for (uint32_t i = 0; i < c->count; i++) {
        struct raft_member m = c->members[i];
        m.id = named(as, m.id);
        uint32_t at = i;
        for (; at > 0 && other.members[at - 1].id < m.id; at--)
            other.members[at] = other.members[at - 1];
        other.members[at] = m;
    }
    return other;
}

static void open_renamed(void *arg, const struct raft_boot *boot)
{
    struct renamed *r = arg;
    struct raft_boot other = *boot;
    struct raft_config *configs = mem_array(boot->configs_count, sizeof(*configs));
    for (uint32_t i = 0; i < boot->configs_count; i++)
        configs[i] = config_of(&r->as, &boot->configs[i]);
    other.configs = configs;
    other.self = named(&r->as, boot->self);
    other.vote = named(&r->as, boot->vote);
    int code = raft_open(r->core, &r->limits, &r->timing, &other);
    ASSERT(code == 0);
    free(configs);
}

static void receive_renamed(struct renamed *r, const struct raft_event *event)
{
    struct raft_event other = *event;
    struct raft_message m = *event->receive.message;
    struct raft_config configs[8];
    uint32_t configs_count = 0;
    struct raft_entry_info *entries = mem_array(m.entries_count + 1, sizeof(*entries));
    for (uint32_t i = 0; i < m.entries_count; i++) {
        entries[i] = event->receive.entries[i];
        if (entries[i].config == NULL)
            continue;
        ASSERT(configs_count < ARRAY_LEN(configs));
        configs[configs_count] = config_of(&r->as, entries[i].config);
        entries[i].config = &configs[configs_count++];
    }
    m.from = named(&r->as, m.from);
    m.to = named(&r->as, m.to);
    other.receive.message = &m;
    other.receive.entries = entries;
    raft_step(r->core, &other, &r->out);
    free(entries);
}

static void step_renamed(void *arg, const struct raft_event *event)
{
    struct renamed *r = arg;
    struct raft_event e = *event;
    struct raft_config config;
    switch (e.type) {
    case RAFT_RECEIVE: receive_renamed(r, event); return;
    case RAFT_PERSISTED: e.persisted.vote = named(&r->as, e.persisted.vote); break;
    case RAFT_UNSENT: e.unsent.peer = named(&r->as, e.unsent.peer); break;
    case RAFT_CHANGE:
        config = config_of(&r->as, e.change.config);
        e.change.config = &config;
        break;
    case RAFT_RECOVER:
        config = config_of(&r->as, e.recover);
        e.recover = &config;
        break;
    case RAFT_TRANSFER: e.transfer.target = named(&r->as, e.transfer.target); break;
    case RAFT_DISCONNECTED: e.disconnected = named(&r->as, e.disconnected); break;
    case RAFT_INSTALL:
        config = config_of(&r->as, e.install.config);
        e.install.config = &config;
        break;
    case RAFT_CHUNK_UNSENT: e.chunk_unsent.peer = named(&r->as, e.chunk_unsent.peer); break;
    case RAFT_TIMEOUT:
    case RAFT_PROPOSE:
    case RAFT_READ:
    case RAFT_STEP_DOWN:
    case RAFT_IMAGE:
    case RAFT_COMPACT:
    case RAFT_CHUNK:
    case RAFT_LEFT: break;
    }
    raft_step(r->core, &e, &r->out);
}

void renamed_init(struct renamed *r, struct host *host, const struct raft_renaming *as)
{
    ASSERT(!host->up);
    *r = (struct renamed){.as = *as, .limits = host->setup.limits, .timing = host->setup.timing};
    r->core = mem_alloc(raft_size(&r->limits));
    host->mirror = (struct host_mirror){open_renamed, step_renamed, r};
}

void renamed_free(struct renamed *r)
{
    free(r->core);
    *r = (struct renamed){0};
}

static bool same_disk(const struct raft_output *a, const struct raft_output *b)
{
    return a->hard_state == b->hard_state && a->log_reset == b->log_reset &&
           a->truncate_from == b->truncate_from && a->append_from == b->append_from &&
           a->append_to == b->append_to && a->append_term == b->append_term &&
           a->append_kind == b->append_kind && a->truncations == b->truncations &&
           raft_pos_compare(a->base, b->base) == 0 && raft_pos_compare(a->last, b->last) == 0;
}

static bool same_answers(const struct raft_output *a, const struct raft_output *b)
{
    return a->proposal == b->proposal && a->transfer == b->transfer && a->change == b->change &&
           a->chunk == b->chunk && a->installed == b->installed &&
           a->reads_ready_ctx == b->reads_ready_ctx &&
           a->reads_ready_index == b->reads_ready_index &&
           a->reads_failed_ctx == b->reads_failed_ctx && a->fatal == b->fatal &&
           a->read_leased_ctx == b->read_leased_ctx && a->read_leased_index == b->read_leased_index;
}

static bool same_state(const struct raft_output *a, const struct raft_output *b, uint64_t now_ns,
                       const struct raft_renaming *as)
{
    bool both_now = a->wake_at_ns <= now_ns && b->wake_at_ns <= now_ns;
    return a->term == b->term && named(as, a->vote) == b->vote && a->role == b->role &&
           named(as, a->leader) == b->leader && a->commit == b->commit &&
           (both_now || a->wake_at_ns == b->wake_at_ns);
}

static uint64_t messages_of(const struct raft_output *out, const struct raft_renaming *as)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < out->messages_count; i++)
        sum += raft_message_fingerprint_as(&out->messages[i], as);
    return sum;
}

/* How long the disk has taken is told, but not counted. */
static bool tells_age(uint32_t code)
{
    return code == RAFT_BECAUSE_DISK_SLOW || code == RAFT_BECAUSE_DISK_STUCK ||
           code == RAFT_BECAUSE_DISK_FULL_STILL;
}

static uint64_t reasons_of(const struct raft_output *out, const struct raft_renaming *as)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < out->reasons_count; i++) {
        const struct raft_reason *r = &out->reasons[i];
        uint64_t h = tells_age(r->code) ? 0 : prng_mix(r->a + 1) + r->b;
        sum += prng_mix(prng_mix(h + 1) + named(as, r->peer) * RAFT_REASON_CODES + r->code);
    }
    return sum;
}

const char *output_difference(const struct raft_output *one, const struct raft_output *other,
                              uint64_t now_ns, const struct raft_renaming *as)
{
    if (!same_disk(one, other))
        return "it writes something else";
    if (!same_answers(one, other))
        return "it answers something else";
    if (!same_state(one, other, now_ns, as))
        return "it becomes something else";
    if (messages_of(one, as) != messages_of(other, NULL))
        return "it sends something else";
    return reasons_of(one, as) != reasons_of(other, NULL) ? "it gives other reasons" : NULL;
}
