/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/cluster.h"

#include "base/prng.h"

#include <string.h>

/* Who is what at the beginning: voters 1..servers, then learners; other spares know of nobody. */
static uint8_t first_config(struct ex_space *space)
{
    struct raft_config c = {0};
    const struct ex_bounds *b = &space->bounds;
    for (uint32_t id = 1; id <= b->servers + b->learners; id++)
        c.members[c.count++] =
            (struct raft_member){.id = id, .flags = id <= b->servers ? RAFT_VOTER : 0};
    return ex_space_config(space, &c);
}

/* A sole voter leads from the beginning. */
static void crown(struct ex_ghost *g, const struct ex_row *row)
{
    if (row->role != RAFT_LEADER)
        return;
    g->leader[row->term] = row->host.id;
    g->committed = row->commit;
    for (uint32_t i = 0; i < g->committed; i++) {
        g->entry[i] = *ex_log_at(&row->host.disk.log, i + 1);
        g->in_term[i] = row->term;
    }
}

void ex_cluster_begin(struct ex_cluster *c, struct ex_space *space)
{
    static const struct raft_config nobody;
    memset(c, 0, sizeof(*c));
    const struct ex_bounds *b = &space->bounds;
    uint8_t config = first_config(space), none = ex_space_config(space, &nobody);
    struct ex_turn turn;
    struct ex_ghost ghost;
    memset(&ghost, 0, sizeof(ghost));
    ex_turn_init(&turn, space);
    for (uint32_t i = 0; i < space->servers_count; i++) {
        ex_turn_begin(&turn, (uint8_t)(i + 1), i < b->servers + b->learners ? config : none);
        ASSERT((turn.flags & (EX_BEYOND | EX_BROKEN)) == 0 && turn.sent_count == 0);
        c->server[i] = ex_turn_server(&turn);
        crown(&ghost, &turn.row);
    }
    ex_turn_free(&turn);
    c->ghost = ex_space_ghost(space, &ghost);
    memcpy(c->left, b->budget, sizeof(c->left));
}

size_t ex_cluster_write(const struct ex_cluster *c, const struct ex_space *space, uint8_t *out)
{
    uint8_t *at = out;
    size_t servers = space->servers_count * sizeof(c->server[0]);
    memcpy(at, c->server, servers);
    at += servers;
    memcpy(at, &c->ghost, sizeof(c->ghost));
    at += sizeof(c->ghost);
    memcpy(at, c->left, sizeof(c->left));
    at += sizeof(c->left);
    *at++ = (uint8_t)c->count;
    memcpy(at, c->message, c->count * sizeof(c->message[0]));
    at += c->count * sizeof(c->message[0]);
    return (size_t)(at - out);
}

void ex_cluster_read(struct ex_cluster *c, const struct ex_space *space, const uint8_t *bytes)
{
    size_t servers = space->servers_count * sizeof(c->server[0]);
    memset(c->server, 0, sizeof(c->server));
    memcpy(c->server, bytes, servers);
    bytes += servers;
    memcpy(&c->ghost, bytes, sizeof(c->ghost));
    bytes += sizeof(c->ghost);
    memcpy(c->left, bytes, sizeof(c->left));
    bytes += sizeof(c->left);
    c->count = *bytes++;
    memcpy(c->message, bytes, c->count * sizeof(c->message[0]));
}

uint64_t ex_budget_hash(enum ex_budget budget, uint8_t left)
{
    return prng_mix(0xb0d6e7u + ((uint64_t)budget << 8 | left) * 0x9e3779b97f4a7c15u);
}

void ex_cluster_sums(const struct ex_cluster *c, const struct ex_space *space, struct ex_sums *ret)
{
    uint64_t budgets = 0;
    for (uint32_t b = 0; b < EX_BUDGETS_COUNT; b++)
        budgets += ex_budget_hash((enum ex_budget)b, c->left[b]);
    const struct ex_ghost_row *ghost = ex_space_history(space, c->ghost);
    for (uint32_t p = 0; p < space->renamings.count; p++) {
        uint64_t sum = budgets + ghost->hash[p];
        for (uint32_t i = 0; i < space->servers_count; i++)
            sum += ex_space_row(space, c->server[i])->hash[p];
        for (uint32_t i = 0; i < c->count; i++)
            sum += ex_space_met(space, c->message[i])->hash[p];
        ret->of[p] = sum;
    }
}

uint64_t ex_sums_fingerprint(const struct ex_sums *s, uint32_t renamings)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t p = 0; p < renamings; p++) {
        uint64_t f = prng_mix(s->of[p]);
        least = f < least ? f : least;
    }
    return least;
}
