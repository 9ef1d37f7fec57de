/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/tree.h"

#include "kv/tree_node.h"

struct item *tree_find(const struct tree *t, struct tree_probe probe)
{
    const struct tree_node *node = t->root;
    while (node != NULL) {
        bool equal;
        size_t at = node_position(t, node, &probe, &equal);
        if (equal)
            return node->slots[at].item;
        node = node->leaf ? NULL : node->children[at];
    }
    return NULL;
}

struct item *tree_seek(const struct tree *t, struct tree_probe probe, bool after)
{
    struct item *best = NULL;
    const struct tree_node *node = t->root;
    while (node != NULL) {
        bool equal;
        size_t at = node_position(t, node, &probe, &equal);
        if (equal && !after)
            return node->slots[at].item;
        if (equal)
            at++;
        if (at < node->count)
            best = node->slots[at].item;
        node = node->leaf ? NULL : node->children[at];
    }
    return best;
}

static void insert_slot(struct tree_node *node, size_t at, struct slot slot)
{
    ASSERT(node->count < NODE_MAX && at <= node->count);
    memmove(&node->slots[at + 1], &node->slots[at], (node->count - at) * sizeof(node->slots[0]));
    node->slots[at] = slot;
    node->count++;
}

/* Splits the full child at `at` around its middle item, which moves up into the parent. */
static void split_child(struct tree_node *parent, size_t at)
{
    struct tree_node *left = parent->children[at];
    ASSERT(left->refs == 1 && left->count == NODE_MAX);
    struct tree_node *right = node_new(left->leaf);
    memcpy(right->slots, &left->slots[NODE_MIN + 1], NODE_MIN * sizeof(right->slots[0]));
    if (!left->leaf)
        memcpy(right->children, &left->children[NODE_MIN + 1],
               (NODE_MIN + 1) * sizeof(right->children[0]));
    left->count = right->count = NODE_MIN;
    memmove(&parent->children[at + 2], &parent->children[at + 1],
            (parent->count - at) * sizeof(parent->children[0]));
    parent->children[at + 1] = right;
    insert_slot(parent, at, left->slots[NODE_MIN]);
}

static void replace(struct tree_node *node, size_t at, struct item *item)
{
    struct item *old = node->slots[at].item;
    node->slots[at].item = item;
    item_unref(old);
}

/* From the root down, splitting full nodes on the way, so that the leaf always has room. */
void tree_put(struct tree *t, struct item *item)
{
    struct tree_probe probe = tree_probe_of(t->order, item);
    item->refs++;
    if (t->root == NULL)
        t->root = node_new(true);
    struct tree_node *node = node_own(&t->root);
    if (node->count == NODE_MAX) {
        node = node_new(false);
        node->children[0] = t->root;
        t->root = node;
        split_child(node, 0);
    }
    for (;;) {
        bool equal;
        size_t at = node_position(t, node, &probe, &equal);
        if (equal) {
            replace(node, at, item);
            return;
        }
        if (node->leaf) {
            insert_slot(node, at, (struct slot){tree_head(t->order, &probe), item});
            return;
        }
        if (node_own(&node->children[at])->count == NODE_MAX)
            split_child(node, at); /* and look again: the middle item now stands here */
        else
            node = node->children[at];
    }
}

struct tree tree_copy(struct tree *t)
{
    if (t->root != NULL)
        t->root->refs++;
    return *t;
}

void tree_drop(struct tree *t)
{
    if (t->root != NULL)
        node_unref(t->root);
    t->root = NULL;
}
