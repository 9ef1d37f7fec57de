/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues whose elements are put in once. A history without unknown outcomes is illegal iff one of a
 * few things happens: an element leaves twice, or before anybody puts it in; an element overtakes
 * one that was in before it was begun; or a queue is said to be empty while at every instant
 * something was certainly in. Henzinger, Sezgin & Vafeiadis, CONCUR 2013; Abdulla et al., PLDI
 * 2025.
 *
 * An unknown enqueue takes part if somebody was told its element: it is over when that one is.
 * Dequeues of unknown outcome may have taken what nobody was told, the missing. This is exact:
 *
 * Let an instant be chosen for every empty answer, inside its interval. A missing element v that
 * was in by in_v is due when the first younger one (begun after in_v) had been told to somebody, or
 * at the first chosen instant after in_v, whichever comes first; without either it may stay for
 * ever. Needed is an unknown dequeue for each due element, called by then. (Whoever took v did so
 * before any younger element left, and before the queue was empty.) As a dequeue can only come too
 * late for an element, such a choice exists iff by every time t as many were called as elements are
 * due. At t of all chosen instants only the last one up to t counts, since it makes most of them
 * due: so each instant can be judged by itself (queue_empty.c), whatever the others are.
 *
 * It suffices: say x_v is the one chosen for v, and that it returned when v was due, D_v >=
 * x_v.call. All others are left out. None of the four things happens then that did not before.
 *   - v does not leave before it comes: D_v is the return of a younger one's dequeue or an instant
 *     after in_v, both after in_v.
 *   - Overtaking: let a have been in before b was begun, so that whoever is younger than b, and
 * every instant after in_b, is after a as well: D_a <= D_b. If a is missing, b told: x_a.call <=
 * D_a, which is at most the return of b's dequeue. If b is missing, a told: D_b is the return of a
 *     dequeue that did not overtake a, or an instant outside of a's stay and after in_a. If both
 *     are: x_a.call <= D_a <= D_b. An element that stays for ever has no D, nor has b then.
 *   - Empty answers: a told element does not cover the chosen instant, nor does a missing one,
 * whose x_v.call is at most the first instant after in_v. */
#include "emulator/check/lin/queue.h"

#include "base/mem.h"
#include "base/sort.h"

static struct queue_value *value_of(struct queue *q, uint32_t text)
{
    uint32_t *slot = &q->scratch->by_text[text];
    if (*slot == 0) {
        q->values[q->values_count++] =
            (struct queue_value){.text = text, .in = LIN_NONE, .failed = LIN_NONE, .out = LIN_NONE};
        *slot = (uint32_t)q->values_count;
    }
    return &q->values[*slot - 1];
}

static enum lin_answer take_enqueue(struct queue *q, uint32_t pos)
{
    const struct history_op *op = lin_op(q->key, pos);
    struct queue_value *v = value_of(q, op->value);
    if (op->outcome == HISTORY_FAIL) {
        v->failed = pos;
        return LIN_LEGAL;
    }
    if (v->in != LIN_NONE)
        return LIN_REFUSED;
    v->in = pos;
    return LIN_LEGAL;
}

static enum lin_answer take_dequeue(struct queue *q, uint32_t pos, struct lin_finding *why)
{
    const struct history_op *op = lin_op(q->key, pos);
    if (op->outcome == HISTORY_FAIL)
        return LIN_LEGAL;
    if (op->outcome == HISTORY_UNKNOWN) {
        q->takers[q->takers_count++] = pos;
        return LIN_LEGAL;
    }
    if (op->result == 0) {
        q->empties[q->empties_count++] = pos;
        return LIN_LEGAL;
    }
    struct queue_value *v = value_of(q, op->result);
    if (v->out != LIN_NONE) {
        (void)lin_queue_twice(q, v, pos, why);
        return LIN_ILLEGAL;
    }
    v->out = pos;
    return LIN_LEGAL;
}

static bool put_in_twice(struct queue *q)
{
    bool twice = false;
    for (size_t i = 0; i < q->key->count && !twice; i++) {
        uint32_t pos = q->key->pos[i];
        if (lin_op(q->key, pos)->kind == HISTORY_ENQUEUE)
            twice = take_enqueue(q, pos) == LIN_REFUSED;
    }
    return twice;
}

static bool gather(struct queue *q, struct lin_finding *why)
{
    for (size_t i = 0; i < q->key->count; i++) {
        uint32_t pos = q->key->pos[i];
        if (lin_op(q->key, pos)->kind == HISTORY_DEQUEUE &&
            take_dequeue(q, pos, why) == LIN_ILLEGAL)
            return false;
    }
    return true;
}

/* Rules inside one value. What nobody knows to be in and nobody was told is left out. */
static bool settle(struct queue *q, struct lin_finding *why)
{
    size_t kept = 0;
    for (size_t i = 0; i < q->values_count; i++) {
        struct queue_value v = q->values[i];
        q->scratch->by_text[v.text] = 0;
        if (v.in == LIN_NONE && v.out == LIN_NONE)
            continue;
        if (v.in == LIN_NONE)
            return lin_queue_phantom(q, &v, why);
        const struct history_op *in = lin_op(q->key, v.in);
        if (v.out == LIN_NONE && in->outcome != HISTORY_OK)
            continue;
        if (v.out != LIN_NONE && lin_op(q->key, v.out)->ret_ns < in->call_ns)
            return lin_queue_future(q, &v, why);
        v.in_ns = in->ret_ns;
        v.out_ns = v.out == LIN_NONE ? HISTORY_NEVER : lin_op(q->key, v.out)->call_ns;
        v.due_ns = HISTORY_NEVER;
        q->values[kept++] = v;
    }
    q->values_count = kept;
    return true;
}

static int by_in(const void *a, const void *b)
{
    uint64_t x = ((const struct queue_value *)a)->in_ns;
    uint64_t y = ((const struct queue_value *)b)->in_ns;
    return (x > y) - (x < y);
}

/* A value that left, by the call of its enqueue. */
struct leaver {
    uint64_t call_ns;
    uint64_t gone_ns; /* the return of its dequeue */
    uint32_t value;
};

static int by_call(const void *a, const void *b)
{
    uint64_t x = ((const struct leaver *)a)->call_ns;
    uint64_t y = ((const struct leaver *)b)->call_ns;
    return (x > y) - (x < y);
}

static size_t leavers_of(const struct queue *q, struct leaver *leavers)
{
    size_t count = 0;
    for (size_t i = 0; i < q->values_count; i++) {
        const struct queue_value *v = &q->values[i];
        if (v->out != LIN_NONE)
            leavers[count++] = (struct leaver){lin_op(q->key, v->in)->call_ns,
                                               lin_op(q->key, v->out)->ret_ns, (uint32_t)i};
    }
    sort_array(leavers, count, sizeof(*leavers), by_call);
    return count;
}

/* Each value must have left by the time any that was begun after it left. From the last to go in
 * to the first, so that the least such time is at hand. */
static bool in_order(struct queue *q, struct lin_finding *why)
{
    struct leaver *leavers = mem_array(q->values_count, sizeof(*leavers));
    sort_array(q->values, q->values_count, sizeof(*q->values), by_in);
    size_t next = leavers_of(q, leavers);
    struct leaver least = {.gone_ns = HISTORY_NEVER};
    bool legal = true;
    for (size_t i = q->values_count; i > 0 && legal; i--) {
        struct queue_value *v = &q->values[i - 1];
        for (; next > 0 && leavers[next - 1].call_ns > v->in_ns; next--) {
            if (leavers[next - 1].gone_ns < least.gone_ns)
                least = leavers[next - 1];
        }
        v->due_ns = least.gone_ns;
        v->due_in = least.value;
        bool excused = v->out == LIN_NONE && q->takers_count > 0;
        if (!excused && v->due_ns < v->out_ns)
            legal = lin_queue_overtaken(q, v, &q->values[v->due_in], why);
    }
    mem_free(leavers);
    return legal;
}

static int by_due(const void *a, const void *b)
{
    const struct queue_value *x = *(const struct queue_value *const *)a;
    const struct queue_value *y = *(const struct queue_value *const *)b;
    return (x->due_ns > y->due_ns) - (x->due_ns < y->due_ns);
}

/* Every value that must have left, and that nobody was told, was taken by an unknown dequeue that
 * was asked in time: the first due gets the first asked. */
static bool excused(const struct queue *q, struct lin_finding *why)
{
    size_t count = 0;
    bool legal = true;
    const struct queue_value **missing = mem_array(q->values_count, sizeof(const void *));
    for (size_t i = 0; i < q->values_count; i++) {
        if (q->values[i].out == LIN_NONE && q->values[i].due_ns != HISTORY_NEVER)
            missing[count++] = &q->values[i];
    }
    sort_array(missing, count, sizeof(const void *), by_due);
    for (size_t i = 0; i < count && legal; i++) {
        if (i >= q->takers_count || lin_op(q->key, q->takers[i])->call_ns > missing[i]->due_ns)
            legal = lin_queue_overtaken(q, missing[i], &q->values[missing[i]->due_in], why);
    }
    mem_free(missing);
    return legal;
}

static enum lin_answer judge(struct queue *q, struct lin_finding *why)
{
    if (put_in_twice(q))
        return LIN_REFUSED;
    return gather(q, why) && settle(q, why) && in_order(q, why) && excused(q, why) &&
                   lin_queue_empties(q, why)
               ? LIN_LEGAL
               : LIN_ILLEGAL;
}

enum lin_answer lin_queue(const struct lin_key *key, struct lin_scratch *s, struct lin_finding *why)
{
    struct queue q = {.key = key, .scratch = s};
    for (size_t i = 0; i < key->count; i++) {
        uint8_t kind = lin_op(key, key->pos[i])->kind;
        if (kind != HISTORY_ENQUEUE && kind != HISTORY_DEQUEUE)
            return LIN_REFUSED;
    }
    if (key->initial != 0)
        return LIN_REFUSED;
    q.values = mem_array(key->count, sizeof(*q.values));
    q.takers = mem_array(key->count, sizeof(*q.takers));
    q.empties = mem_array(key->count, sizeof(*q.empties));
    enum lin_answer answer = judge(&q, why);
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        s->by_text[op->kind == HISTORY_ENQUEUE ? op->value : op->result] = 0;
    }
    mem_free(q.values);
    mem_free(q.takers);
    mem_free(q.empties);
    return answer;
}
