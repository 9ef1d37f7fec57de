/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/core_host.h"

#include "base/checksum.h"
#include "base/mem.h"
#include "base/prng.h"
#include "tests/support/core_image.h"

#include <stdlib.h>
#include <string.h>

uint64_t host_log_last(const struct host_log *log)
{
    return log->base.index + log->count;
}

const struct host_entry *host_log_at(const struct host_log *log, uint64_t index)
{
    if (index <= log->base.index || index > host_log_last(log))
        return NULL;
    return &log->entries[index - log->base.index - 1];
}

uint64_t host_log_term(const struct host_log *log, uint64_t index)
{
    const struct host_entry *e = host_log_at(log, index);
    return e != NULL ? e->term : index == log->base.index ? log->base.term : 0;
}

uint64_t host_log_chain(const struct host_log *log, uint64_t index)
{
    const struct host_entry *e = host_log_at(log, index);
    return e != NULL ? e->chain : index == log->base.index ? log->base_chain : 0;
}

void host_log_compact(struct host_log *log, uint64_t index)
{
    ASSERT(index > log->base.index && index <= host_log_last(log));
    uint64_t drop = index - log->base.index;
    struct host_entry last = log->entries[drop - 1];
    log->count -= drop;
    memmove(log->entries, log->entries + drop, log->count * sizeof(*log->entries));
    log->base = (struct raft_pos){last.term, index};
    log->base_chain = last.chain;
}

void host_log_cut(struct host_log *log, uint64_t index)
{
    ASSERT(index > log->base.index);
    if (index <= host_log_last(log))
        log->count = index - log->base.index - 1;
}

void host_log_put(struct host_log *log, struct host_entry entry)
{
    if (log->count == log->cap) {
        log->cap = log->cap == 0 ? 16 : 2 * log->cap;
        log->entries = mem_grow(log->entries, log->cap, sizeof(*log->entries));
    }
    uint64_t before = host_log_chain(log, host_log_last(log));
    log->entries[log->count] = entry;
    log->entries[log->count++].chain = prng_mix(before ^ prng_mix(entry.id));
}

void host_log_free(struct host_log *log)
{
    free(log->entries);
    *log = (struct host_log){0};
}

static void log_copy(struct host_log *to, const struct host_log *from)
{
    to->base = from->base;
    to->base_chain = from->base_chain;
    to->count = 0;
    for (uint64_t i = 0; i < from->count; i++)
        host_log_put(to, from->entries[i]);
}

void host_packet_free(struct host_packet *p)
{
    free(p->entries);
    *p = (struct host_packet){0};
}

struct host_packet host_packet_copy(const struct host_packet *p)
{
    struct host_packet copy = *p;
    if (p->entries != NULL)
        copy.entries = mem_dup(p->entries, p->message.entries_count * sizeof(*p->entries));
    return copy;
}

struct host_packet host_packet_of(const struct host *h, const struct raft_message *m)
{
    struct host_packet p = {.message = *m};
    if (m->type == RAFT_INSTALL_SNAPSHOT)
        p.image = host_image_of(h, &m->image);
    if (m->entries_count == 0)
        return p;
    const struct host_entry *first = host_log_at(&h->log, m->prev.index + 1);
    ASSERT(first != NULL && m->prev.index + m->entries_count <= host_log_last(&h->log));
    p.entries = mem_dup(first, m->entries_count * sizeof(*first));
    return p;
}

void host_init(struct host *h, const struct host_setup *setup)
{
    *h = (struct host){.setup = *setup};
    h->core = mem_alloc(raft_size(&setup->limits));
}

static void writes_free(struct host *h)
{
    for (uint32_t i = 0; i < h->writes_count; i++)
        free(h->writes[i].entries);
    free(h->writes);
    h->writes = NULL;
    h->writes_count = 0;
}

void host_free(struct host *h)
{
    writes_free(h);
    host_log_free(&h->log);
    host_log_free(&h->disk.log);
    free(h->core);
    *h = (struct host){0};
}

/* The log as runs of equal terms and the configurations in it. */
struct boot_log {
    struct raft_run runs[256];
    uint32_t runs_count;
    struct raft_config configs[RAFT_CONFIGS];
    uint64_t indexes[RAFT_CONFIGS];
    uint32_t configs_count;
};

static void boot_config(struct boot_log *b, const struct raft_config *config, uint64_t index,
                        uint64_t commit)
{
    if (index <= commit)
        b->configs_count = 0;               /* only the newest committed one counts */
    if (b->configs_count == RAFT_CONFIGS) { /* the newest are enough */
        b->configs_count--;
        memmove(b->configs, b->configs + 1, b->configs_count * sizeof(*b->configs));
        memmove(b->indexes, b->indexes + 1, b->configs_count * sizeof(*b->indexes));
    }
    b->configs[b->configs_count] = *config;
    b->indexes[b->configs_count++] = index;
}

static void boot_read(const struct host *h, uint64_t commit, struct boot_log *b)
{
    const struct host_image *image = host_image_newest(h);
    if (image == NULL)
        boot_config(b, h->setup.config, 0, commit);
    else
        boot_config(b, image->config, image->config_index, commit);
    uint64_t below = image == NULL ? 0 : image->image.pos.index, term = 0;
    for (uint64_t i = h->log.base.index + 1; i <= host_log_last(&h->log); i++) {
        const struct host_entry *e = host_log_at(&h->log, i);
        if (e->term != term) {
            ASSERT(b->runs_count < ARRAY_LEN(b->runs));
            b->runs[b->runs_count++] = (struct raft_run){.first = i, .term = e->term};
        }
        term = e->term;
        if (e->config != NULL && i > below)
            boot_config(b, e->config, i, commit);
    }
}

void host_start(struct host *h, uint64_t commit, uint64_t hold_ns, uint64_t now_ns)
{
    ASSERT(!h->up);
    static const struct raft_image none;
    struct boot_log *b = mem_alloc(sizeof(*b));
    host_image_finish(h);
    log_copy(&h->log, &h->disk.log);
    const struct host_image *image = host_image_newest(h);
    if (image != NULL && commit < image->image.pos.index)
        commit = image->image.pos.index;
    boot_read(h, commit, b);
    struct raft_boot boot = {.self = h->setup.id,
                             .incarnation = ++h->starts,
                             .term = h->disk.term,
                             .vote = h->disk.vote,
                             .base = h->log.base,
                             .image = image == NULL ? none : image->image,
                             .commit = commit,
                             .runs_count = b->runs_count,
                             .runs = b->runs,
                             .last_index = host_log_last(&h->log),
                             .configs_count = b->configs_count,
                             .configs = b->configs,
                             .config_indexes = b->indexes,
                             .hold_ns = hold_ns,
                             .now_ns = now_ns,
                             .seed = h->setup.seed,
                             .pre_vote = h->setup.pre_vote,
                             .check_quorum = h->setup.check_quorum,
                             .lease_reads = h->setup.lease_reads,
                             .clock_drift_ppm = h->setup.clock_drift_ppm,
                             .left = h->setup.left,
                             .restoring = h->setup.restoring};
    int code = raft_open(h->core, &h->setup.limits, &h->setup.timing, &boot);
    ASSERT(code == 0);
    if (h->mirror.open != NULL)
        h->mirror.open(h->mirror.arg, &boot);
    free(b);
    h->up = true;
    h->attempts = 0;
    host_step(h, &(struct raft_event){.type = RAFT_TIMEOUT, .now_ns = now_ns}, NULL);
}

static void write_to_disk(struct host *h, const struct host_write *w)
{
    h->disk.term = w->done.term;
    h->disk.vote = w->done.vote;
    if (w->reset.base.index != 0)
        log_copy(&h->disk.log, &w->reset);
    if (w->cut != 0)
        host_log_cut(&h->disk.log, w->cut);
    ASSERT(w->count == 0 || w->first == host_log_last(&h->disk.log) + 1);
    for (uint32_t i = 0; i < w->count; i++)
        host_log_put(&h->disk.log, w->entries[i]);
    if (w->compact != 0)
        host_log_compact(&h->disk.log, w->compact);
    ASSERT(host_log_last(&h->disk.log) == w->done.last.index);
}

static void writes_drop(struct host *h, uint32_t count)
{
    if (count == 0)
        return;
    for (uint32_t i = 0; i < count; i++)
        free(h->writes[i].entries);
    memmove(h->writes, h->writes + count, (h->writes_count - count) * sizeof(*h->writes));
    h->writes_count -= count;
}

void host_crash(struct host *h, uint32_t kept)
{
    ASSERT(h->up && kept <= h->writes_count);
    for (uint32_t i = 0; i < kept; i++)
        write_to_disk(h, &h->writes[i]);
    writes_drop(h, h->writes_count);
    h->up = false;
}

/* Configurations that cores append themselves: kept for the life of the program, since logs and
 * packets borrow them. */
static const struct raft_config *keep_config(const struct raft_config *config)
{
    static struct raft_config *kept[1 << 16]; /* by hash, the next free place if taken */
    static size_t count;
    size_t at = checksum64(config, sizeof(*config)) % ARRAY_LEN(kept);
    while (kept[at] != NULL && memcmp(kept[at], config, sizeof(*config)) != 0)
        at = (at + 1) % ARRAY_LEN(kept);
    if (kept[at] == NULL) {
        kept[at] = mem_dup(config, sizeof(*config));
        count++;
    }
    ASSERT(count < ARRAY_LEN(kept) / 2);
    return kept[at];
}

/* New entries: the leader's own get an identity, a follower's come with the packet. */
static void take_entries(struct host *h, const struct host_packet *packet)
{
    const struct raft_output *out = &h->out;
    for (uint64_t i = out->append_from; i <= out->append_to; i++) {
        struct host_entry e = {.term = out->append_term, .kind = out->append_kind};
        if (packet != NULL && packet->message.type == RAFT_APPEND)
            e = packet->entries[i - packet->message.prev.index - 1];
        else
            e.id = ++*h->setup.entry_ids;
        if (e.kind == ENTRY_CONFIG && e.config == NULL) {
            uint64_t index;
            e.config = keep_config(raft_config(h->core, &index));
            ASSERT(index == i);
        }
        ASSERT(i == host_log_last(&h->log) + 1);
        host_log_put(&h->log, e);
    }
}

static void queue_write(struct host *h, uint64_t compact)
{
    const struct raft_output *out = &h->out;
    struct host_write w = {.compact = compact,
                           .cut = out->truncate_from,
                           .first = out->append_from,
                           .done = {out->term, out->vote, out->last, out->truncations}};
    if (out->log_reset)
        w.reset = (struct host_log){.base = h->log.base, .base_chain = h->log.base_chain};
    if (out->append_from != 0) {
        w.count = (uint32_t)(out->append_to - out->append_from + 1);
        w.entries = mem_dup(host_log_at(&h->log, w.first), w.count * sizeof(*w.entries));
    }
    h->writes = mem_grow(h->writes, h->writes_count + 1, sizeof(*h->writes));
    h->writes[h->writes_count++] = w;
}

static struct raft_entry_info *infos_of(const struct host_packet *packet)
{
    uint32_t count = packet->message.entries_count;
    struct raft_entry_info *infos = mem_array(count, sizeof(*infos));
    for (uint32_t i = 0; i < count; i++) {
        const struct host_entry *e = &packet->entries[i];
        infos[i] = (struct raft_entry_info){e->term, e->kind, e->config};
    }
    return infos;
}

static void count_attempts(struct host *h)
{
    for (uint32_t i = 0; i < h->out.reasons_count; i++)
        h->attempts += h->out.reasons[i].code == RAFT_BECAUSE_TIMED_OUT;
}

void host_step(struct host *h, struct raft_event *event, const struct host_packet *packet)
{
    ASSERT(h->up && (event->type == RAFT_RECEIVE) == (packet != NULL));
    struct raft_entry_info *infos = NULL;
    if (packet != NULL) {
        infos = infos_of(packet);
        event->receive.message = &packet->message;
        event->receive.entries = infos;
        event->receive.no_space = h->no_space;
    }
    if (event->type == RAFT_TIMEOUT)
        event->timeout.no_space = h->no_space;
    if (h->setup.recurring)
        raft_reseed(h->core, h->attempts);
    raft_step(h->core, event, &h->out);
    count_attempts(h);
    if (raft_restoring(h->core) == 0)
        h->setup.restoring = 0; /* the mark on the disk is taken away */
    if (h->mirror.step != NULL)
        h->mirror.step(h->mirror.arg, event);
    free(infos);
    const struct raft_output *out = &h->out;
    if (out->log_reset)
        host_image_resets_log(h, out->base);
    if (out->truncate_from != 0)
        host_log_cut(&h->log, out->truncate_from);
    if (out->append_from != 0)
        take_entries(h, packet);
    uint64_t compact = out->base.index > h->log.base.index ? out->base.index : 0;
    if (compact != 0)
        host_log_compact(&h->log, compact);
    if (out->hard_state || out->log_reset || out->truncate_from != 0 || out->append_from != 0 ||
        compact != 0)
        queue_write(h, compact);
    ASSERT(host_log_last(&h->log) == out->last.index);
    ASSERT(raft_pos_compare(h->log.base, out->base) == 0);
}

void host_sync(struct host *h, uint32_t count, uint64_t now_ns)
{
    ASSERT(h->up && count > 0 && count <= h->writes_count);
    for (uint32_t i = 0; i < count; i++)
        write_to_disk(h, &h->writes[i]);
    struct raft_event event = {
        .type = RAFT_PERSISTED, .now_ns = now_ns, .persisted = h->writes[count - 1].done};
    writes_drop(h, count);
    host_step(h, &event, NULL);
}
