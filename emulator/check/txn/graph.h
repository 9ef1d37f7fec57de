/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must come before what: a graph of transactions and of helping nodes, and its cycles. */
#ifndef EMULATOR_CHECK_TXN_GRAPH_H
#define EMULATOR_CHECK_TXN_GRAPH_H

#include "base/must.h"

enum txn_why {
    TXN_WW,   /* its append comes later in the list */
    TXN_WR,   /* it read the other's append */
    TXN_RW,   /* it appended what the other had not read */
    TXN_TIME, /* it was called after the other had returned */
    TXN_HELP  /* from a helping node */
};

struct txn_edge {
    uint32_t from;
    uint32_t to;
    uint32_t key; /* number of a text; 0 = none */
    enum txn_why why;
};

/* Nodes below `real` are transactions, the others help to say much with few edges. All-zero but for
 * real and nodes is a graph without edges. */
struct txn_graph {
    uint32_t real;
    uint32_t nodes;
    struct txn_edge *edges; /* owned */
    size_t count;
    size_t cap;
    uint32_t *start; /* owned; after txn_graph_sort: edges of node n are start[n]..start[n + 1] */
};

void txn_graph_free(struct txn_graph *g);
uint32_t txn_graph_help(struct txn_graph *g); /* a new helping node */
void txn_graph_edge(struct txn_graph *g, uint32_t from, uint32_t to, uint32_t key,
                    enum txn_why why);

#define TXN_CYCLE_MAX 6

/* An edge from a transaction to the next; helping nodes between them are left out. */
struct txn_cycle {
    struct txn_edge edges[TXN_CYCLE_MAX];
    size_t count; /* all of them: more than TXN_CYCLE_MAX are not kept */
};

/* True if two transactions must each come before the other; then a short cycle. Linear, without
 * recursion; the search for a short cycle is bounded. */
bool txn_graph_cycle(struct txn_graph *g, struct txn_cycle *ret);

#endif
