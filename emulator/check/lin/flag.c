/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One element of a set that comes and goes; also locks. Two states; operations that change it say
 * so, all others say what they saw. Walking through time, the state is changed only when somebody's
 * return forces it, and then by the pending operation that would return first: to wait never makes
 * a later choice worse, and operations that change the same way are exchangeable. Unknown ones have
 * no return and are taken last. */
#include "emulator/check/lin/flag.h"

#include "base/mem.h"
#include "base/sort.h"
#include "emulator/check/lin/heap.h"

struct moment {
    uint64_t t_ns;
    uint32_t op;
    bool ret;
};

struct walk {
    const struct flag_op *ops;
    uint32_t *flips_at_call;    /* owned; by operation: how often the state had changed */
    bool *used;                 /* owned; by operation: it changed the state before its return */
    struct lin_heap pending[2]; /* changes to state 0, to state 1 */
    uint32_t flips;
    bool state;
};

static int by_time(const void *a, const void *b)
{
    const struct moment *x = a;
    const struct moment *y = b;
    if (x->t_ns != y->t_ns)
        return x->t_ns < y->t_ns ? -1 : 1;
    if (x->ret != y->ret)
        return x->ret ? 1 : -1;
    return (x->op > y->op) - (x->op < y->op);
}

/* False: nobody can change the state. */
static bool flip(struct walk *w)
{
    struct lin_heap *heap = &w->pending[!w->state];
    while (heap->count > 0) {
        uint32_t op = lin_heap_pop(heap).item;
        if (w->used[op])
            continue;
        w->used[op] = true;
        w->state = !w->state;
        w->flips++;
        return true;
    }
    return false;
}

/* The last instant at which the operation can take effect. */
static bool on_return(struct walk *w, uint32_t at)
{
    const struct flag_op *op = &w->ops[at];
    if (op->changes && w->used[at])
        return true;
    if (!op->changes && (w->flips_at_call[at] != w->flips || w->state == op->state))
        return true; /* it was that way at some instant since the call */
    /* a change needs the other state, an observer its own */
    if ((op->changes ? w->state == op->state : true) && !flip(w))
        return false;
    if (op->changes) {
        w->used[at] = true;
        w->state = op->state;
        w->flips++;
    }
    return true;
}

static void on_call(struct walk *w, uint32_t at)
{
    const struct flag_op *op = &w->ops[at];
    w->flips_at_call[at] = w->flips;
    if (op->changes)
        lin_heap_push(&w->pending[op->state], op->ret_ns, at);
}

static size_t moments_of(const struct flag_op *ops, size_t count, struct moment *moments)
{
    size_t used = 0;
    for (uint32_t i = 0; i < count; i++) {
        moments[used++] = (struct moment){ops[i].call_ns, i, false};
        if (ops[i].ret_ns != HISTORY_NEVER)
            moments[used++] = (struct moment){ops[i].ret_ns, i, true};
    }
    sort_array(moments, used, sizeof(*moments), by_time);
    return used;
}

size_t lin_flag_walk(const struct flag_op *ops, size_t count, bool state)
{
    size_t failed = count;
    struct moment *moments = mem_array(2 * count, sizeof(*moments));
    struct walk w = {.ops = ops, .state = state};
    size_t used = moments_of(ops, count, moments);
    w.flips_at_call = mem_array(count, sizeof(*w.flips_at_call));
    w.used = mem_array(count, sizeof(*w.used));
    for (size_t i = 0; i < used && failed == count; i++) {
        if (!moments[i].ret)
            on_call(&w, moments[i].op);
        else if (!on_return(&w, moments[i].op))
            failed = moments[i].op;
    }
    mem_free(moments);
    mem_free(w.flips_at_call);
    mem_free(w.used);
    mem_free(w.pending[0].at);
    mem_free(w.pending[1].at);
    return failed;
}

/* ---- the elements of a key ---- */

struct flags {
    const struct lin_key *key;
    uint32_t *element; /* owned; by operation of the key: number of its element */
    uint32_t *start;   /* owned; of element e: start[e]..start[e + 1] in order */
    uint32_t *order;   /* owned; positions, element by element, each in call order */
    size_t elements;
};

/* Sorts the operations by element, without comparing. */
static void group(struct flags *f, struct lin_scratch *s)
{
    const struct lin_key *key = f->key;
    for (size_t i = 0; i < key->count; i++) {
        uint32_t *slot = &s->by_text[lin_op(key, key->pos[i])->value];
        if (*slot == 0)
            *slot = (uint32_t)++f->elements;
        f->element[i] = *slot - 1;
    }
    f->start = mem_array(f->elements + 2, sizeof(*f->start));
    for (size_t i = 0; i < key->count; i++)
        f->start[f->element[i] + 2]++;
    for (size_t e = 2; e < f->elements + 2; e++)
        f->start[e] += f->start[e - 1];
    for (size_t i = 0; i < key->count; i++)
        f->order[f->start[f->element[i] + 1]++] = key->pos[i];
    for (size_t i = 0; i < key->count; i++)
        s->by_text[lin_op(key, key->pos[i])->value] = 0;
}

/* The element's operations as changes and observers; false when some acknowledged one does not tell
 * which it was. */
static bool flag_ops(const struct lin_key *key, struct flag_op *ops, size_t *ret_count)
{
    *ret_count = 0;
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        if (!lin_counts(op))
            continue;
        bool known = op->outcome == HISTORY_OK;
        bool contains = op->kind == HISTORY_CONTAINS;
        if (known && !contains && op->silent)
            return false;
        ops[(*ret_count)++] = (struct flag_op){
            .call_ns = op->call_ns,
            .ret_ns = known ? op->ret_ns : HISTORY_NEVER,
            .pos = key->pos[i],
            .changes = !contains && (!known || op->done),
            .state = contains ? op->done : op->kind == HISTORY_ADD,
        };
    }
    return true;
}

static bool only_grows(const struct lin_key *key)
{
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        if (op->kind == HISTORY_REMOVE && lin_counts(op))
            return false;
    }
    return true;
}

static enum lin_answer judge(const struct lin_key *element, struct flag_op *ops,
                             struct lin_scratch *s, struct lin_finding *why)
{
    size_t count = 0;
    if (only_grows(element))
        return lin_set_grown(element, s, why);
    if (!flag_ops(element, ops, &count))
        return LIN_REFUSED;
    size_t failed = lin_flag_walk(ops, count, false);
    if (failed == count)
        return LIN_LEGAL;
    lin_flag_explain(element, ops, count, failed, why);
    return LIN_ILLEGAL;
}

enum lin_answer lin_set_flags(const struct lin_key *key, struct lin_scratch *s,
                              struct lin_finding *why)
{
    struct flags f = {.key = key};
    enum lin_answer answer = LIN_LEGAL;
    struct flag_op *ops = mem_array(key->count, sizeof(*ops));
    f.element = mem_array(key->count, sizeof(*f.element));
    f.order = mem_array(key->count, sizeof(*f.order));
    group(&f, s);
    for (size_t e = 0; e < f.elements && answer != LIN_ILLEGAL; e++) {
        struct lin_key element = *key;
        element.pos = f.order + f.start[e];
        element.count = f.start[e + 1] - f.start[e];
        enum lin_answer one = judge(&element, ops, s, why);
        answer = one != LIN_LEGAL ? one : answer;
    }
    mem_free(ops);
    mem_free(f.element);
    mem_free(f.order);
    mem_free(f.start);
    return answer;
}
