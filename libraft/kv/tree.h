/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ordered set of items: a B-tree whose copies share nodes until one of them changes. */
#ifndef KV_TREE_H
#define KV_TREE_H

#include "kv/item.h"

enum tree_order {
    TREE_BY_KEY,    /* bytewise */
    TREE_BY_PLACE,  /* by place, then by key */
    TREE_BY_EXPIRY, /* by the time it expires, then by key */
};

/* All-zero but for the order is an empty tree. A node is changed only while this tree alone holds
 * it (refs == 1); otherwise it is cloned first, so a copy costs one count and a write after it one
 * path. */
struct tree {
    enum tree_order order;
    struct tree_node *root; /* NULL: empty */
};

/* What to look for. */
struct tree_probe {
    struct span key;
    uint64_t place; /* BY_PLACE: that; BY_EXPIRY: the time; BY_KEY: ignored */
};

/* Where in such a tree an item stands; borrows its key. */
struct tree_probe tree_probe_of(enum tree_order order, const struct item *item);

/* The item with this key, or NULL. */
struct item *tree_find(const struct tree *t, struct tree_probe probe);
/* The first item at or (after == true) behind the probe's position; NULL at the end. */
struct item *tree_seek(const struct tree *t, struct tree_probe probe, bool after);

/* Inserts, or replaces the item of equal key; takes a reference of its own. */
void tree_put(struct tree *t, struct item *item);
/* False if there is no such key. */
bool tree_remove(struct tree *t, struct tree_probe probe);

struct tree tree_copy(struct tree *t); /* drop both */
void tree_drop(struct tree *t);        /* leaves it empty */

/* NULL, or which rule of a B-tree does not hold (tests). */
const char *tree_problem(const struct tree *t);

#endif
