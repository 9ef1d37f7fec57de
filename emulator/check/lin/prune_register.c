/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registers, with cas: the values that cas made of each other are one block, as in chain.c. */
#include "base/mem.h"
#include "emulator/check/lin/prune.h"
#include "emulator/check/lin/register.h"

#define INITIAL LIN_PRUNE_INITIAL

/* Values, joined into blocks. */
struct blocks {
    const struct lin_key *key;
    uint32_t *number; /* by text: of the value; 0: not there */
    struct block {
        uint32_t parent; /* itself, or another value of the block */
        bool shown;      /* to somebody: what made it took effect */
        bool swapped;    /* a cas is in it */
    } * at;              /* owned */
    /* Owned; as many. The value that stands for all of its block has all its operations, the others
     * have none, as if they had never been. */
    struct lin_cluster *clusters;
    size_t count;
};

static uint32_t value_of(struct blocks *b, uint32_t text)
{
    if (text == b->key->initial)
        return INITIAL;
    if (b->number[text] == 0) {
        b->number[text] = (uint32_t)b->count;
        b->at[b->count] = (struct block){.parent = (uint32_t)b->count};
        b->clusters[b->count++] =
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
        uint32_t of = block_of(b, history_value(op));
        lin_cluster_extend(&b->clusters[of], op, pos);
        b->at[of].swapped = b->at[of].swapped || swaps(op);
        if (op->kind == HISTORY_WRITE)
            b->clusters[of].w_pos = pos;
    }
}

static bool stays(struct blocks *b, uint32_t v, uint64_t reach, uint64_t since_ns, uint32_t pos)
{
    const struct history_op *op = lin_op(b->key, pos);
    if (!lin_counts(op))
        return lin_is_pending(op);
    bool effective = is_effective(b, op);
    if (!effective && op->ret_ns >= since_ns)
        return true;
    /* Its block would have to come before one that comes before v, or before v, and after v when
     * somebody is shown it. */
    if (!effective && lin_shifted(op->ret_ns) < reach)
        return false;
    /* A cas that is over by now either is in the block of what it expected, or never will be: what
     * it made of the newest value may be there now. */
    uint32_t of = block_of(b, effective ? history_value(op) : op->expect);
    const struct lin_cluster *c = &b->clusters[of];
    if (of != v)
        return c->f >= reach;
    return !effective || b->at[of].swapped || pos == c->w_pos || pos == c->f_pos || pos == c->s_pos;
}

bool lin_prune_register(const struct lin_key *key, uint64_t since_ns, struct lin_scratch *s,
                        struct lin_pruned *ret)
{
    struct blocks b = {.key = key, .number = s->by_text, .count = 1};
    size_t values_max = 3 * key->count + 1; /* an operation names at most three */
    b.at = mem_array(values_max, sizeof(*b.at));
    b.clusters = mem_array(values_max, sizeof(*b.clusters));
    b.clusters[INITIAL] = lin_cluster_initial(key);
    uint32_t v = INITIAL;
    if (join(&b)) {
        extend(&b);
        v = lin_prune_newest(b.clusters, b.count, since_ns);
    }
    uint64_t reach = v == INITIAL ? 0 : lin_prune_reach(b.clusters, b.count, v);
    for (size_t i = 0; v != INITIAL && i < key->count; i++) {
        if (stays(&b, v, reach, since_ns, key->pos[i]))
            ret->pos[ret->count++] = key->pos[i];
    }
    for (size_t i = 1; i < b.count; i++)
        s->by_text[b.clusters[i].value] = 0;
    mem_free(b.at);
    mem_free(b.clusters);
    return v != INITIAL;
}
