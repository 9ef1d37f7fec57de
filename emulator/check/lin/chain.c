/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registers with compare-and-set and unique new values. A value has one maker, and at most one
 * successful cas leaves it, so values form paths; a path begins at a plain write or at what the key
 * held before.
 * A path is a block: write, reads of its value, cas to the next value, reads of that, and so on.
 * Its inner order is forced (levels), and no other write can come between, so the blocks are zones
 * as the values of a plain register are. */
#include "base/mem.h"
#include "base/sort.h"
#include "emulator/check/lin/lin.h"
#include "emulator/check/lin/register.h"

#define INITIAL 0u

/* A value. Invariant: links are numbers of values, LIN_NONE = none. */
struct value {
    uint32_t text;
    uint32_t maker;  /* position of the write or cas; LIN_NONE */
    uint32_t failed; /* of one that was refused; LIN_NONE */
    uint32_t reader; /* somebody who saw it; LIN_NONE */
    uint32_t next;   /* the value a cas made of it */
    uint32_t block;  /* LIN_NONE until reached */
    uint32_t depth;
    bool effective; /* its maker took effect, for sure */
};

struct chain {
    const struct lin_key *key;
    struct lin_scratch *scratch; /* by_text[text] = value */
    struct value *values;        /* owned */
    size_t count;
    uint32_t *work; /* owned; values seen whose makers must be effective */
    size_t work_count;
    struct lin_cluster *blocks; /* owned */
    size_t blocks_count;
    struct lin_placed *placed; /* owned */
    size_t placed_count;
};

static uint32_t value_of(struct chain *c, uint32_t text)
{
    if (text == c->key->initial)
        return INITIAL;
    uint32_t *slot = &c->scratch->by_text[text];
    if (*slot == 0) {
        *slot = (uint32_t)c->count;
        c->values[c->count++] = (struct value){.text = text,
                                               .maker = LIN_NONE,
                                               .failed = LIN_NONE,
                                               .reader = LIN_NONE,
                                               .next = LIN_NONE,
                                               .block = LIN_NONE};
    }
    return *slot;
}

/* Makers of values; false when this is not such a register. */
static bool gather(struct chain *c)
{
    for (size_t i = 0; i < c->key->count; i++) {
        uint32_t pos = c->key->pos[i];
        const struct history_op *op = lin_op(c->key, pos);
        if ((op->kind != HISTORY_READ && op->kind != HISTORY_WRITE && op->kind != HISTORY_CAS) ||
            (op->outcome == HISTORY_OK && op->silent))
            return false;
        if (history_observes(op))
            continue;
        struct value *v = &c->values[value_of(c, op->value)];
        if (op->outcome == HISTORY_FAIL) {
            v->failed = pos;
            continue;
        }
        if (v->maker != LIN_NONE || v == &c->values[INITIAL])
            return false;
        v->maker = pos;
    }
    return true;
}

static void observe(struct chain *c, uint32_t value, uint32_t pos)
{
    struct value *v = &c->values[value];
    if (v->reader == LIN_NONE)
        v->reader = pos;
    if (v->effective)
        return;
    v->effective = true;
    c->work[c->work_count++] = value;
}

static enum lin_answer strange_value(struct chain *c, const struct value *v,
                                     struct lin_finding *why)
{
    struct lin_cluster cluster = {.value = v->text, .r_pos = v->reader, .failed_pos = v->failed};
    lin_explain_phantom(c->key, &cluster, why);
    return LIN_ILLEGAL;
}

static enum lin_answer lost_update(struct chain *c, uint32_t a, uint32_t b, uint32_t from,
                                   struct lin_finding *why)
{
    char x[LIN_TEXT_MAX];
    char y[LIN_TEXT_MAX];
    char v[LIN_TEXT_MAX];
    lin_say(why, "lost update", "clients %s and %s both swapped %s, which was there once",
            lin_text(c->key->h, lin_op(c->key, a)->client, x),
            lin_text(c->key->h, lin_op(c->key, b)->client, y),
            lin_text(c->key->h, c->values[from].text, v));
    lin_show(why, a);
    lin_show(why, b);
    if (c->values[from].maker != LIN_NONE)
        lin_show(why, c->values[from].maker);
    else if (from == INITIAL && c->key->told != 0)
        lin_show(why, c->key->told - 1);
    return LIN_ILLEGAL;
}

static enum lin_answer impossible_refusal(struct chain *c, uint32_t pos, struct lin_finding *why)
{
    char v[LIN_TEXT_MAX];
    lin_say(why, "wrong refusal", "a cas was refused although it found %s, what it expected",
            lin_text(c->key->h, lin_op(c->key, pos)->result, v));
    lin_show(why, pos);
    return LIN_ILLEGAL;
}

/* What was acknowledged happened, and what was seen was made. */
static enum lin_answer start(struct chain *c, struct lin_finding *why)
{
    for (size_t i = 0; i < c->key->count; i++) {
        uint32_t pos = c->key->pos[i];
        const struct history_op *op = lin_op(c->key, pos);
        if (!lin_counts(op) || op->outcome != HISTORY_OK)
            continue;
        if (op->kind == HISTORY_CAS && !op->done && op->result == op->expect)
            return impossible_refusal(c, pos, why);
        observe(c, value_of(c, history_value(op)), pos);
    }
    return LIN_LEGAL;
}

/* Closes backwards: a cas that took effect saw what it expected. Links the paths. */
static enum lin_answer close_backwards(struct chain *c, struct lin_finding *why)
{
    while (c->work_count > 0) {
        uint32_t number = c->work[--c->work_count];
        const struct value *v = &c->values[number];
        if (v->maker == LIN_NONE)
            return strange_value(c, v, why);
        const struct history_op *op = lin_op(c->key, v->maker);
        if (op->kind != HISTORY_CAS)
            continue;
        uint32_t from = value_of(c, op->expect);
        if (c->values[from].next != LIN_NONE)
            return lost_update(c, c->values[c->values[from].next].maker, v->maker, from, why);
        c->values[from].next = number;
        observe(c, from, v->maker);
    }
    return LIN_LEGAL;
}

static void walk(struct chain *c, uint32_t from)
{
    uint32_t depth = 0;
    uint32_t block = (uint32_t)c->blocks_count++;
    c->blocks[block] = lin_cluster_initial(c->key);
    if (from != INITIAL)
        c->blocks[block] = (struct lin_cluster){.f = HISTORY_NEVER,
                                                .f_pos = LIN_NONE,
                                                .s_pos = LIN_NONE,
                                                .w_pos = c->values[from].maker,
                                                .failed_pos = LIN_NONE,
                                                .value = c->values[from].text};
    for (uint32_t at = from; at != LIN_NONE; at = c->values[at].next) {
        c->values[at].block = block;
        c->values[at].depth = depth++;
    }
}

/* All cas of the ring, as far as there is room, and somebody who saw a value of it. */
static enum lin_answer ring(struct chain *c, const struct value *v, struct lin_finding *why)
{
    char text[LIN_TEXT_MAX];
    lin_say(why, "ring", "%s was made by a chain of cas that needs it to begin with",
            lin_text(c->key->h, v->text, text));
    lin_show(why, v->reader);
    uint32_t at = v->next;
    lin_show(why, v->maker);
    for (size_t i = 0; i < LIN_OPS_MAX && at != LIN_NONE && &c->values[at] != v; i++) {
        lin_show(why, c->values[at].maker);
        at = c->values[at].next;
    }
    return LIN_ILLEGAL;
}

/* Blocks from the beginnings of paths; what no path reaches is a ring. */
static enum lin_answer find_blocks(struct chain *c, struct lin_finding *why)
{
    walk(c, INITIAL);
    for (uint32_t i = 1; i < c->count; i++) {
        const struct value *v = &c->values[i];
        if (v->effective && lin_op(c->key, v->maker)->kind == HISTORY_WRITE)
            walk(c, i);
    }
    for (uint32_t i = 1; i < c->count; i++) {
        if (c->values[i].effective && c->values[i].block == LIN_NONE)
            return ring(c, &c->values[i], why);
    }
    return LIN_LEGAL;
}

/* Blocks are apart by more levels than any block has. */
static void place(struct chain *c, uint32_t pos)
{
    const struct history_op *op = lin_op(c->key, pos);
    bool observer = history_observes(op);
    const struct value *v = &c->values[value_of(c, observer ? op->result : op->value)];
    if (!v->effective)
        return; /* an unknown operation nobody saw */
    uint64_t level = (uint64_t)v->block << 32 | (2 * v->depth + observer);
    c->placed[c->placed_count++] = (struct lin_placed){level, op->call_ns, op->ret_ns, pos};
    lin_cluster_extend(&c->blocks[v->block], op, pos);
}

/* Shows the cas that lead from what b made or saw to what a did: they force the order. */
static enum lin_answer explain_order(struct chain *c, uint32_t a, uint32_t b,
                                     struct lin_finding *why)
{
    bool reads = history_observes(lin_op(c->key, b));
    uint32_t until = value_of(c, history_value(lin_op(c->key, a)));
    uint32_t at = value_of(c, history_value(lin_op(c->key, b)));
    lin_say_order(c->key, reads ? "stale read" : "read from the future", a, b,
                  "the chain of values", why);
    for (size_t i = 0; i < LIN_OPS_MAX && at != until && at != LIN_NONE; i++) {
        at = c->values[at].next;
        if (at != LIN_NONE)
            lin_show(why, c->values[at].maker);
    }
    return LIN_ILLEGAL;
}

static int by_level(const void *a, const void *b)
{
    uint64_t x = ((const struct lin_placed *)a)->level;
    uint64_t y = ((const struct lin_placed *)b)->level;
    return (x > y) - (x < y);
}

/* The order inside every block. */
static enum lin_answer blocks_legal(struct chain *c, struct lin_finding *why)
{
    uint32_t a = 0;
    uint32_t b = 0;
    sort_array(c->placed, c->placed_count, sizeof(*c->placed), by_level);
    for (size_t i = 0; i < c->placed_count;) {
        size_t end = i;
        while (end < c->placed_count && c->placed[end].level >> 32 == c->placed[i].level >> 32)
            end++;
        if (!lin_levels(c->placed + i, end - i, &a, &b))
            return explain_order(c, a, b, why);
        i = end;
    }
    return LIN_LEGAL;
}

/* One value, which no cas made another of. */
static bool is_plain(struct chain *c, const struct lin_cluster *block)
{
    return c->values[value_of(c, block->value)].next == LIN_NONE;
}

/* Something of x was over before something of y began, and the other way round. */
static void explain_blocks(struct chain *c, const struct lin_conflict *conflict,
                           struct lin_finding *why)
{
    char v[LIN_TEXT_MAX];
    char u[LIN_TEXT_MAX];
    char old[LIN_DID_MAX];
    char again[LIN_DID_MAX];
    const struct lin_cluster *x = conflict->x; /* the one that comes again */
    const struct lin_cluster *y = conflict->y;
    if (is_plain(c, x) && is_plain(c, y)) {
        lin_explain_conflict(c->key, conflict, why);
        return;
    }
    if (y->f_pos == LIN_NONE || (x->f_pos != LIN_NONE && y->s > x->s)) {
        x = conflict->y;
        y = conflict->x;
    }
    lin_say(why, "went back",
            "the values that began with %s and those that began with %s are two chains of cas, and "
            "cannot mix; %s by %.6f s, and after that was asked what shows that %s",
            lin_text(c->key->h, x->value, v), lin_text(c->key->h, y->value, u),
            lin_did(c->key, y->f_pos, old), (double)lin_op(c->key, y->f_pos)->ret_ns / 1e9,
            lin_did(c->key, x->s_pos, again));
    const uint32_t ops[] = {x->f_pos, x->s_pos, y->f_pos, y->s_pos, x->w_pos, y->w_pos};
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        if (ops[i] != LIN_NONE)
            lin_show(why, ops[i]);
    }
    for (uint32_t at = value_of(c, x->value); at != LIN_NONE && why->ops_count < LIN_OPS_MAX;
         at = c->values[at].next) {
        if (c->values[at].maker != LIN_NONE)
            lin_show(why, c->values[at].maker); /* what ties the chain together */
    }
}

/* The order of the blocks. */
static enum lin_answer order_legal(struct chain *c, struct lin_finding *why)
{
    struct lin_conflict conflict;
    if (lin_zones_legal(c->key, c->blocks, c->blocks_count, &conflict))
        return LIN_LEGAL;
    explain_blocks(c, &conflict, why);
    return LIN_ILLEGAL;
}

static enum lin_answer judge(struct chain *c, struct lin_finding *why)
{
    if (!gather(c))
        return LIN_REFUSED;
    if (start(c, why) == LIN_ILLEGAL || close_backwards(c, why) == LIN_ILLEGAL ||
        find_blocks(c, why) == LIN_ILLEGAL)
        return LIN_ILLEGAL;
    for (size_t i = 0; i < c->key->count; i++) {
        if (lin_counts(lin_op(c->key, c->key->pos[i])))
            place(c, c->key->pos[i]);
    }
    return blocks_legal(c, why) == LIN_LEGAL ? order_legal(c, why) : LIN_ILLEGAL;
}

enum lin_answer lin_chain(const struct lin_key *key, struct lin_scratch *s, struct lin_finding *why)
{
    struct chain c = {.key = key, .scratch = s, .count = 1};
    size_t most = 3 * key->count + 1; /* an operation names at most three values */
    c.values = mem_array(most, sizeof(*c.values));
    c.work = mem_array(most, sizeof(*c.work));
    c.blocks = mem_array(most, sizeof(*c.blocks));
    c.placed = mem_array(key->count, sizeof(*c.placed));
    c.values[INITIAL] = (struct value){.text = key->initial,
                                       .maker = LIN_NONE,
                                       .failed = LIN_NONE,
                                       .reader = LIN_NONE,
                                       .next = LIN_NONE,
                                       .effective = true};
    enum lin_answer answer = judge(&c, why);
    for (size_t i = 1; i < c.count; i++)
        s->by_text[c.values[i].text] = 0;
    mem_free(c.values);
    mem_free(c.work);
    mem_free(c.blocks);
    mem_free(c.placed);
    return answer;
}
