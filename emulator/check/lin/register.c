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
    struct lin_cluster *clusters; /* owned */
    size_t count;
};

/* The cluster of a value, made when it is new. */
static struct lin_cluster *cluster_of(struct zones *z, uint32_t value)
{
    if (value == z->key->initial)
        return &z->clusters[INITIAL];
    uint32_t *slot = &z->scratch->by_text[value];
    if (*slot == 0) {
        *slot = (uint32_t)z->count;
        z->clusters[z->count++] = (struct lin_cluster){
            .value = value, .f = HISTORY_NEVER, .w_pos = LIN_NONE, .failed_pos = LIN_NONE};
    }
    return &z->clusters[*slot];
}

/* False when the operations are not a register with unique writes. */
static bool gather(struct zones *z)
{
    for (size_t i = 0; i < z->key->count; i++) {
        uint32_t pos = z->key->pos[i];
        const struct history_op *op = lin_op(z->key, pos);
        if (op->kind != HISTORY_READ && op->kind != HISTORY_WRITE)
            return false;
        if (op->kind == HISTORY_WRITE && op->outcome == HISTORY_FAIL) {
            cluster_of(z, op->value)->failed_pos = pos;
            continue;
        }
        if (!lin_counts(op))
            continue;
        struct lin_cluster *c = cluster_of(z, op->kind == HISTORY_WRITE ? op->value : op->result);
        if (op->kind == HISTORY_WRITE) {
            if (c->w_pos != LIN_NONE)
                return false;
            c->w_pos = pos;
        } else if (c->reads++ == 0) {
            c->r_pos = pos;
        }
        lin_cluster_extend(c, op, pos);
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

enum lin_answer lin_register(const struct lin_key *key, struct lin_scratch *s,
                             struct lin_finding *why)
{
    struct zones z = {.key = key, .scratch = s, .count = 1};
    z.clusters = mem_array(key->count + 1, sizeof(*z.clusters));
    z.clusters[INITIAL] = lin_cluster_initial(key);
    enum lin_answer answer = LIN_REFUSED;
    if (gather(&z))
        answer = locally_legal(&z, why) && sweep(&z, why) ? LIN_LEGAL : LIN_ILLEGAL;
    for (size_t i = INITIAL + 1; i < z.count; i++)
        s->by_text[z.clusters[i].value] = 0;
    mem_free(z.clusters);
    return answer;
}
