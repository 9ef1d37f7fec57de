/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/configs.h"

#include "base/prng.h"

void ex_configs_init(struct ex_configs *c)
{
    c->count = 1;
    c->at[0] = (struct raft_config){0};
    for (uint32_t p = 0; p < EX_RENAMINGS; p++)
        c->hash[0][p] = 0;
}

static bool equal(const struct raft_config *a, const struct raft_config *b)
{
    bool same = a->count == b->count && a->joint == b->joint;
    for (uint32_t i = 0; i < a->count && same; i++) {
        const struct raft_member *m = &a->members[i], *n = &b->members[i];
        same = m->id == n->id && m->flags == n->flags && m->priority == n->priority;
    }
    return same;
}

static uint64_t hash(const struct raft_config *c, const uint8_t *of)
{
    uint64_t sum = c->joint;
    for (uint32_t i = 0; i < c->count; i++)
        sum += prng_mix((uint64_t)of[c->members[i].id] << 32 | c->members[i].flags);
    return prng_mix(sum);
}

uint8_t ex_configs_add(struct ex_configs *c, const struct ex_renamings *renamings,
                       const struct raft_config *config)
{
    for (uint32_t i = 1; i < c->count; i++) {
        if (equal(&c->at[i], config))
            return (uint8_t)i;
    }
    if (c->count == EX_CONFIGS)
        return 0;
    c->at[c->count] = *config;
    for (uint32_t p = 0; p < renamings->count; p++)
        c->hash[c->count][p] = hash(config, renamings->of[p]);
    return (uint8_t)c->count++;
}

const struct raft_member *ex_config_member(const struct raft_config *c, uint64_t id)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->members[i].id == id)
            return &c->members[i];
    }
    return NULL;
}

bool ex_config_votes(const struct raft_config *c, uint64_t id)
{
    const struct raft_member *m = ex_config_member(c, id);
    return m != NULL && (m->flags & (RAFT_VOTER | RAFT_VOTER_OLD)) != 0;
}

static bool half_quorum(const struct raft_config *c, uint32_t half, uint32_t set)
{
    uint32_t voters = 0, have = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        if ((c->members[i].flags & half) == 0)
            continue;
        voters++;
        have += set >> (c->members[i].id - 1) & 1;
    }
    return voters == 0 || 2 * have > voters;
}

bool ex_config_quorum(const struct raft_config *c, uint32_t set)
{
    return half_quorum(c, RAFT_VOTER, set) && half_quorum(c, RAFT_VOTER_OLD, set);
}
