/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registers, with cas: the values that cas made of each other are one block, as in chain.c. */
#include "base/mem.h"
#include "emulator/check/lin/prune.h"
#include "emulator/check/lin/register.h"

#define INITIAL 0u

/* Values, joined into blocks. */
struct blocks {
    const struct lin_key *key;
    uint32_t *number; /* by text: of the value; 0: not there */
    struct block {
        struct lin_cluster cluster; /* of the value that stands for all of its block */
        uint32_t parent;            /* itself, or another value of the block */
        bool shown;                 /* to somebody: what made it took effect */
        bool swapped;               /* a cas is in it */
    } * at;                         /* owned */
    size_t count;
};

static uint32_t value_of(struct blocks *b, uint32_t text)
{
    if (text == b->key->initial)
        return INITIAL;
    if (b->number[text] == 0) {
        b->number[text] = (uint32_t)b->count;
        b->at[b->count] = (struct block){.parent = (uint32_t)b->count};
        b->at[b->count++].cluster =
            (struct lin_cluster){.value = text, .f = HISTORY_NEVER, .w_pos = LIN_NONE};
    }
    return b->number[text];
}

static uint32_t block_of(struct blocks *b, uint32_t text)
{
    uint32_t at = value_of(b, text);
    while (b->at[at].parent != at)
        at = b->at[at].parent = b->at[b->at[at].parent].parent;
    return at;
}

/* Does it make its value of another one, if it takes effect? A refused cas may have found the very
 * value it was to make. */
static bool swaps(const struct history_op *op)
{
    return op->kind == HISTORY_CAS && !history_observes(op);
}

/* Did it take effect, for all that is known? */
static bool is_effective(struct blocks *b, const struct history_op *op)
{
    return lin_counts(op) && (op->outcome == HISTORY_OK || op->kind != HISTORY_CAS ||
                              b->at[value_of(b, op->value)].shown);
}

/* Joins what cas took effect; unknown ones did when their value was shown, by a read or by another
 * of them. False: an answer leaves out what was found. */
static bool join(struct blocks *b)
{
    for (size_t i = 0; i < b->key->count; i++) {
        const struct history_op *op = lin_op(b->key, b->key->pos[i]);
        if (!lin_counts(op) || op->outcome != HISTORY_OK)
            continue;
        if (op->silent)
            return false;
        b->at[value_of(b, history_value(op))].shown = true;
        if (swaps(op))
            b->at[value_of(b, op->expect)].shown = true;
    }
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < b->key->count; i++) {
            const struct history_op *op = lin_op(b->key, b->key->pos[i]);
            if (!swaps(op) || !is_effective(b, op))
                continue;
            uint32_t from = block_of(b, op->expect);
            uint32_t to = block_of(b, op->value);
            b->at[value_of(b, op->expect)].shown = true;
            again = again || from != to;
            b->at[from > to ? from : to].parent = from > to ? to : from; /* INITIAL stays itself */
        }
    }
    return true;
}

static void extend(struct blocks *b)
{
    for (size_t i = 0; i < b->key->count; i++) {
        uint32_t pos = b->key->pos[i];
        const struct history_op *op = lin_op(b->key, pos);
        if (!is_effective(b, op))
            continue;
        struct block *of = &b->at[block_of(b, history_value(op))];
        lin_cluster_extend(&of->cluster, op, pos);
        of->swapped = of->swapped || swaps(op);
        if (op->kind == HISTORY_WRITE)
            of->cluster.w_pos = pos;
    }
}

/* The block that was shown in time and is asked for latest; INITIAL if there is none. */
static uint32_t newest(const struct blocks *b, uint64_t since_ns)
{
    uint32_t v = INITIAL;
    for (uint32_t i = 1; i < b->count; i++) {
        const struct lin_cluster *c = &b->at[i].cluster;
        if (b->at[i].parent == i && c->f < lin_shifted(since_ns) &&
            (v == INITIAL || c->s > b->at[v].cluster.s))
            v = i;
    }
    return v;
}

/* Blocks with a return before this must come before v. */
static uint64_t reach_of(const struct blocks *b, uint32_t v)
{
    uint64_t reach = b->at[v].cluster.s;
    for (uint64_t before = 0; before != reach;) {
        before = reach;
        for (uint32_t i = 0; i < b->count; i++) {
            const struct lin_cluster *c = &b->at[i].cluster;
            if (i != v && b->at[i].parent == i && c->f < before && c->s > reach)
                reach = c->s;
        }
    }
    return reach;
}

static bool stays(struct blocks *b, uint32_t v, uint64_t reach, uint64_t since_ns, uint32_t pos)
{
    const struct history_op *op = lin_op(b->key, pos);
    if (!lin_counts(op))
        return lin_is_pending(op);
    bool effective = is_effective(b, op);
    if (!effective && op->ret_ns >= since_ns)
        return true;
    /* A cas that is over by now either is in the block of what it expected, or never will be. */
    uint32_t of = block_of(b, effective ? history_value(op) : op->expect);
    const struct block *block = &b->at[of];
    const struct lin_cluster *c = &block->cluster;
    return of == v ? block->swapped || pos == c->w_pos || pos == c->f_pos || pos == c->s_pos
                   : c->f >= reach;
}

bool lin_prune_register(const struct lin_key *key, uint64_t since_ns, struct lin_scratch *s,
                        struct lin_pruned *ret)
{
    struct blocks b = {.key = key, .number = s->by_text, .count = 1};
    b.at =
        mem_array(3 * key->count + 1, sizeof(*b.at)); /* an operation names at most three values */
    b.at[INITIAL] = (struct block){.cluster = lin_cluster_initial(key), .parent = INITIAL};
    uint32_t v = INITIAL;
    if (join(&b)) {
        extend(&b);
        v = newest(&b, since_ns);
    }
    uint64_t reach = v == INITIAL ? 0 : reach_of(&b, v);
    for (size_t i = 0; v != INITIAL && i < key->count; i++) {
        if (stays(&b, v, reach, since_ns, key->pos[i]))
            ret->pos[ret->count++] = key->pos[i];
    }
    for (size_t i = 1; i < b.count; i++)
        s->by_text[b.at[i].cluster.value] = 0;
    mem_free(b.at);
    return v != INITIAL;
}
