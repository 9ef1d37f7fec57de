/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/tree_node.h"

#include "base/mem.h"

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
        item_unref(node->slots[i].item);
    for (size_t i = 0; !node->leaf && i <= node->count; i++)
        node_unref(node->children[i]);
    mem_free(node);
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
        node->slots[i].item->refs++;
    for (size_t i = 0; !node->leaf && i <= node->count; i++)
        node->children[i]->refs++;
    old->refs--;
    *slot = node;
    return node;
}

struct tree_probe tree_probe_of(enum tree_order order, const struct item *item)
{
    return (struct tree_probe){.key = item_key(item),
                               .place = order == TREE_BY_EXPIRY ? item->expires_ns : item->place};
}

uint64_t tree_head(enum tree_order order, const struct tree_probe *probe)
{
    if (order != TREE_BY_KEY)
        return probe->place;
    uint64_t head = 0;
    for (size_t i = 0; i < 8; i++)
        head = head << 8 | (i < probe->key.len ? (unsigned char)probe->key.data[i] : 0);
    return head;
}

static int compare(uint64_t head, const struct tree_probe *probe, const struct slot *slot)
{
    if (head != slot->head)
        return head < slot->head ? -1 : 1;
    return span_compare(probe->key, item_key(slot->item));
}

size_t node_position(const struct tree *t, const struct tree_node *node,
                     const struct tree_probe *probe, bool *ret_equal)
{
    uint64_t head = tree_head(t->order, probe);
    size_t low = 0, high = node->count;
    *ret_equal = false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare(head, probe, &node->slots[middle]);
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

static const char *slot_problem(const struct tree *t, const struct slot *slot,
                                const struct slot *last)
{
    struct tree_probe probe = tree_probe_of(t->order, slot->item);
    if (slot->item->refs == 0)
        return "an item without references";
    if (slot->head != tree_head(t->order, &probe))
        return "a slot with a wrong head";
    if (last != NULL && compare(slot->head, &probe, last) <= 0)
        return "items out of order";
    return NULL;
}

/* Walks one node and what is below it; *last is the greatest slot met so far. */
static const char *problem_below(const struct tree *t, const struct tree_node *node, size_t depth,
                                 size_t *leaf_depth, const struct slot **last)
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
    const char *problem = NULL;
    for (size_t i = 0; problem == NULL && i <= node->count; i++) {
        if (!node->leaf)
            problem = problem_below(t, node->children[i], depth + 1, leaf_depth, last);
        if (problem == NULL && i < node->count) {
            problem = slot_problem(t, &node->slots[i], *last);
            *last = &node->slots[i];
        }
    }
    return problem;
}

const char *tree_problem(const struct tree *t)
{
    size_t leaf_depth = 0;
    const struct slot *last = NULL;
    return t->root == NULL ? NULL : problem_below(t, t->root, 1, &leaf_depth, &last);
}
