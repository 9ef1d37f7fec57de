/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/lintwin.h"

#include "base/buf.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the model ---- */

static size_t list_length(uint64_t list)
{
    size_t n = 0;
    for (; list != 0; list >>= 4)
        n++;
    return n;
}

/* Bytes of an element: ",a", or in wide histories sometimes ",bbb". */
static size_t element_size(const struct twin *t, uint64_t element)
{
    return t->wide && element % 2 == 1 ? 4 : 2;
}

static uint64_t list_bytes(const struct twin *t, uint64_t list)
{
    uint64_t bytes = 0;
    for (; list != 0; list >>= 4)
        bytes += element_size(t, list & 15);
    return bytes;
}

/* The state after op, or false when its known answer does not fit. */
static bool model(const struct twin *t, const struct twin_op *op, uint64_t state, uint64_t *ret)
{
    bool known = op->outcome == HISTORY_OK;
    *ret = state;
    switch (op->kind) {
    case HISTORY_READ: return state == op->result;
    case HISTORY_WRITE: *ret = op->arg; return true;
    case HISTORY_APPEND:
        *ret = state << 4 | op->arg;
        return !known || op->result == 0 || op->result == list_bytes(t, *ret) + 1;
    case HISTORY_CAS:
        if (known && !op->done)
            return state == op->result && state != op->expect;
        if (state != op->expect)
            return !known;
        *ret = op->arg;
        return true;
    case HISTORY_INCR: *ret = state + 1; return !known || *ret == op->result;
    }
    return false;
}

/* What a real object would answer. */
static uint64_t execute(const struct twin *t, struct twin_op *op, uint64_t state, struct prng *p)
{
    switch (op->kind) {
    case HISTORY_READ: op->result = state; return state;
    case HISTORY_WRITE: return op->arg;
    case HISTORY_APPEND:
        op->result = prng_chance(p, 0.2) ? 0 : list_bytes(t, state << 4 | op->arg) + 1;
        return state << 4 | op->arg;
    case HISTORY_CAS:
        if (t->type == TWIN_CHAIN && prng_chance(p, 0.6))
            op->expect = state;
        op->done = state == op->expect;
        op->result = state;
        return op->done ? op->arg : state;
    case HISTORY_INCR: op->result = state + 1; return state + 1;
    }
    return state;
}

/* ---- making histories ---- */

static enum history_kind pick_kind(enum twin_type type, struct prng *p)
{
    static const enum history_kind mixed[] = {HISTORY_READ, HISTORY_READ, HISTORY_WRITE,
                                              HISTORY_CAS,  HISTORY_CAS,  HISTORY_INCR};
    if (type == TWIN_CHAIN)
        return mixed[prng_below(p, ARRAY_LEN(mixed) - 1)];
    if (type == TWIN_COUNTER)
        return prng_chance(p, 0.5) ? HISTORY_READ : HISTORY_INCR;
    if (type == TWIN_MIXED)
        return mixed[prng_below(p, ARRAY_LEN(mixed))];
    if (prng_chance(p, 0.5))
        return HISTORY_READ;
    return type == TWIN_REGISTER ? HISTORY_WRITE : HISTORY_APPEND;
}

static void make_op(struct twin *t, struct twin_op *op, uint64_t unique, struct prng *p)
{
    *op = (struct twin_op){.kind = pick_kind(t->type, p), .outcome = HISTORY_OK};
    op->call = prng_below(p, 14);
    op->ret = op->call + prng_below(p, 5);
    op->instant = prng_between(p, op->call, op->ret + 1);
    op->arg = t->type == TWIN_MIXED ? prng_between(p, 1, 4) : unique;
    op->expect = prng_below(p, 4);
    if (op->kind != HISTORY_READ && prng_chance(p, 0.24)) {
        op->outcome = HISTORY_UNKNOWN;
        op->ret = HISTORY_NEVER;
        op->instant = prng_chance(p, 0.4) ? HISTORY_NEVER : op->call + prng_below(p, 12);
    } else if (op->kind != HISTORY_READ && prng_chance(p, 0.06)) {
        op->outcome = HISTORY_FAIL;
        op->instant = HISTORY_NEVER;
    }
}

static void run_model(struct twin *t, struct prng *p)
{
    uint64_t state = 0;
    bool ran[TWIN_OPS_MAX] = {false};
    for (size_t step = 0; step < t->count; step++) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < t->count; i++) {
            if (!ran[i] && t->ops[i].instant != HISTORY_NEVER &&
                (best == SIZE_MAX || t->ops[i].instant < t->ops[best].instant))
                best = i;
        }
        if (best == SIZE_MAX)
            return;
        ran[best] = true;
        state = execute(t, &t->ops[best], state, p);
        t->ops[best].index = step + 1;
    }
}

/* A plausible other answer. */
static void spoil_result(struct twin *t, struct twin_op *op, struct prng *p)
{
    const struct twin_op *other = &t->ops[prng_below(p, t->count)];
    switch (op->kind) {
    case HISTORY_READ:
        op->result = other->kind == HISTORY_READ ? other->result : other->arg;
        if (t->type == TWIN_COUNTER)
            op->result = prng_below(p, 5);
        if (t->type == TWIN_LIST && prng_chance(p, 0.7))
            op->result = prng_chance(p, 0.5) ? op->result >> 4 : op->result << 4 | other->arg;
        break;
    case HISTORY_APPEND: op->result = prng_below(p, 8) * 2 + 1; break;
    case HISTORY_CAS:
        op->result = t->type == TWIN_CHAIN && prng_chance(p, 0.5) ? op->expect : prng_below(p, 4);
        op->done = op->result == op->expect;
        break;
    case HISTORY_INCR: op->result = prng_between(p, 1, 5); break;
    case HISTORY_WRITE: break;
    }
    if (list_length(op->result) > 12)
        op->result = 0;
}

static void spoil(struct twin *t, struct prng *p)
{
    struct twin_op *op = &t->ops[prng_below(p, t->count)];
    switch (prng_below(p, 6)) {
    case 0: { /* move */
        uint64_t length = op->ret - op->call;
        op->call = prng_below(p, 16);
        op->ret = op->ret == HISTORY_NEVER ? HISTORY_NEVER : op->call + length;
        break;
    }
    case 1: /* shorten */
        if (op->ret != HISTORY_NEVER && op->ret > op->call)
            op->ret = prng_between(p, op->call, op->ret);
        break;
    case 2: /* a write that happened is called refused */
        if (op->kind != HISTORY_READ && prng_chance(p, 0.2)) {
            op->outcome = HISTORY_FAIL;
            op->ret = op->call + prng_below(p, 4);
        }
        break;
    default: spoil_result(t, op, p); break;
    }
}

static int by_call(const void *a, const void *b)
{
    const struct twin_op *x = a;
    const struct twin_op *y = b;
    return (x->call > y->call) - (x->call < y->call);
}

void twin_generate(struct twin *t, enum twin_type type, struct prng *p)
{
    *t = (struct twin){.type = type, .count = (size_t)prng_between(p, 3, TWIN_OPS_MAX + 1)};
    t->wide = type == TWIN_LIST && prng_chance(p, 0.2);
    for (size_t i = 0; i < t->count; i++)
        make_op(t, &t->ops[i], i + 1, p);
    run_model(t, p);
    t->spoils = (int)prng_below(p, 7);
    for (int i = 0; i < t->spoils; i++)
        spoil(t, p);
    qsort(t->ops, t->count, sizeof(t->ops[0]), by_call);
}

/* ---- brute force ---- */

#define VISITED (1u << 16)

struct brute {
    const struct twin *t;
    unsigned must;
    struct {
        uint64_t state;
        uint32_t mask;
        uint32_t stamp;
    } * visited;
    uint32_t stamp;
    unsigned visited_count;
};

/* False if it was there; when the table is half full, nothing is remembered any more. */
static bool visit(struct brute *b, unsigned mask, uint64_t state)
{
    size_t at = (size_t)prng_mix(state * 1024 + mask) % VISITED;
    for (; b->visited[at].stamp == b->stamp; at = (at + 1) % VISITED) {
        if (b->visited[at].mask == mask && b->visited[at].state == state)
            return false;
    }
    if (b->visited_count < VISITED / 2) {
        b->visited[at].state = state;
        b->visited[at].mask = mask;
        b->visited[at].stamp = b->stamp;
        b->visited_count++;
    }
    return true;
}

/* Did an acknowledged operation that is not placed return before op was called? */
static bool has_to_wait(const struct brute *b, unsigned mask, const struct twin_op *op)
{
    for (size_t i = 0; i < b->t->count && i < TWIN_OPS_MAX; i++) {
        if ((b->must >> i & 1) != 0 && (mask >> i & 1) == 0 && b->t->ops[i].ret < op->call)
            return true;
    }
    return false;
}

static bool search(struct brute *b, unsigned mask, uint64_t state)
{
    if ((mask & b->must) == b->must)
        return true;
    if (!visit(b, mask, state))
        return false;
    for (size_t i = 0; i < b->t->count; i++) {
        const struct twin_op *op = &b->t->ops[i];
        uint64_t next = 0;
        if ((mask >> i & 1) != 0 || op->outcome == HISTORY_FAIL ||
            (op->outcome == HISTORY_UNKNOWN && op->kind == HISTORY_READ) ||
            has_to_wait(b, mask, op) || !model(b->t, op, state, &next))
            continue;
        if (search(b, mask | 1u << i, next))
            return true;
    }
    return false;
}

bool twin_is_legal(const struct twin *t)
{
    static struct brute b; /* its table is used again: stamps tell runs apart */
    if (b.visited == NULL)
        b.visited = mem_array(VISITED, sizeof(*b.visited));
    b.t = t;
    b.must = 0;
    b.visited_count = 0;
    b.stamp++;
    for (size_t i = 0; i < t->count && i < TWIN_OPS_MAX; i++)
        b.must |= (t->ops[i].outcome == HISTORY_OK ? 1u : 0u) << i;
    return search(&b, 0, 0);
}

/* ---- into the checkers' form ---- */

static uint32_t value_text(const struct twin *t, struct history *h, uint64_t v)
{
    char text[128] = "";
    size_t len = 0;
    if (t->type != TWIN_LIST) {
        (void)snprintf(text, sizeof(text), "%" PRIu64, v);
        return v == 0 ? 0 : texts_add(&h->texts, text, strlen(text));
    }
    if (v == 0)
        return 0;
    for (size_t n = list_length(v); n > 0; n--) {
        uint64_t element = v >> (4 * (n - 1)) & 15;
        text[len++] = ',';
        for (size_t k = 1; k < element_size(t, element); k++)
            text[len++] = (char)('a' + element);
    }
    return texts_add(&h->texts, text, len);
}

static uint32_t number_text(struct history *h, uint64_t v)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRIu64, v);
    return texts_add(&h->texts, text, strlen(text));
}

static uint32_t result_text(const struct twin *t, struct history *h, const struct twin_op *op)
{
    if (op->outcome != HISTORY_OK || op->kind == HISTORY_WRITE)
        return 0;
    if (op->kind == HISTORY_APPEND)
        return op->result == 0 ? 0 : number_text(h, op->result - 1);
    return value_text(t, h, op->result);
}

void twin_to_history(const struct twin *t, struct history *h)
{
    h->ops = mem_array(t->count, sizeof(*h->ops));
    h->cap = t->count;
    for (size_t i = 0; i < t->count; i++) {
        const struct twin_op *op = &t->ops[i];
        h->ops[h->count++] = (struct history_op){
            .id = i,
            .call_ns = op->call,
            .ret_ns = op->ret,
            .index = op->outcome == HISTORY_OK ? op->index : 0,
            .client = texts_add(&h->texts, "c", 1),
            .key = texts_add(&h->texts, "k", 1),
            .value = op->kind == HISTORY_READ || op->kind == HISTORY_INCR
                         ? 0
                         : value_text(t, h, op->arg),
            .expect = op->kind == HISTORY_CAS ? value_text(t, h, op->expect) : 0,
            .result = result_text(t, h, op),
            .kind = (uint8_t)op->kind,
            .outcome = (uint8_t)op->outcome,
            .done = op->done,
            .answered = true,
            .node = -1};
    }
}

void twin_print(const struct twin *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct twin_op *op = &t->ops[i];
        fprintf(stderr,
                "%s %s [%" PRIu64 ", %" PRId64 "] arg %" PRIx64 " expect %" PRIx64
                " result %" PRIx64 " done %d index %" PRIu64 "\n",
                history_kind_name(op->kind), history_outcome_name(op->outcome), op->call,
                (int64_t)op->ret, op->arg, op->expect, op->result, op->done, op->index);
    }
}
