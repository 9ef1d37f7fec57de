/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must come before what: in the lists, in what was read of them, and in time. */
#include "emulator/check/txn/inside.h"

#include "base/mem.h"
#include "base/sort.h"

/* The appends of a key that no list shows come behind all that is shown, in an order of their own:
 * every one of them can be reached through `after` of those before it and `before` of those behind.
 * Two nodes each, instead of an edge from every reader to every append. */
static void line_up_late(struct txn_judging *j)
{
    const struct txns *t = j->t;
    for (uint32_t p = 0; p < t->parts_count; p++) {
        const struct txn_part *part = txn_part_at(j, p);
        if (part->element == 0 || j->place[p] != 0 || !j->in[j->owner[p]])
            continue;
        uint32_t last = j->late_last[part->key];
        j->before[p] = txn_graph_help(&j->graph);
        j->after[p] = txn_graph_help(&j->graph);
        txn_graph_edge(&j->graph, j->before[p], j->owner[p], part->key, TXN_HELP);
        txn_graph_edge(&j->graph, j->after[p], j->owner[p], part->key, TXN_HELP);
        if (last == 0) {
            j->late[part->key] = p + 1;
        } else {
            j->late_next[last - 1] = p + 1;
            j->late_prev[p] = last;
            txn_graph_edge(&j->graph, j->before[p], j->before[last - 1], part->key, TXN_HELP);
            txn_graph_edge(&j->graph, j->after[last - 1], j->after[p], part->key, TXN_HELP);
        }
        j->late_last[part->key] = p + 1;
    }
}

/* From a transaction to all that append to the key what no list shows; not to itself. */
static void before_late(struct txn_judging *j, uint32_t txn, uint32_t key)
{
    const struct txn *t = &j->t->at[txn];
    uint32_t first = j->late[key];
    uint32_t own_first = TXN_NONE;
    uint32_t own_last = TXN_NONE;
    for (uint32_t p = t->part; p < t->part + t->parts; p++) {
        if (txn_part_at(j, p)->key != key || j->before[p] == TXN_NONE)
            continue;
        own_first = own_first == TXN_NONE ? p : own_first;
        own_last = p;
    }
    if (first == 0)
        return;
    if (own_first == TXN_NONE) {
        txn_graph_edge(&j->graph, txn, j->after[first - 1], key, TXN_RW);
        return;
    }
    /* Parts stand in the order of transactions: its own are neighbours in the line. */
    uint32_t next = j->late_next[own_last];
    uint32_t prev = j->late_prev[own_first];
    if (next != 0)
        txn_graph_edge(&j->graph, txn, j->after[next - 1], key, TXN_RW);
    if (prev != 0)
        txn_graph_edge(&j->graph, txn, j->before[prev - 1], key, TXN_RW);
}

/* Whoever read the whole list stands between its last append and those no list shows. */
static void order_of_lists(struct txn_judging *j)
{
    for (uint32_t key = 1; key < j->t->texts.count; key++) {
        if (j->longest[key] == 0)
            continue;
        const struct txn_part *read = txn_part_at(j, j->longest[key] - 1);
        for (uint32_t i = 0; i + 1 < read->count; i++)
            txn_graph_edge(&j->graph, txn_writer(j, read, i), txn_writer(j, read, i + 1), key,
                           TXN_WW);
    }
}

static void order_of_reads(struct txn_judging *j)
{
    for (uint32_t p = 0; p < j->t->parts_count; p++) {
        const struct txn_part *read = txn_part_at(j, p);
        if (read->element != 0 || !read->known)
            continue;
        const struct txn_part *longest = txn_part_at(j, j->longest[read->key] - 1);
        uint32_t txn = j->owner[p];
        j->res->seen++;
        if (read->count > 0)
            txn_graph_edge(&j->graph, txn_writer(j, read, read->count - 1), txn, read->key, TXN_WR);
        if (read->count < longest->count)
            txn_graph_edge(&j->graph, txn, txn_writer(j, longest, read->count), read->key, TXN_RW);
        else
            before_late(j, txn, read->key);
    }
}

struct call {
    uint64_t t_ns;
    uint32_t txn;
};

static int by_time(const void *a, const void *b)
{
    uint64_t x = ((const struct call *)a)->t_ns, y = ((const struct call *)b)->t_ns;
    return (x > y) - (x < y);
}

/* A node for every call, in their order, each leading to its transaction and to the next node; who
 * has returned leads to the first call after that. */
static void order_of_time(struct txn_judging *j)
{
    struct call *calls = mem_array(j->t->count, sizeof(*calls));
    uint32_t count = 0;
    for (uint32_t i = 0; i < j->t->count; i++) {
        if (j->in[i])
            calls[count++] = (struct call){j->t->at[i].call_ns, i};
    }
    sort_array(calls, count, sizeof(*calls), by_time);
    uint32_t base = j->graph.nodes;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = txn_graph_help(&j->graph);
        txn_graph_edge(&j->graph, node, calls[i].txn, 0, TXN_HELP);
        if (i > 0)
            txn_graph_edge(&j->graph, node - 1, node, 0, TXN_HELP);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t low = 0;
        uint32_t high = count;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (calls[middle].t_ns > j->t->at[calls[i].txn].ret_ns)
                high = middle;
            else
                low = middle + 1;
        }
        if (low < count)
            txn_graph_edge(&j->graph, calls[i].txn, base + low, 0, TXN_TIME);
    }
    mem_free(calls);
}

void txn_order(struct txn_judging *j)
{
    line_up_late(j);
    order_of_lists(j);
    order_of_reads(j);
    order_of_time(j);
}
