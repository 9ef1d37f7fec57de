/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every order of every subset of the unknown operations. */
#include "base/mem.h"
#include "tests/support/lintwin_inside.h"

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

/* An unknown one that is known to be over: then it came before all that was called later. */
static bool comes_too_late(const struct brute *b, unsigned mask, const struct twin_op *op)
{
    for (size_t i = 0; i < b->t->count && i < TWIN_OPS_MAX && op->ret != HISTORY_NEVER; i++) {
        if ((mask >> i & 1) != 0 && b->t->ops[i].call > op->ret)
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
            has_to_wait(b, mask, op) || comes_too_late(b, mask, op) ||
            !twin_model(b->t, op, state, &next))
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
