/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/space.h"

#include "base/mem.h"
#include "base/prng.h"
#include "emulator/explore/presets.h"

#include <string.h>

/* Nothing here is real time: only which deadline comes before which. */
#define ELECTION_NS  3000
#define HEARTBEAT_NS 1000

void ex_space_init(struct ex_space *s, const struct ex_bounds *bounds)
{
    *s = (struct ex_space){.bounds = *bounds};
    ASSERT(bounds->servers >= 1 && bounds->servers + bounds->spares <= EX_SERVERS);
    uint8_t *budget = s->bounds.budget;
    if (budget[EX_FAULT] == 0)
        budget[EX_FAULT] = (uint8_t)ex_bounds_faults(bounds);
    s->servers_count = bounds->servers + bounds->spares;
    bool alike = bounds->symmetry && ex_bounds_chooser(bounds) == NULL;
    ex_renamings_init(&s->renamings, alike ? bounds->servers : 1);
    ex_configs_init(&s->configs);
    (void)pthread_mutex_init(&s->configs_lock, NULL);
    s->limits = (struct raft_limits){.terms_max = EX_LOG + 1,
                                     .window_max = 1,
                                     .batch_max = EX_BATCH,
                                     .uncommitted_max = EX_LOG,
                                     .chunk_bytes = 1};
    s->timing = (struct raft_timing){ELECTION_NS, 2 * ELECTION_NS, HEARTBEAT_NS};
    s->block_words = (uint32_t)((raft_size(&s->limits) + 7) / 8);
    ex_pool_init(&s->servers, sizeof(struct ex_row));
    ex_pool_init(&s->messages, sizeof(struct ex_met));
    ex_pool_init(&s->ghosts, sizeof(struct ex_ghost_row));
    ex_outcomes_init(&s->outcomes);
    ex_outcomes_init(&s->outcomes_calm);
}

void ex_space_free(struct ex_space *s)
{
    for (uint32_t i = 0; i < ex_pool_count(&s->servers); i++) {
        const struct ex_row *row = ex_pool_at(&s->servers, i);
        mem_free((void *)(uintptr_t)row->packed);
    }
    ex_pool_free(&s->servers);
    ex_pool_free(&s->messages);
    ex_pool_free(&s->ghosts);
    ex_outcomes_free(&s->outcomes);
    ex_outcomes_free(&s->outcomes_calm);
    (void)pthread_mutex_destroy(&s->configs_lock);
}

static uint64_t server_hash(const struct ex_space *s, const struct ex_row *row,
                            const struct raft *core, uint32_t renaming)
{
    uint64_t host = ex_host_hash(&row->host, &s->configs, &s->renamings, renaming);
    if (!row->host.up)
        return host;
    return prng_mix(host ^ raft_fingerprint_as(core, row->now_ns, &s->renamings.as[renaming]));
}

static uint32_t server_find(const struct ex_space *s, const struct ex_row *row)
{
    return ex_pool_find(&s->servers, row->hash[0], &row->host, sizeof(row->host));
}

/* All that is not needed to find it. */
static void server_complete(const struct ex_space *s, struct ex_row *row, const struct raft *core)
{
    for (uint32_t p = 1; p < s->renamings.count; p++)
        row->hash[p] = server_hash(s, row, core, p);
    uint64_t *packed = mem_array(EX_PACK_BOUND(s->block_words), sizeof(*packed));
    row->packed_words = 0;
    if (row->host.up)
        row->packed_words = ex_pack((const void *)core, s->block_words, packed);
    row->packed = mem_dup(packed, row->packed_words * sizeof(*packed));
    mem_free(packed);
}

/* A server is told from others by its host's bytes and the core's fingerprint. What is new is made
 * ready without the lock: somebody else may have been quicker. */
uint32_t ex_space_server(struct ex_space *s, struct ex_row *row, const struct raft *core)
{
    row->hash[0] = server_hash(s, row, core, 0);
    uint32_t number = server_find(s, row);
    if (number != UINT32_MAX)
        return number;
    server_complete(s, row, core);
    (void)pthread_mutex_lock(&s->servers.lock);
    number = server_find(s, row);
    if (number == UINT32_MAX)
        number = ex_pool_add(&s->servers, row->hash[0], row);
    else
        mem_free((void *)(uintptr_t)row->packed);
    (void)pthread_mutex_unlock(&s->servers.lock);
    return number;
}

uint32_t ex_space_message(struct ex_space *s, const struct ex_message *m)
{
    struct ex_met met = {.message = *m,
                         .link = (uint32_t)((m->m.from - 1) * EX_SERVERS + m->m.to - 1)};
    met.hash[0] = ex_message_hash(m, &s->configs, &s->renamings, 0);
    uint32_t number = ex_pool_find(&s->messages, met.hash[0], m, sizeof(*m));
    if (number != UINT32_MAX)
        return number;
    for (uint32_t p = 1; p < s->renamings.count; p++)
        met.hash[p] = ex_message_hash(m, &s->configs, &s->renamings, p);
    (void)pthread_mutex_lock(&s->messages.lock);
    number = ex_pool_find(&s->messages, met.hash[0], m, sizeof(*m));
    if (number == UINT32_MAX)
        number = ex_pool_add(&s->messages, met.hash[0], &met);
    (void)pthread_mutex_unlock(&s->messages.lock);
    return number;
}

uint32_t ex_space_ghost(struct ex_space *s, const struct ex_ghost *g)
{
    struct ex_ghost_row row = {.ghost = *g};
    row.hash[0] = ex_ghost_hash(g, &s->configs, &s->renamings, 0);
    uint32_t number = ex_pool_find(&s->ghosts, row.hash[0], g, sizeof(*g));
    if (number != UINT32_MAX)
        return number;
    for (uint32_t p = 1; p < s->renamings.count; p++)
        row.hash[p] = ex_ghost_hash(g, &s->configs, &s->renamings, p);
    (void)pthread_mutex_lock(&s->ghosts.lock);
    number = ex_pool_find(&s->ghosts, row.hash[0], g, sizeof(*g));
    if (number == UINT32_MAX)
        number = ex_pool_add(&s->ghosts, row.hash[0], &row);
    (void)pthread_mutex_unlock(&s->ghosts.lock);
    return number;
}

uint8_t ex_space_config(struct ex_space *s, const struct raft_config *config)
{
    (void)pthread_mutex_lock(&s->configs_lock);
    uint8_t number = ex_configs_add(&s->configs, &s->renamings, config);
    (void)pthread_mutex_unlock(&s->configs_lock);
    return number;
}

const struct ex_row *ex_space_row(const struct ex_space *s, uint32_t server)
{
    return ex_pool_at(&s->servers, server);
}

const struct ex_met *ex_space_met(const struct ex_space *s, uint32_t message)
{
    return ex_pool_at(&s->messages, message);
}

const struct ex_ghost_row *ex_space_history(const struct ex_space *s, uint32_t ghost)
{
    return ex_pool_at(&s->ghosts, ghost);
}
