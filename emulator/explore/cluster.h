/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole cluster at one moment: its servers, what is on the way, what has been, what is left. */
#ifndef EXPLORE_CLUSTER_H
#define EXPLORE_CLUSTER_H

#include "emulator/explore/turn.h"

#define EX_MESSAGES 64 /* on their way at most: more are outside the bounds */

struct ex_cluster {
    uint32_t server[EX_SERVERS]; /* by number; beyond the space's servers_count: 0 */
    uint32_t ghost;
    uint8_t left[EX_BUDGETS_COUNT];
    uint16_t count;
    uint32_t message[EX_MESSAGES]; /* rising numbers; equal ones are several of that message */
};

/* All servers at their first start. */
void ex_cluster_begin(struct ex_cluster *c, struct ex_space *space);

/* As bytes, for the frontier. Returns how many; out has EX_RECORD_MAX. */
#define EX_RECORD_MAX (EX_SERVERS * 4 + 4 + EX_BUDGETS_COUNT + 1 + EX_MESSAGES * 4)
size_t ex_cluster_write(const struct ex_cluster *c, const struct ex_space *space, uint8_t *out);
void ex_cluster_read(struct ex_cluster *c, const struct ex_space *space, const uint8_t *bytes);

/* Sums over everything in it, one for each renaming: what comes and goes is added and taken away.
 */
struct ex_sums {
    uint64_t of[EX_RENAMINGS];
};
void ex_cluster_sums(const struct ex_cluster *c, const struct ex_space *space, struct ex_sums *ret);
uint64_t ex_budget_hash(enum ex_budget budget, uint8_t left);
/* Equal for states that differ by a renaming only. */
uint64_t ex_sums_fingerprint(const struct ex_sums *s, uint32_t renamings);

#endif
