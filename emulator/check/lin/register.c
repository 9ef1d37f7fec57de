/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones. The operations of one value (its write and all reads of it) are consecutive in any legal
 * order. Let f be their least return and s their greatest call. Value v must come before u iff
 * f_v < s_u, so the history is illegal iff two values satisfy f_v < s_u and f_u < s_v, or some
 * operation of a value returned before its write was called. Without such a pair the relation is
 * acyclic, and laying the values in a topological order is a legal order. */
#include "emulator/check/lin/register.h"

#include "base/mem.h"

#define INITIAL 0 /* the cluster of the initial value */

struct zones {
    const struct lin_key *key;
    struct lin_scratch *scratch;
    struct lin_cluster *clusters; /* the scratch's */
    size_t count;
};

/* The cluster of a value, made when it is new. */
static uint32_t cluster_of(struct zones *z, uint32_t value)
{
    if (value == z->key->initial)
        return INITIAL;
    uint32_t *slot = &z->scratch->by_text[value];
    if (*slot == 0) {
        *slot = (uint32_t)z->count;
        z->clusters[z->count++] = (struct lin_cluster){
            .value = value, .f = HISTORY_NEVER, .w_pos = LIN_NONE, .failed_pos = LIN_NONE};
    }
    return *slot;
}

/* One operation. False when it is none of a register with unique writes. */
static bool take(struct zones *z, size_t i)
{
    uint32_t pos = z->key->pos[i];
    const struct history_op *op = lin_op(z->key, pos);
    bool writes = op->kind == HISTORY_WRITE;
    z->scratch->cluster_of[i] = LIN_NONE;
    if (!writes && op->kind != HISTORY_READ)
        return false;
    if (!lin_counts(op)) {
        if (writes)
            z->clusters[cluster_of(z, op->value)].failed_pos = pos;
        return true;
    }
    uint32_t at = cluster_of(z, writes ? op->value : op->result);
    struct lin_cluster *c = &z->clusters[at];
    z->scratch->cluster_of[i] = at;
    if (writes) {
        if (c->w_pos != LIN_NONE)
            return false;
        c->w_pos = pos;
    } else if (c->reads++ == 0) {
        c->r_pos = pos;
    }
    lin_cluster_extend(c, op, pos);
    return true;
}

static bool gather(struct zones *z)
{
    for (size_t i = 0; i < z->key->count; i++) {
        if (!take(z, i))
            return false;
    }
    return true;
}

/* Rules inside one value. Returns false at the first that is broken. */
static bool locally_legal(const struct zones *z, struct lin_finding *why)
{
    for (size_t i = INITIAL + 1; i < z->count; i++) {
        const struct lin_cluster *c = &z->clusters[i];
        if (c->reads > 0 && c->w_pos == LIN_NONE) {
            lin_explain_phantom(z->key, c, why);
            return false;
        }
    }
    for (size_t i = INITIAL + 1; i < z->count; i++) {
        const struct lin_cluster *c = &z->clusters[i];
        if (c->w_pos != LIN_NONE && c->f < lin_shifted(lin_op(z->key, c->w_pos)->call_ns)) {
            lin_explain_future(z->key, c, why);
            return false;
        }
    }
    return true;
}

static bool sweep(const struct zones *z, struct lin_finding *why)
{
    struct lin_conflict best;
    bool legal = lin_zones_legal(z->key, z->clusters, z->count, &best);
    if (!legal)
        lin_explain_conflict(z->key, &best, why);
    return legal;
}

static void make_room(struct lin_scratch *s, size_t count)
{
    if (s->clusters != NULL && s->operations >= count)
        return;
    s->operations = count + count / 2 + 1;
    s->clusters = mem_grow(s->clusters, s->operations + 1, sizeof(*s->clusters));
    s->cluster_of = mem_grow(s->cluster_of, s->operations, sizeof(*s->cluster_of));
}

enum lin_answer lin_register(const struct lin_key *key, struct lin_scratch *s,
                             struct lin_finding *why)
{
    make_room(s, key->count);
    struct zones z = {.key = key, .scratch = s, .clusters = s->clusters, .count = 1};
    z.clusters[INITIAL] = lin_cluster_initial(key);
    enum lin_answer answer = LIN_REFUSED;
    if (gather(&z))
        answer = locally_legal(&z, why) && sweep(&z, why) ? LIN_LEGAL : LIN_ILLEGAL;
    for (size_t i = INITIAL + 1; i < z.count; i++)
        s->by_text[z.clusters[i].value] = 0;
    s->clusters_count = z.count;
    return answer;
}
