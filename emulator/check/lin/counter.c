/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters. An increment that answered k is the k-th; a read of k stands behind it. Places nobody
 * answered, below the greatest value seen, belong to increments that were not told a number, or
 * whose outcome is unknown: of those that were asked in time, the one that returned first. Places
 * are counted from what the counter showed in the beginning. */
#include "base/mem.h"
#include "emulator/check/lin/heap.h"
#include "emulator/check/lin/lin.h"

struct counter {
    const struct lin_key *key;
    struct lin_placed *placed; /* owned */
    size_t placed_count;
    uint32_t *owner; /* owned; by place: position + 1 of the increment that answered it */
    uint64_t *due;   /* owned; by place: least return at or above it */
    uint64_t base;   /* the value before all of them */
    uint64_t top;    /* greatest value seen, less base */
    uint64_t tries;  /* increments that may have happened */
};

/* The value as a count; false if it is none. Absent is 0. */
static bool count_of(const struct history *h, uint32_t text, uint64_t *ret)
{
    *ret = 0;
    return text == 0 || lin_is_count(texts_get(&h->texts, text), ret);
}

/* An increment whose place is not told. */
static bool is_free(const struct history_op *op)
{
    return op->kind == HISTORY_INCR && op->outcome != HISTORY_FAIL &&
           (op->outcome == HISTORY_UNKNOWN || op->result == 0);
}

/* What an acknowledged operation answered, less what was there in the beginning; false if it is
 * less than it can be. */
static bool place_of(const struct counter *c, const struct history_op *op, uint64_t *ret)
{
    uint64_t v = 0;
    bool counts = count_of(c->key->h, op->result, &v);
    ASSERT(counts);
    *ret = v - c->base;
    return v >= c->base + (op->kind == HISTORY_INCR);
}

/* Kinds and values; the greatest value, and how many increments there are. */
static bool survey(struct counter *c)
{
    if (!count_of(c->key->h, c->key->initial, &c->base))
        return false;
    for (size_t i = 0; i < c->key->count; i++) {
        const struct history_op *op = lin_op(c->key, c->key->pos[i]);
        uint64_t v = 0;
        if ((op->kind != HISTORY_READ && op->kind != HISTORY_INCR) || op->value != 0)
            return false;
        if (!lin_counts(op))
            continue;
        c->tries += op->kind == HISTORY_INCR;
        if (op->outcome != HISTORY_OK || is_free(op))
            continue;
        if (!count_of(c->key->h, op->result, &v) || (op->kind == HISTORY_INCR && v == 0))
            return false;
        c->top = v > c->base + c->top ? v - c->base : c->top;
    }
    return true;
}

static void show_base(const struct counter *c, struct lin_finding *why)
{
    if (c->key->told != 0)
        lin_show(why, c->key->told - 1);
}

/* It shows less than before anything of this began. */
static enum lin_answer too_low(const struct counter *c, uint32_t pos, struct lin_finding *why)
{
    char client[LIN_TEXT_MAX];
    char value[LIN_TEXT_MAX];
    const struct history_op *op = lin_op(c->key, pos);
    lin_say(why, op->kind == HISTORY_READ ? "stale read" : "counter went back",
            "client %s was answered %s, although the counter had shown %llu before it asked",
            lin_text(c->key->h, op->client, client), lin_text(c->key->h, op->result, value),
            (unsigned long long)c->base);
    show_base(c, why);
    lin_show(why, pos);
    return LIN_ILLEGAL;
}

static enum lin_answer too_high(const struct counter *c, struct lin_finding *why)
{
    for (size_t i = 0; i < c->key->count; i++) {
        uint32_t pos = c->key->pos[i];
        const struct history_op *op = lin_op(c->key, pos);
        uint64_t v = 0;
        if (!lin_counts(op) || op->outcome != HISTORY_OK || is_free(op) || !place_of(c, op, &v) ||
            v != c->top)
            continue;
        lin_say(why, "duplicate apply",
                "the counter shows %llu, but only %llu increments were asked since it showed %llu",
                (unsigned long long)(c->base + v), (unsigned long long)c->tries,
                (unsigned long long)c->base);
        show_base(c, why);
        lin_show(why, pos);
        break;
    }
    return LIN_ILLEGAL;
}

static enum lin_answer twice(const struct counter *c, uint32_t a, uint32_t b, uint64_t value,
                             struct lin_finding *why)
{
    char x[LIN_TEXT_MAX];
    char y[LIN_TEXT_MAX];
    lin_say(why, "lost increment", "the increments of clients %s and %s both answered %llu",
            lin_text(c->key->h, lin_op(c->key, a)->client, x),
            lin_text(c->key->h, lin_op(c->key, b)->client, y),
            (unsigned long long)(c->base + value));
    lin_show(why, a);
    lin_show(why, b);
    return LIN_ILLEGAL;
}

static void place(struct counter *c, uint64_t level, uint32_t pos)
{
    const struct history_op *op = lin_op(c->key, pos);
    c->placed[c->placed_count++] = (struct lin_placed){level, op->call_ns, op->ret_ns, pos};
}

/* Everything that was answered gets its place. */
static enum lin_answer place_known(struct counter *c, struct lin_finding *why)
{
    for (size_t i = 0; i < c->key->count; i++) {
        uint32_t pos = c->key->pos[i];
        const struct history_op *op = lin_op(c->key, pos);
        uint64_t v = 0;
        if (!lin_counts(op) || op->outcome != HISTORY_OK || is_free(op))
            continue;
        if (!place_of(c, op, &v))
            return too_low(c, pos, why);
        bool reads = op->kind == HISTORY_READ;
        if (!reads && c->owner[v] != 0)
            return twice(c, c->owner[v] - 1, pos, v, why);
        if (!reads)
            c->owner[v] = pos + 1;
        c->due[v] = op->ret_ns < c->due[v] ? op->ret_ns : c->due[v];
        place(c, 2 * v + reads, pos);
    }
    return LIN_LEGAL;
}

/* Increments of which any effect can be seen by then. */
static uint64_t asked_by(const struct counter *c, uint64_t t_ns)
{
    uint64_t count = 0;
    for (size_t i = 0; i < c->key->count; i++) {
        const struct history_op *op = lin_op(c->key, c->key->pos[i]);
        count += op->kind == HISTORY_INCR && lin_counts(op) && op->call_ns <= t_ns;
    }
    return count;
}

/* The place `value` was passed by something that was answered at its due time. */
static enum lin_answer nobody(const struct counter *c, uint64_t value, struct lin_finding *why)
{
    char did[LIN_DID_MAX];
    for (size_t i = 0; i < c->placed_count; i++) {
        const struct lin_placed *p = &c->placed[i];
        if (p->level <= 2 * value || p->ret_ns != c->due[value])
            continue;
        lin_say(why, "duplicate apply",
                "%s by %.6f s; of the increments that had been asked by then, %llu, none is left "
                "that can have made it %llu",
                lin_did(c->key, p->pos, did), (double)p->ret_ns / 1e9,
                (unsigned long long)asked_by(c, p->ret_ns), (unsigned long long)(c->base + value));
        lin_show(why, p->pos);
        break;
    }
    return LIN_ILLEGAL;
}

/* Free increments that were called by due_ns begin to wait; they stand in the order of calls. */
static void let_in(const struct counter *c, uint64_t due_ns, size_t *next, struct lin_heap *heap)
{
    for (; *next < c->key->count; ++*next) {
        const struct history_op *op = lin_op(c->key, c->key->pos[*next]);
        if (op->call_ns > due_ns)
            return;
        if (is_free(op))
            lin_heap_push(heap, op->ret_ns, c->key->pos[*next]);
    }
}

/* The empty places, from the first to the last: what is due at one rises with it, so the one that
 * returned first is never missed later. Acknowledged ones that are left come behind everything. */
static enum lin_answer fill(struct counter *c, struct lin_finding *why)
{
    size_t next = 0;
    struct lin_heap heap = {0};
    enum lin_answer answer = LIN_LEGAL;
    for (uint64_t v = c->top; v > 0; v--)
        c->due[v - 1] = c->due[v] < c->due[v - 1] ? c->due[v] : c->due[v - 1];
    for (uint64_t v = 1; v <= c->top && answer == LIN_LEGAL; v++) {
        if (c->owner[v] != 0)
            continue;
        let_in(c, c->due[v], &next, &heap);
        if (heap.count > 0)
            place(c, 2 * v, lin_heap_pop(&heap).item);
        else
            answer = nobody(c, v, why);
    }
    let_in(c, HISTORY_NEVER, &next, &heap);
    for (size_t i = 0; i < heap.count; i++) {
        if (heap.at[i].ret_ns != HISTORY_NEVER)
            place(c, 2 * c->top + 2, heap.at[i].item);
    }
    mem_free(heap.at);
    return answer;
}

static enum lin_answer levels(struct counter *c, struct lin_finding *why)
{
    uint32_t a = 0;
    uint32_t b = 0;
    if (lin_levels(c->placed, c->placed_count, &a, &b))
        return LIN_LEGAL;
    bool reads = lin_op(c->key, b)->kind == HISTORY_READ;
    lin_say_order(c->key, reads ? "stale read" : "counter went back", a, b, "the counter", why);
    return LIN_ILLEGAL;
}

enum lin_answer lin_counter(const struct lin_key *key, struct lin_finding *why)
{
    struct counter c = {.key = key};
    if (!survey(&c))
        return LIN_REFUSED;
    if (c.top > c.tries)
        return too_high(&c, why);
    c.placed = mem_array(key->count, sizeof(*c.placed));
    c.owner = mem_array(c.top + 1, sizeof(*c.owner));
    c.due = mem_array(c.top + 1, sizeof(*c.due));
    for (uint64_t v = 0; v <= c.top; v++)
        c.due[v] = HISTORY_NEVER;
    enum lin_answer answer = place_known(&c, why);
    if (answer == LIN_LEGAL)
        answer = fill(&c, why);
    if (answer == LIN_LEGAL)
        answer = levels(&c, why);
    mem_free(c.placed);
    mem_free(c.owner);
    mem_free(c.due);
    return answer;
}
