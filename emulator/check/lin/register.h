/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones: clusters of operations, their order, and the sentences about what is wrong with it. */
#ifndef EMULATOR_CHECK_LIN_REGISTER_H
#define EMULATOR_CHECK_LIN_REGISTER_H

#include "emulator/check/lin/lin.h"

/* A value: its write and all reads of it. Times are shifted by one: 0 is before everything. */
struct lin_cluster {
    uint64_t f; /* least return; HISTORY_NEVER while nothing returned */
    uint64_t s; /* greatest call */
    uint32_t value;
    uint32_t f_pos;
    uint32_t s_pos;
    uint32_t w_pos;      /* the write, or who told of the initial value; LIN_NONE */
    uint32_t r_pos;      /* the first read, if reads > 0 */
    uint32_t failed_pos; /* a write of this value that was refused; LIN_NONE */
    uint32_t reads;
};

/* x and y must each come before the other. */
struct lin_conflict {
    uint64_t known_ns; /* when the last of its operations had returned */
    const struct lin_cluster *x;
    const struct lin_cluster *y;
};

/* t + 1, so that 0 is before everything; HISTORY_NEVER stays. */
static inline uint64_t lin_shifted(uint64_t t_ns)
{
    return t_ns == HISTORY_NEVER ? HISTORY_NEVER : t_ns + 1;
}
/* What the key held before all operations. */
struct lin_cluster lin_cluster_initial(const struct lin_key *key);
/* Makes the operation part of the cluster. */
void lin_cluster_extend(struct lin_cluster *c, const struct history_op *op, uint32_t pos);
/* Can the clusters be ordered? Else two that cannot. The initial one has f = 0. O(n log n). */
bool lin_zones_legal(const struct lin_key *key, const struct lin_cluster *clusters, size_t count,
                     struct lin_conflict *ret_conflict);

/* Keeps the conflict that was known earliest; first: nothing was kept before. */
void lin_conflict_offer(const struct lin_key *key, const struct lin_cluster *x,
                        const struct lin_cluster *y, bool first, struct lin_conflict *best);
void lin_explain_conflict(const struct lin_key *key, const struct lin_conflict *c,
                          struct lin_finding *why);
void lin_explain_phantom(const struct lin_key *key, const struct lin_cluster *c,
                         struct lin_finding *why);
void lin_explain_future(const struct lin_key *key, const struct lin_cluster *c,
                        struct lin_finding *why);

#endif
