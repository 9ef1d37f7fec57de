/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/lintwin_inside.h"

#include <stdlib.h>

static enum history_kind pick_set_kind(enum twin_type type, struct prng *p)
{
    static const enum history_kind flags[] = {HISTORY_ADD, HISTORY_REMOVE, HISTORY_CONTAINS};
    if (type == TWIN_FLAGS || (type == TWIN_MIXED_SET && prng_chance(p, 0.6)))
        return flags[prng_below(p, ARRAY_LEN(flags))];
    if (type == TWIN_SET && prng_chance(p, 0.15))
        return HISTORY_CONTAINS;
    return prng_chance(p, 0.5) ? HISTORY_READ : HISTORY_ADD;
}

static uint64_t pick_argument(enum twin_type type, enum history_kind kind, uint64_t unique,
                              struct prng *p)
{
    if (type == TWIN_FLAGS)
        return prng_between(p, 1, 3);
    if (type == TWIN_SET && (kind == HISTORY_CONTAINS || prng_chance(p, 0.3)))
        return prng_between(p, 1, TWIN_OPS_MAX + 1);
    return type == TWIN_MIXED || type == TWIN_MIXED_SET ? prng_between(p, 1, 4) : unique;
}

static enum history_kind pick_kind(enum twin_type type, struct prng *p)
{
    static const enum history_kind mixed[] = {HISTORY_READ, HISTORY_READ, HISTORY_WRITE,
                                              HISTORY_CAS,  HISTORY_CAS,  HISTORY_INCR};
    static const enum history_kind kv[] = {HISTORY_READ, HISTORY_WRITE, HISTORY_DELETE};
    if (type == TWIN_KV)
        return kv[prng_below(p, ARRAY_LEN(kv))];
    if (type == TWIN_CHAIN || type == TWIN_CHAIN_LOST)
        return mixed[prng_below(p, ARRAY_LEN(mixed) - 1)];
    if (type == TWIN_COUNTER || type == TWIN_BLIND)
        return prng_chance(p, 0.5) ? HISTORY_READ : HISTORY_INCR;
    if (type == TWIN_MIXED)
        return mixed[prng_below(p, ARRAY_LEN(mixed))];
    if (type == TWIN_SET || type == TWIN_FLAGS || type == TWIN_MIXED_SET)
        return pick_set_kind(type, p);
    if (type == TWIN_QUEUE_READ && prng_chance(p, 0.25))
        return HISTORY_READ;
    if (type == TWIN_QUEUE || type == TWIN_QUEUE_LOST || type == TWIN_QUEUE_READ)
        return prng_chance(p, 0.45) ? HISTORY_ENQUEUE : HISTORY_DEQUEUE;
    if (prng_chance(p, 0.5))
        return HISTORY_READ;
    return type == TWIN_REGISTER ? HISTORY_WRITE : HISTORY_APPEND;
}

static double unknown_share(const struct twin *t, enum history_kind kind)
{
    if (kind == HISTORY_READ || kind == HISTORY_CONTAINS)
        return 0;
    if (t->type == TWIN_QUEUE_LOST)
        return kind == HISTORY_DEQUEUE ? 0.5 : 0.12;
    if (t->type == TWIN_CHAIN_LOST)
        return 0.7;
    if (t->type == TWIN_QUEUE_READ)
        return 0.35;
    return t->type == TWIN_QUEUE ? 0.12 : 0.24;
}

/* What became of it is not known, or only that it is over by some time. */
static void lose(struct twin_op *op, struct prng *p)
{
    bool never = prng_chance(p, 0.4);
    op->outcome = HISTORY_UNKNOWN;
    if (op->kind == HISTORY_CAS && prng_chance(p, 0.5)) {
        op->instant = never ? HISTORY_NEVER : op->instant;
        return;
    }
    op->ret = HISTORY_NEVER;
    op->instant = never ? HISTORY_NEVER : op->call + prng_below(p, 12);
}

static void make_op(struct twin *t, struct twin_op *op, uint64_t unique, struct prng *p)
{
    *op = (struct twin_op){.kind = pick_kind(t->type, p), .outcome = HISTORY_OK};
    op->call = prng_below(p, 14);
    op->ret = op->call + prng_below(p, 5);
    op->instant = prng_between(p, op->call, op->ret + 1);
    op->arg = pick_argument(t->type, op->kind, unique, p);
    op->expect = prng_below(p, 4);
    if (prng_chance(p, unknown_share(t, op->kind))) {
        lose(op, p);
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
        state = twin_execute(t, &t->ops[best], state, p);
        t->ops[best].index = step + 1;
    }
}

/* A read saw another set: that of another read, or one element more or less. */
static uint64_t spoil_set(uint64_t seen, const struct twin_op *other, struct prng *p)
{
    if (other->kind == HISTORY_READ && prng_chance(p, 0.3))
        return other->result;
    return seen ^ 1ull << (other->kind == HISTORY_READ ? prng_between(p, 1, 5) : other->arg);
}

/* It took what another one took, which gets its own; or what somebody put in; or nothing. */
static void spoil_dequeue(struct twin *t, struct twin_op *op, struct prng *p)
{
    struct twin_op *other = &t->ops[prng_below(p, t->count)];
    uint64_t own = op->result;
    op->result = other->kind == HISTORY_ENQUEUE ? other->arg : other->result;
    if (other->kind == HISTORY_DEQUEUE && other->outcome == HISTORY_OK && prng_chance(p, 0.8))
        other->result = own;
}

/* A plausible other answer. */
static void spoil_result(struct twin *t, struct twin_op *op, struct prng *p)
{
    const struct twin_op *other = &t->ops[prng_below(p, t->count)];
    switch (op->kind) {
    case HISTORY_READ:
        op->result = other->kind == HISTORY_READ ? other->result : other->arg;
        if (t->type == TWIN_COUNTER || t->type == TWIN_BLIND)
            op->result = prng_below(p, 5);
        if (t->type == TWIN_SET || t->type == TWIN_MIXED_SET)
            op->result = spoil_set(op->result, other, p);
        if ((t->type == TWIN_LIST || t->type == TWIN_QUEUE_READ) && prng_chance(p, 0.7))
            op->result = prng_chance(p, 0.5) ? op->result >> 4 : op->result << 4 | other->arg;
        break;
    case HISTORY_APPEND:
        op->result = prng_chance(p, 0.05) ? 1000000000000000000 : prng_below(p, 8) * 2 + 1;
        break;
    case HISTORY_CAS:
        op->result = (t->type == TWIN_CHAIN || t->type == TWIN_CHAIN_LOST) && prng_chance(p, 0.5)
                         ? op->expect
                         : prng_below(p, 4);
        op->done = op->result == op->expect;
        break;
    case HISTORY_INCR: op->result = prng_between(p, 1, 5); break;
    case HISTORY_DELETE:
    case HISTORY_ADD:
    case HISTORY_REMOVE:
    case HISTORY_CONTAINS: op->done = !op->done; break;
    case HISTORY_DEQUEUE: spoil_dequeue(t, op, p); break;
    case HISTORY_WRITE:
    case HISTORY_ENQUEUE: break;
    }
    if ((t->type == TWIN_LIST || t->type == TWIN_QUEUE_READ) && twin_list_length(op->result) > 12)
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
    t->spoils = (int)prng_below(p, type == TWIN_QUEUE_LOST ? 20 : type == TWIN_QUEUE ? 8 : 7);
    for (int i = 0; i < t->spoils; i++)
        spoil(t, p);
    qsort(t->ops, t->count, sizeof(t->ops[0]), by_call);
}
