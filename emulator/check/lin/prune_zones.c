/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registers without cas: the values are the clusters by which they were judged. */
#include "emulator/check/lin/prune.h"
#include "emulator/check/lin/register.h"

#define INITIAL LIN_PRUNE_INITIAL

uint32_t lin_prune_newest(const struct lin_cluster *clusters, size_t count, uint64_t since_ns)
{
    uint32_t v = INITIAL;
    for (uint32_t i = 1; i < count; i++) {
        const struct lin_cluster *c = &clusters[i];
        if (c->f < lin_shifted(since_ns) && (v == INITIAL || c->s > clusters[v].s))
            v = i;
    }
    return v;
}

uint64_t lin_prune_reach(const struct lin_cluster *clusters, size_t count, uint32_t v)
{
    uint64_t reach = clusters[v].s;
    for (uint64_t before = 0; before != reach;) {
        before = reach;
        for (uint32_t i = 0; i < count; i++) {
            const struct lin_cluster *c = &clusters[i];
            if (i != v && c->f < before && c->s > reach)
                reach = c->s;
        }
    }
    return reach;
}

bool lin_prune_zones(const struct lin_key *key, uint64_t since_ns, const struct lin_scratch *s,
                     struct lin_pruned *ret)
{
    uint32_t v = lin_prune_newest(s->clusters, s->clusters_count, since_ns);
    if (v == INITIAL)
        return false;
    uint64_t reach = lin_prune_reach(s->clusters, s->clusters_count, v);
    for (size_t i = 0; i < key->count; i++) {
        uint32_t pos = key->pos[i];
        uint32_t at = s->cluster_of[i];
        const struct lin_cluster *c = &s->clusters[at == LIN_NONE ? INITIAL : at];
        bool stays = at == LIN_NONE ? lin_is_pending(lin_op(key, pos))
                     : at == v      ? pos == c->w_pos || pos == c->f_pos || pos == c->s_pos
                                    : c->f >= reach;
        if (stays)
            ret->pos[ret->count++] = pos;
    }
    return true;
}
