/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The objects behind the twins' histories: what they answer, and which answers fit. */
#include "tests/support/lintwin_inside.h"

static size_t list_length(uint64_t list)
{
    size_t n = 0;
    for (; list != 0; list >>= 4)
        n++;
    return n;
}

size_t twin_list_length(uint64_t list)
{
    return list_length(list);
}

size_t twin_element_size(const struct twin *t, uint64_t element)
{
    return t->wide && element % 2 == 1 ? 4 : 2;
}

static uint64_t list_bytes(const struct twin *t, uint64_t list)
{
    uint64_t bytes = 0;
    for (; list != 0; list >>= 4)
        bytes += twin_element_size(t, list & 15);
    return bytes;
}

/* The oldest element of a queue, and the queue without it. */
static uint64_t oldest(uint64_t queue, uint64_t *ret_rest)
{
    size_t above = queue == 0 ? 0 : 4 * (list_length(queue) - 1);
    uint64_t element = queue >> above;
    *ret_rest = queue - (element << above);
    return element;
}

static bool cas_fits(const struct twin_op *op, uint64_t state, uint64_t *ret)
{
    bool known = op->outcome == HISTORY_OK;
    if (known && !op->done)
        return (op->silent || state == op->result) && state != op->expect;
    if (state != op->expect)
        return !known;
    *ret = op->arg;
    return true;
}

static bool set_fits(const struct twin_op *op, uint64_t state, uint64_t *ret)
{
    uint64_t bit = 1ull << op->arg;
    bool there = (state & bit) != 0;
    if (op->kind == HISTORY_CONTAINS)
        return there == op->done;
    *ret = op->kind == HISTORY_ADD ? state | bit : state & ~bit;
    return op->outcome != HISTORY_OK || op->silent || (*ret != state) == op->done;
}

bool twin_model(const struct twin *t, const struct twin_op *op, uint64_t state, uint64_t *ret)
{
    bool known = op->outcome == HISTORY_OK;
    uint64_t taken;
    *ret = state;
    switch (op->kind) {
    case HISTORY_READ: return state == op->result;
    case HISTORY_WRITE: *ret = op->arg; return true;
    case HISTORY_APPEND:
        *ret = state << 4 | op->arg;
        return !known || op->result == 0 || op->result == list_bytes(t, *ret) + 1;
    case HISTORY_CAS: return cas_fits(op, state, ret);
    case HISTORY_DELETE: *ret = 0; return !known || op->silent || op->done == (state != 0);
    case HISTORY_INCR: *ret = state + 1; return !known || op->silent || *ret == op->result;
    case HISTORY_ADD:
    case HISTORY_REMOVE:
    case HISTORY_CONTAINS: return set_fits(op, state, ret);
    case HISTORY_ENQUEUE: *ret = state << 4 | op->arg; return true;
    case HISTORY_DEQUEUE:
        taken = oldest(state, ret);
        return known ? taken == op->result : taken != 0;
    }
    return false;
}

static uint64_t execute_set(struct twin_op *op, uint64_t state, struct prng *p, double silent)
{
    uint64_t bit = 1ull << op->arg;
    bool there = (state & bit) != 0;
    op->silent = op->kind != HISTORY_CONTAINS && prng_chance(p, silent);
    op->done = op->kind == HISTORY_ADD ? !there : there;
    if (op->kind == HISTORY_CONTAINS)
        return state;
    return op->kind == HISTORY_ADD ? state | bit : state & ~bit;
}

static uint64_t execute_cas(const struct twin *t, struct twin_op *op, uint64_t state,
                            struct prng *p)
{
    if ((t->type == TWIN_CHAIN || t->type == TWIN_CHAIN_LOST) && prng_chance(p, 0.6))
        op->expect = state;
    op->done = state == op->expect;
    op->silent = t->type == TWIN_MIXED && !op->done && prng_chance(p, 0.3);
    op->result = state;
    return op->done ? op->arg : state;
}

/* What a real object would answer. */
uint64_t twin_execute(const struct twin *t, struct twin_op *op, uint64_t state, struct prng *p)
{
    switch (op->kind) {
    case HISTORY_READ: op->result = state; return state;
    case HISTORY_WRITE: return op->arg;
    case HISTORY_APPEND:
        op->result = prng_chance(p, 0.2) ? 0 : list_bytes(t, state << 4 | op->arg) + 1;
        return state << 4 | op->arg;
    case HISTORY_CAS: return execute_cas(t, op, state, p);
    case HISTORY_DELETE:
        op->done = state != 0;
        op->silent = prng_chance(p, 0.3);
        return 0;
    case HISTORY_INCR:
        op->result = state + 1;
        op->silent = t->type == TWIN_BLIND || (t->type == TWIN_MIXED && prng_chance(p, 0.3));
        return state + 1;
    case HISTORY_ADD:
    case HISTORY_REMOVE:
    case HISTORY_CONTAINS: return execute_set(op, state, p, t->type == TWIN_FLAGS ? 0 : 0.5);
    case HISTORY_ENQUEUE: return state << 4 | op->arg;
    case HISTORY_DEQUEUE: op->result = oldest(state, &state); return state;
    }
    return state;
}
