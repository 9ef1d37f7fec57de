/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of operations that are consecutive in any legal order, and whether the groups can be
 * ordered: the pair rule, checked by one sweep. */
#include "emulator/check/lin/register.h"

#include "base/mem.h"
#include "emulator/check/lin/sort.h"

struct lin_cluster lin_cluster_initial(const struct lin_key *key)
{
    return (struct lin_cluster){.value = key->initial,
                                .w_pos = key->told != 0 ? key->told - 1 : LIN_NONE,
                                .f_pos = LIN_NONE,
                                .s_pos = LIN_NONE,
                                .failed_pos = LIN_NONE};
}

void lin_cluster_extend(struct lin_cluster *c, const struct history_op *op, uint32_t pos)
{
    if (lin_shifted(op->ret_ns) < c->f) {
        c->f = lin_shifted(op->ret_ns);
        c->f_pos = pos;
    }
    if (lin_shifted(op->call_ns) > c->s) {
        c->s = lin_shifted(op->call_ns);
        c->s_pos = pos;
    }
}

/* By the low ends of the zones and their directions, backward first on ties: low * 2, + 1 when
 * forward. Exactly the order of the sweep. */
static size_t zones_sorted(const struct lin_cluster *clusters, size_t count,
                           struct lin_timed *order)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct lin_cluster *c = &clusters[i];
        if (c->f == HISTORY_NEVER)
            continue; /* an unknown write that nobody saw, or a failed one */
        uint64_t low = c->f < c->s ? c->f : c->s;
        order[used++] = (struct lin_timed){low * 2 + (c->f < c->s), (uint32_t)i};
    }
    lin_sort(order, order + used, used);
    return used;
}

/* Two forward zones that overlap, or a backward zone strictly inside a forward one. All conflicts
 * are offered, so that the clearest one is told. */
bool lin_zones_legal(const struct lin_key *key, const struct lin_cluster *clusters, size_t count,
                     struct lin_conflict *ret_conflict)
{
    struct lin_timed *order = mem_array(2 * count, sizeof(*order));
    size_t used = zones_sorted(clusters, count, order);
    bool legal = true;
    uint64_t reach = 0;
    const struct lin_cluster *owner = NULL;
    for (size_t i = 0; i < used; i++) {
        const struct lin_cluster *c = &clusters[order[i].what];
        if (c->f < reach) {
            lin_conflict_offer(key, owner, c, legal, ret_conflict);
            legal = false;
        }
        if (c->f < c->s && c->s > reach) {
            reach = c->s;
            owner = c;
        }
    }
    mem_free(order);
    return legal;
}
