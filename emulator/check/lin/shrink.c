/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search says that no order exists, not why. Here operations are taken away as long as what is
 * left stays illegal, in ways that could not make a legal history illegal: what was called after
 * some instant, with what was open then possibly happening or not; operations that only observe; a
 * value with everything that made or saw it, and with the values that cas made of it; and an
 * acknowledgement, so that the operation may have happened or not. A try that runs out of steps
 * counts as legal. */
#include "base/mem.h"
#include "base/sort.h"
#include "emulator/check/lin/lin.h"

#define OPS_MAX    4096u /* more are not tried */
#define SINGLE_MAX 256u  /* … one by one */
#define BYTES_MAX  (64u << 20)

struct shrink {
    const struct lin_key *key;
    struct history bent; /* the key's operations only; ops owned */
    uint32_t *pos;       /* owned; of those that are left, in the order of their calls */
    uint32_t *kept;      /* owned; pos before a try */
    size_t count;
    uint32_t *values; /* owned; that are to go */
    size_t values_count;
    uint64_t steps;
    struct lin_finding why; /* of the last try that was illegal */
};

static bool is_illegal(struct shrink *s)
{
    struct lin_finding why = {0};
    struct lin_budget budget = {.steps = s->steps, .bytes = BYTES_MAX};
    struct lin_key key = *s->key;
    key.h = &s->bent;
    key.pos = s->pos;
    key.count = s->count;
    if (s->steps == 0 || s->count == 0)
        return false;
    enum lin_answer answer = lin_search(&key, &budget, &why);
    s->steps -= budget.used_steps < s->steps ? budget.used_steps : s->steps;
    if (answer == LIN_ILLEGAL)
        s->why = why;
    return answer == LIN_ILLEGAL;
}

/* The key as it was known at t_ns. */
static void cut(struct shrink *s, uint64_t t_ns)
{
    s->count = 0;
    for (uint32_t i = 0; i < s->key->count; i++) {
        const struct history_op *given = lin_op(s->key, s->key->pos[i]);
        struct history_op *op = &s->bent.ops[i];
        *op = *given;
        bool open = given->ret_ns > t_ns;
        if (!lin_counts(given) || given->call_ns > t_ns || (open && history_observes(given)))
            continue;
        if (open) {
            op->outcome = HISTORY_UNKNOWN;
            op->ret_ns = HISTORY_NEVER;
        }
        s->pos[s->count++] = i;
    }
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The earliest instant at which it was known to be illegal; it stays so. */
static bool cut_early(struct shrink *s)
{
    size_t count = 0;
    uint64_t *t_ns = mem_array(s->key->count, sizeof(*t_ns));
    for (size_t i = 0; i < s->key->count; i++) {
        const struct history_op *op = lin_op(s->key, s->key->pos[i]);
        if (op->outcome == HISTORY_OK)
            t_ns[count++] = op->ret_ns;
    }
    sort_array(t_ns, count, sizeof(*t_ns), by_number);
    size_t low = 0;
    size_t high = count; /* the first of which it is illegal, as far as is known */
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        cut(s, t_ns[mid]);
        if (is_illegal(s))
            high = mid;
        else
            low = mid + 1;
    }
    if (high < count)
        cut(s, t_ns[high]);
    mem_free(t_ns);
    return high < count;
}

static bool goes(const struct shrink *s, uint32_t text)
{
    size_t i = 0;
    while (i < s->values_count && s->values[i] != text)
        i++;
    return i < s->values_count;
}

static bool touches(const struct shrink *s, const struct history_op *op)
{
    return goes(s, op->value) || goes(s, op->result) || goes(s, op->expect);
}

/* With a value goes what a cas made of it, or may have made: nobody else did. False if that is what
 * was there before all of them. */
static bool choose_values(struct shrink *s, uint32_t text)
{
    s->values[0] = text;
    s->values_count = 1;
    for (size_t n = 0; n < s->values_count; n++) {
        for (size_t k = 0; k < s->count; k++) {
            const struct history_op *op = &s->bent.ops[s->pos[k]];
            bool swaps = op->kind == HISTORY_CAS && !history_observes(op);
            if (swaps && op->expect == s->values[n] && !goes(s, op->value))
                s->values[s->values_count++] = op->value;
        }
    }
    return !goes(s, 0) && !goes(s, s->key->initial);
}

/* Without one operation, or if i is LIN_NONE without everything about the values that are to go. */
static void without(struct shrink *s, uint32_t i)
{
    size_t kept = 0;
    size_t before = s->count;
    for (size_t k = 0; k < before; k++)
        s->kept[k] = s->pos[k];
    for (size_t k = 0; k < before; k++) {
        bool out = i == LIN_NONE ? touches(s, &s->bent.ops[s->pos[k]]) : s->pos[k] == i;
        if (!out)
            s->pos[kept++] = s->pos[k];
    }
    s->count = kept;
    if (is_illegal(s))
        return;
    s->count = before;
    for (size_t k = 0; k < before; k++)
        s->pos[k] = s->kept[k];
}

/* Reads, writes and cas that tell what they found: there a value can be taken out whole. */
static bool has_values(const struct shrink *s)
{
    for (size_t k = 0; k < s->count; k++) {
        const struct history_op *op = &s->bent.ops[s->pos[k]];
        if ((op->kind != HISTORY_READ && op->kind != HISTORY_WRITE && op->kind != HISTORY_CAS) ||
            op->silent)
            return false;
    }
    return true;
}

static void drop_values(struct shrink *s)
{
    for (size_t k = s->count; k > 0; k--) {
        if (k > s->count)
            k = s->count;
        if (k == 0)
            return;
        const struct history_op *op = &s->bent.ops[s->pos[k - 1]];
        if (op->kind == HISTORY_WRITE && choose_values(s, op->value))
            without(s, LIN_NONE);
    }
}

static void drop_observers(struct shrink *s)
{
    for (size_t k = s->count; k > 0; k--) {
        uint32_t i = s->pos[k - 1];
        if (history_observes(&s->bent.ops[i]))
            without(s, i);
    }
}

/* Whoever need not have happened has no part in it. */
static void drop_acknowledgements(struct shrink *s)
{
    for (size_t k = 0; k < s->count; k++) {
        struct history_op *op = &s->bent.ops[s->pos[k]];
        struct history_op given = *op;
        if (given.outcome != HISTORY_OK || history_observes(&given))
            continue;
        op->outcome = HISTORY_UNKNOWN;
        op->ret_ns = HISTORY_NEVER;
        if (!is_illegal(s))
            *op = given;
    }
}

void lin_shrink(const struct lin_key *key, uint64_t steps, struct lin_finding *why)
{
    struct shrink s = {.key = key, .steps = steps, .bent = *key->h};
    if (key->count > OPS_MAX)
        return;
    s.bent.ops = mem_array(key->count, sizeof(*s.bent.ops));
    s.pos = mem_array(key->count, sizeof(*s.pos));
    s.kept = mem_array(key->count, sizeof(*s.kept));
    s.values = mem_array(key->count + 1, sizeof(*s.values));
    bool known = cut_early(&s);
    if (known && s.count <= SINGLE_MAX) {
        if (has_values(&s))
            drop_values(&s);
        drop_observers(&s);
        drop_acknowledgements(&s);
    }
    if (known) {
        *why = s.why;
        why->ops_count = 0;
        for (size_t k = s.count; k > 0; k--) {
            if (s.bent.ops[s.pos[k - 1]].outcome == HISTORY_OK)
                lin_show(why, key->pos[s.pos[k - 1]]);
        }
    }
    mem_free(s.bent.ops);
    mem_free(s.pos);
    mem_free(s.kept);
    mem_free(s.values);
}
