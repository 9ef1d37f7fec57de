/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Removal, from the root down: every node entered has one item more than the minimum, so that
 * losing one never has to be repaired upwards. */
#include "base/mem.h"
#include "kv/tree_node.h"

static struct slot take_slot(struct tree_node *node, size_t at)
{
    struct slot slot = node->slots[at];
    node->count--;
    memmove(&node->slots[at], &node->slots[at + 1], (node->count - at) * sizeof(node->slots[0]));
    return slot;
}

/* Pours the item at `at` and the child right of it into the child left of it, both at minimum. */
static void merge(struct tree_node *parent, size_t at)
{
    struct tree_node *left = node_own(&parent->children[at]);
    struct tree_node *right = node_own(&parent->children[at + 1]);
    ASSERT(left->count + right->count < NODE_MAX);
    if (!left->leaf)
        memcpy(&left->children[left->count + 1], right->children,
               (right->count + 1u) * sizeof(left->children[0]));
    memmove(&parent->children[at + 1], &parent->children[at + 2],
            (parent->count - at - 1) * sizeof(parent->children[0]));
    left->slots[left->count] = take_slot(parent, at);
    memcpy(&left->slots[left->count + 1], right->slots, right->count * sizeof(left->slots[0]));
    left->count = (uint16_t)(left->count + right->count + 1);
    mem_free(right); /* everything in it has moved */
}

/* The child at `at` gets an item from its left sibling, through the parent. */
static void borrow_left(struct tree_node *parent, size_t at)
{
    struct tree_node *from = node_own(&parent->children[at - 1]);
    struct tree_node *to = node_own(&parent->children[at]);
    memmove(&to->slots[1], to->slots, to->count * sizeof(to->slots[0]));
    to->slots[0] = parent->slots[at - 1];
    if (!to->leaf) {
        memmove(&to->children[1], to->children, (to->count + 1u) * sizeof(to->children[0]));
        to->children[0] = from->children[from->count];
    }
    to->count++;
    parent->slots[at - 1] = from->slots[--from->count];
}

static void borrow_right(struct tree_node *parent, size_t at)
{
    struct tree_node *from = node_own(&parent->children[at + 1]);
    struct tree_node *to = node_own(&parent->children[at]);
    to->slots[to->count++] = parent->slots[at];
    if (!to->leaf) {
        to->children[to->count] = from->children[0];
        memmove(from->children, &from->children[1], from->count * sizeof(from->children[0]));
    }
    parent->slots[at] = take_slot(from, 0);
}

/* The child at `at`, owned and above the minimum; it may have merged with its left sibling. */
static struct tree_node *enter(struct tree_node *parent, size_t at)
{
    if (parent->children[at]->count > NODE_MIN)
        return node_own(&parent->children[at]);
    if (at > 0 && parent->children[at - 1]->count > NODE_MIN) {
        borrow_left(parent, at);
    } else if (at < parent->count && parent->children[at + 1]->count > NODE_MIN) {
        borrow_right(parent, at);
    } else {
        at = at < parent->count ? at : at - 1;
        merge(parent, at);
    }
    return parent->children[at];
}

/* Takes the last (or first) item below node, which is owned and above the minimum. */
static struct slot take_end(struct tree_node *node, bool last)
{
    while (!node->leaf)
        node = enter(node, last ? node->count : 0);
    return take_slot(node, last ? node->count - 1u : 0);
}

/* Takes the item at `at` of an inner node by putting its neighbour in its place; NULL when the
 * children on both sides are at minimum: then they have been merged around it. */
static struct item *take_inner(struct tree_node *node, size_t at)
{
    struct item *item = node->slots[at].item;
    if (node->children[at]->count > NODE_MIN) {
        node->slots[at] = take_end(node_own(&node->children[at]), true);
        return item;
    }
    if (node->children[at + 1]->count > NODE_MIN) {
        node->slots[at] = take_end(node_own(&node->children[at + 1]), false);
        return item;
    }
    merge(node, at);
    return NULL;
}

/* An empty root is replaced by its only child, or goes. */
static void shrink_root(struct tree *t)
{
    struct tree_node *root = t->root;
    if (root->count > 0)
        return;
    t->root = root->leaf ? NULL : root->children[0];
    mem_free(root);
}

bool tree_remove(struct tree *t, struct tree_probe probe)
{
    if (tree_find(t, probe) == NULL)
        return false;
    struct tree_node *node = node_own(&t->root);
    struct item *taken = NULL;
    while (taken == NULL) {
        bool equal;
        size_t at = node_position(t, node, &probe, &equal);
        if (node->leaf) {
            ASSERT(equal);
            taken = take_slot(node, at).item;
        } else if (!equal) {
            node = enter(node, at);
        } else {
            taken = take_inner(node, at);
            if (taken == NULL)
                node = node->children[at];
        }
    }
    shrink_root(t);
    item_unref(taken);
    return true;
}
