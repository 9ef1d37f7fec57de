/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole cluster at one moment: its servers, what is on the way, what has been, what is left. */
#ifndef EXPLORE_CLUSTER_H
#define EXPLORE_CLUSTER_H

#include "emulator/explore/fpset.h"
#include "emulator/explore/turn.h"

/* From each server to each other one there is a queue, oldest first: the messages of message[], by
 * rising links. Behind them, by rising numbers, are the strays: those that later ones of their link
 * have overtaken without their being lost, and second copies. A stray arrives at any time, or
 * never. */
struct ex_cluster {
    uint32_t server[EX_SERVERS]; /* by number; beyond the space's servers_count: 0 */
    uint32_t ghost;
    uint8_t left[EX_BUDGETS_COUNT];
    uint8_t count;  /* messages in queues */
    uint8_t strays; /* and behind them */
    uint32_t message[EX_MESSAGES];
};

/* All servers at their first start. */
void ex_cluster_begin(struct ex_cluster *c, struct ex_space *space);

/* What its servers are, by place; beyond servers_count nothing is filled in. */
void ex_cluster_rows(const struct ex_cluster *c, const struct ex_space *space,
                     const struct ex_row *ret[EX_SERVERS]);

/* As bytes, for the frontier. Returns how many; out has EX_RECORD_MAX. */
#define EX_RECORD_MAX (EX_SERVERS * 4 + 4 + EX_BUDGETS_COUNT + 2 + EX_MESSAGES * 4)
size_t ex_cluster_write(const struct ex_cluster *c, const struct ex_space *space, uint8_t *out);
void ex_cluster_read(struct ex_cluster *c, const struct ex_space *space, const uint8_t *bytes);

/* At the end of its queue; where that is. False: there are too many. */
bool ex_cluster_post(struct ex_cluster *c, const struct ex_space *space, uint32_t message,
                     uint32_t *ret_at) MUST_CHECK;
/* A stray more. */
bool ex_cluster_stray(struct ex_cluster *c, uint32_t message) MUST_CHECK;
/* The one at a place of message[] goes. */
void ex_cluster_take(struct ex_cluster *c, uint32_t at);

/* Sums over everything in it, one for each renaming: what changes is added and taken away. */
struct ex_sums {
    uint64_t of[EX_RENAMINGS];     /* but for messages */
    uint64_t on_way[EX_RENAMINGS]; /* messages */
};
void ex_cluster_sums(const struct ex_cluster *c, const struct ex_space *space, struct ex_sums *ret);
/* Of c, which came of another one whose sums are given. */
void ex_cluster_sums_from(const struct ex_cluster *c, const struct ex_cluster *from,
                          const struct ex_space *space, struct ex_sums *sums);
/* Of c, whose sums are given. Equal for states that differ by a renaming only. */
struct fingerprint ex_cluster_fingerprint(const struct ex_cluster *c, const struct ex_space *space,
                                          const struct ex_sums *sums);

#endif
