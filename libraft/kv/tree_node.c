/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/tree_node.h"

#include "base/mem.h"

#include <stdlib.h>

static size_t node_bytes(bool leaf)
{
    size_t children = leaf ? 0 : NODE_MAX + 1;
    return sizeof(struct tree_node) + children * sizeof(struct tree_node *);
}

struct tree_node *node_new(bool leaf)
{
    struct tree_node *node = mem_alloc(node_bytes(leaf));
    node->refs = 1;
    node->leaf = leaf;
    return node;
}

/* Recurses over levels, at most DEPTH_MAX. */
void node_unref(struct tree_node *node)
{
    ASSERT(node->refs > 0);
    if (--node->refs > 0)
        return;
    for (size_t i = 0; i < node->count; i++)
        item_unref(node->items[i]);
    for (size_t i = 0; !node->leaf && i <= node->count; i++)
        node_unref(node->children[i]);
    free(node);
}

struct tree_node *node_own(struct tree_node **slot)
{
    struct tree_node *old = *slot;
    if (old->refs == 1)
        return old;
    struct tree_node *node = mem_alloc(node_bytes(old->leaf));
    memcpy(node, old, node_bytes(old->leaf));
    node->refs = 1;
    for (size_t i = 0; i < node->count; i++)
        node->items[i]->refs++;
    for (size_t i = 0; !node->leaf && i <= node->count; i++)
        node->children[i]->refs++;
    old->refs--;
    *slot = node;
    return node;
}

int tree_compare(enum tree_order order, const struct tree_probe *probe, const struct item *item)
{
    if (order == TREE_BY_PLACE && probe->place != item->place)
        return probe->place < item->place ? -1 : 1;
    return span_compare(probe->key, item_key(item));
}

size_t node_position(const struct tree *t, const struct tree_node *node,
                     const struct tree_probe *probe, bool *ret_equal)
{
    size_t low = 0, high = node->count;
    *ret_equal = false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = tree_compare(t->order, probe, node->items[middle]);
        if (order == 0) {
            *ret_equal = true;
            return middle;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Walks one node and what is below it; *last is the greatest item met so far. */
static const char *problem_below(const struct tree *t, const struct tree_node *node, size_t depth,
                                 size_t *leaf_depth, const struct item **last)
{
    if (depth > DEPTH_MAX)
        return "too deep";
    if (node->refs == 0 || node->count > NODE_MAX || node->count == 0)
        return "a node without references or items, or with too many";
    if (node != t->root && node->count < NODE_MIN)
        return "a node with too few items";
    if (node->leaf && *leaf_depth != 0 && *leaf_depth != depth)
        return "leaves of different depth";
    if (node->leaf)
        *leaf_depth = depth;
    for (size_t i = 0; i <= node->count; i++) {
        const char *problem =
            node->leaf ? NULL : problem_below(t, node->children[i], depth + 1, leaf_depth, last);
        if (problem != NULL)
            return problem;
        if (i == node->count)
            break;
        struct tree_probe probe = {item_key(node->items[i]), node->items[i]->place};
        if (node->items[i]->refs == 0)
            return "an item without references";
        if (*last != NULL && tree_compare(t->order, &probe, *last) <= 0)
            return "items out of order";
        *last = node->items[i];
    }
    return NULL;
}

const char *tree_problem(const struct tree *t)
{
    size_t leaf_depth = 0;
    const struct item *last = NULL;
    return t->root == NULL ? NULL : problem_below(t, t->root, 1, &leaf_depth, &last);
}
