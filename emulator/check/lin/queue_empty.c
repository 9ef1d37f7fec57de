/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a queue can have been empty: not strictly between the moment when a value is certainly in
 * and the moment when somebody began to take it. Values that nobody was told need not be in, as
 * long as there are enough unknown dequeues: at an instant t at which the queue is to be empty,
 * those that were in by then count as due at t, and every later due needs its taker as before.
 * Counting takers up and dues down over time, no sum may fall below what was taken by t; the sums
 * to the right of t stand in a tree of least prefixes. queue.c has the proof. Instants at which
 * something is called or returns are enough: between two of them no more was called than at the
 * first, and no less is in. */
#include "base/mem.h"
#include "base/sort.h"
#include "emulator/check/lin/queue.h"

/* Leaves are instants; a node knows the sum of its part and the least sum of any of its beginnings.
 * at[1] is the root, the leaves begin at `leaves`, a power of two. */
struct sums {
    struct sum {
        int64_t sum;
        int64_t least;
    } * at; /* owned */
    size_t leaves;
};

struct instants {
    uint64_t *t_ns; /* owned; ascending, each once */
    size_t count;
    uint32_t *possible; /* owned; how many of the first so many instants may be empty */
};

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void collect(struct instants *in, const struct lin_key *key)
{
    size_t used = 0;
    in->t_ns = mem_array(2 * key->count, sizeof(*in->t_ns));
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        in->t_ns[used++] = op->call_ns;
        if (op->ret_ns != HISTORY_NEVER)
            in->t_ns[used++] = op->ret_ns;
    }
    sort_array(in->t_ns, used, sizeof(*in->t_ns), by_number);
    for (size_t i = 0; i < used; i++) {
        if (in->count == 0 || in->t_ns[in->count - 1] != in->t_ns[i])
            in->t_ns[in->count++] = in->t_ns[i];
    }
    in->possible = mem_array(in->count + 1, sizeof(*in->possible));
}

/* The first instant at or after t_ns. */
static size_t instant_of(const struct instants *in, uint64_t t_ns)
{
    size_t low = 0;
    size_t high = in->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (in->t_ns[mid] < t_ns)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct sum joined(struct sum a, struct sum b)
{
    int64_t later = a.sum + b.least;
    return (struct sum){a.sum + b.sum, a.least < later ? a.least : later};
}

static void sums_add(struct sums *s, size_t instant, int64_t by)
{
    size_t i = s->leaves + instant;
    s->at[i].sum += by;
    s->at[i].least = s->at[i].sum;
    for (i /= 2; i > 0; i /= 2)
        s->at[i] = joined(s->at[2 * i], s->at[2 * i + 1]);
}

/* The least of the sums up to any instant from `instant` on. */
static int64_t sums_least_from(const struct sums *s, size_t instant)
{
    size_t i = s->leaves + instant;
    struct sum right = s->at[i];
    for (; i > 1; i /= 2) {
        if (i % 2 == 0)
            right = joined(right, s->at[i + 1]);
    }
    return s->at[1].sum - right.sum + right.least;
}

/* possible[i + 1] = 1 where the values nobody was told leave instant i free. */
static void free_of_missing(const struct queue *q, struct instants *in)
{
    struct sums s = {.leaves = 1};
    size_t missing = 0;
    size_t next = q->values_count; /* by in_ns, from the last */
    while (s.leaves < in->count)
        s.leaves *= 2;
    s.at = mem_array(2 * s.leaves, sizeof(*s.at));
    for (size_t i = 0; i < q->takers_count; i++)
        sums_add(&s, instant_of(in, lin_op(q->key, q->takers[i])->call_ns), 1);
    for (size_t i = 0; i < q->values_count; i++)
        missing += q->values[i].out == LIN_NONE;
    for (size_t i = in->count; i > 0; i--) {
        for (; next > 0 && q->values[next - 1].in_ns >= in->t_ns[i - 1]; next--) {
            const struct queue_value *v = &q->values[next - 1];
            if (v->out != LIN_NONE)
                continue;
            missing--;
            if (v->due_ns != HISTORY_NEVER)
                sums_add(&s, instant_of(in, v->due_ns), -1);
        }
        in->possible[i] = (int64_t)missing <= sums_least_from(&s, i - 1);
    }
    mem_free(s.at);
}

/* Values that somebody was told, by the time they are certainly in: their stays, joined, forbid the
 * instants strictly inside. */
static void free_of_known(const struct queue *q, struct instants *in)
{
    size_t next = 0;
    uint64_t until = 0; /* the end of the stays that began before the instant */
    for (size_t i = 0; i < in->count; i++) {
        uint64_t t = in->t_ns[i];
        for (; next < q->values_count && q->values[next].in_ns < t; next++) {
            const struct queue_value *v = &q->values[next];
            if (v->out != LIN_NONE && v->out_ns > until)
                until = v->out_ns;
        }
        if (t < until)
            in->possible[i + 1] = 0;
    }
}

/* The values that were certainly in, one after the other, all through [call, ret]; missing: the
 * first of those nobody was told. */
static bool explain(const struct queue *q, uint32_t empty, struct lin_finding *why)
{
    const struct queue_value *cover[LIN_OPS_MAX];
    size_t count = 0;
    size_t next = 0;
    const struct history_op *op = lin_op(q->key, empty);
    for (uint64_t t = op->call_ns; t <= op->ret_ns && count < LIN_OPS_MAX;) {
        const struct queue_value *best = NULL;
        for (; next < q->values_count && q->values[next].in_ns < t; next++) {
            const struct queue_value *v = &q->values[next];
            bool stays = v->out != LIN_NONE || q->takers_count == 0;
            if (stays && v->out_ns > t && (best == NULL || v->out_ns > best->out_ns))
                best = v;
        }
        if (best == NULL)
            break;
        cover[count++] = best;
        t = best->out_ns;
    }
    for (size_t i = 0; i < q->values_count && count == 0; i++) {
        if (q->values[i].out == LIN_NONE && q->values[i].in_ns < op->ret_ns)
            cover[count++] = &q->values[i];
    }
    return lin_queue_not_empty(q, empty, cover, count, why);
}

bool lin_queue_empties(const struct queue *q, struct lin_finding *why)
{
    struct instants in = {0};
    bool legal = true;
    if (q->empties_count == 0)
        return true;
    collect(&in, q->key);
    free_of_missing(q, &in);
    free_of_known(q, &in);
    for (size_t i = 0; i < in.count; i++)
        in.possible[i + 1] += in.possible[i];
    for (size_t i = 0; i < q->empties_count && legal; i++) {
        const struct history_op *op = lin_op(q->key, q->empties[i]);
        size_t from = instant_of(&in, op->call_ns);
        size_t to = instant_of(&in, op->ret_ns);
        if (in.possible[to + 1] == in.possible[from])
            legal = explain(q, q->empties[i], why);
    }
    mem_free(in.t_ns);
    mem_free(in.possible);
    return legal;
}
