/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes of the B-tree: what insertion and removal share. */
#ifndef KV_TREE_NODE_H
#define KV_TREE_NODE_H

#include "kv/tree.h"

/* Every node but the root has at least NODE_MIN items, so a tree of 2^32 items is at most 8 deep
 * and recursion over levels is bounded. */
#define NODE_MIN  15
#define NODE_MAX  (2 * NODE_MIN + 1)
#define DEPTH_MAX 16

/* An item and, beside it, what comparisons mostly need of it, so that they do not have to fetch
 * it: its place, or the first eight bytes of its key as a big-endian number (tree_head). */
struct slot {
    uint64_t head;
    struct item *item;
};

/* Invariants: items ascend; an inner node has count + 1 children, whose items lie between its own;
 * all leaves are equally deep. A leaf is allocated without room for children. */
struct tree_node {
    uint32_t refs; /* trees and nodes that point here */
    uint16_t count;
    bool leaf;
    struct slot slots[NODE_MAX];
    struct tree_node *children[];
};

struct tree_node *node_new(bool leaf);
void node_unref(struct tree_node *node);
/* Makes the node in *slot this tree's own, cloning it if others hold it too. */
struct tree_node *node_own(struct tree_node **slot);
/* The first position whose item is >= the probe; *ret_equal: it is equal. */
size_t node_position(const struct tree *t, const struct tree_node *node,
                     const struct tree_probe *probe, bool *ret_equal);

/* Different heads decide the order, equal ones leave it to the keys. */
uint64_t tree_head(enum tree_order order, const struct tree_probe *probe);

#endif
