/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files that judge transactions. */
#ifndef EMULATOR_CHECK_TXN_INSIDE_H
#define EMULATOR_CHECK_TXN_INSIDE_H

#include "emulator/check/txn/graph.h"
#include "emulator/check/txn/txn.h"

#define TXN_NONE UINT32_MAX

/* What is worked out about them. Arrays are owned. */
struct txn_judging {
    const struct txns *t;
    struct check_result *res;
    uint32_t *owner;    /* by part: its transaction */
    uint32_t *appender; /* open addressing by (key, element): part + 1 */
    size_t appender_cap;
    uint32_t *longest; /* by key: part + 1 of the longest read */
    uint32_t *place;   /* by part: where the append stands in the list that was read; 0 = nowhere */
    bool *in;          /* by transaction: it takes part */
    uint32_t *late;    /* by key: the first append that no list shows, + 1 */
    uint32_t *late_last; /* the last, + 1 */
    uint32_t *late_next; /* by part: the next of its key, + 1 */
    uint32_t *late_prev; /* the one before, + 1 */
    struct txn_graph graph;
    uint32_t *before; /* by part that is unseen: the node that leads to it and all before it */
    uint32_t *after;  /* the node that leads to it and all behind it */
};

static inline const struct txn_part *txn_part_at(const struct txn_judging *j, uint32_t part)
{
    return &j->t->parts[part];
}

/* The transaction that appended the i-th element of what was read. */
uint32_t txn_writer(const struct txn_judging *j, const struct txn_part *read, uint32_t i);

/* Fills the graph, and counts the reads that tell something. */
void txn_order(struct txn_judging *j);

#endif
