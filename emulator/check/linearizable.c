/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every key behaves like one object that executes each operation at one instant between its call
 * and its return. */
#include "base/mem.h"
#include "emulator/check/lin.h"
#include "emulator/check/registry.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEPS_DEFAULT 20000000ull
#define NS_DEFAULT    60000000000ull
#define BYTES_DEFAULT (1ull << 30)
#define SLICE_FIRST   20000ull
#define SLICE_FACTOR  8u

/* Operations grouped by key. */
struct groups {
    uint32_t *pos;   /* owned; positions, one key after the other, each in call order */
    uint32_t *start; /* owned; of key number k: start[k]..start[k + 1] */
    uint32_t keys;   /* numbers of texts, not all of them keys */
};

/* What the roads said, over all keys. */
struct tally {
    uint64_t keys;
    uint64_t decided;
    uint64_t proven;   /* by the log order too */
    uint64_t disagree; /* log order fails, history is fine */
    uint64_t torn;     /* log order proves what the type algorithm denies: a mistake here */
    uint32_t *open;    /* owned; keys that need the search */
    size_t open_count;
    struct lin_finding furthest; /* of a key whose search ran out */
    uint32_t furthest_key;
};

static void group(struct groups *g, const struct history *h)
{
    g->keys = h->texts.count;
    g->start = mem_array((size_t)g->keys + 2, sizeof(*g->start));
    g->pos = mem_array(h->count, sizeof(*g->pos));
    for (size_t i = 0; i < h->count; i++)
        g->start[h->ops[i].key + 2]++;
    for (uint32_t k = 2; k < g->keys + 2; k++)
        g->start[k] += g->start[k - 1];
    for (size_t i = 0; i < h->count; i++)
        g->pos[g->start[h->ops[i].key + 1]++] = (uint32_t)i;
}

static struct lin_key key_of(const struct groups *g, const struct history *h, uint32_t k)
{
    return (struct lin_key){
        .h = h, .pos = g->pos + g->start[k], .count = g->start[k + 1] - g->start[k]};
}

static uint64_t answers_told(const struct history *h)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < h->count; i++) {
        const struct history_op *op = &h->ops[i];
        bool tells = op->result != 0 || op->done;
        seen += op->outcome == HISTORY_OK && lin_counts(op) && tells;
    }
    return seen;
}

static void illegal(const struct check_input *in, const struct lin_key *key,
                    const struct lin_finding *why, struct check_result *res)
{
    char name[LIN_TEXT_MAX];
    const struct history *h = in->history;
    (void)lin_text(h, lin_op(key, key->pos[0])->key, name);
    if (!result_violate(res, "key %s, %s: %s", name, why->pattern, why->sentence))
        return;
    for (size_t i = 0; i < why->ops_count; i++)
        result_operation(res, h, &h->ops[why->ops[i]]);
    result_paragraph(res,
                     "Linearizable means that every operation takes effect at one instant between "
                     "its call and its answer. For key %s no choice of instants explains what the "
                     "clients saw: %s. The operations named here contradict each other by "
                     "themselves; all others may be left out of the argument.",
                     name, why->sentence);
}

static void on_answer(const struct check_input *in, struct tally *t, const struct lin_key *key,
                      uint32_t k, enum lin_answer type, enum lin_answer witness,
                      const struct lin_finding *why, struct check_result *res)
{
    t->proven += witness == LIN_LEGAL;
    t->disagree += witness == LIN_ILLEGAL && type == LIN_LEGAL;
    if (type == LIN_ILLEGAL && witness == LIN_LEGAL) {
        t->torn++;
    } else if (type == LIN_ILLEGAL) {
        illegal(in, key, why, res);
        t->decided++;
    } else if (type == LIN_LEGAL || witness == LIN_LEGAL) {
        t->decided++;
    } else {
        t->open[t->open_count++] = k;
    }
}

static void judge_types(const struct check_input *in, const struct groups *g, struct tally *t,
                        struct check_result *res)
{
    struct lin_scratch scratch;
    lin_scratch_init(&scratch, in->history);
    for (uint32_t k = 1; k < g->keys; k++) {
        struct lin_key key = key_of(g, in->history, k);
        struct lin_finding why = {0};
        if (key.count == 0)
            continue;
        t->keys++;
        enum lin_answer type = lin_typed(&key, &scratch, &why);
        enum lin_answer witness = lin_witness(&key, &scratch);
        on_answer(in, t, &key, k, type, witness, &why, res);
    }
    lin_scratch_free(&scratch);
}

static uint64_t now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* One slice for every open key; those that stay open move to the front. */
static void slice(const struct check_input *in, const struct groups *g, struct tally *t,
                  struct lin_budget *budget, uint64_t *steps_left, struct check_result *res)
{
    size_t still = 0;
    uint64_t wanted = budget->steps;
    for (size_t i = 0; i < t->open_count; i++) {
        uint32_t k = t->open[i];
        struct lin_key key = key_of(g, in->history, k);
        struct lin_finding why = {0};
        budget->steps = wanted < *steps_left ? wanted : *steps_left;
        budget->used_steps = 0;
        enum lin_answer answer = budget->steps == 0 ? LIN_UNKNOWN : lin_search(&key, budget, &why);
        *steps_left -= budget->used_steps < *steps_left ? budget->used_steps : *steps_left;
        if (answer == LIN_ILLEGAL)
            illegal(in, &key, &why, res);
        if (answer == LIN_UNKNOWN) {
            t->open[still++] = k;
            if (why.pattern != NULL) {
                t->furthest = why;
                t->furthest_key = k;
            }
        } else {
            t->decided++;
        }
    }
    t->open_count = still;
    budget->steps = wanted;
}

/* An illegal key is often cheap while a legal one explodes: all keys get small slices first. */
static void judge_search(const struct check_input *in, const struct groups *g, struct tally *t,
                         struct check_result *res)
{
    const struct check_facts *f = in->facts;
    uint64_t left = f->budget_steps != 0 ? f->budget_steps : STEPS_DEFAULT;
    uint64_t until = now_ns() + (f->budget_ns != 0 ? f->budget_ns : NS_DEFAULT);
    struct lin_budget budget = {.steps = SLICE_FIRST,
                                .bytes = f->budget_bytes != 0 ? f->budget_bytes : BYTES_DEFAULT,
                                .deadline_ns = until};
    while (t->open_count > 0 && left > 0 && now_ns() < until) {
        uint64_t before = left;
        slice(in, g, t, &budget, &left, res);
        if (left == before)
            return; /* memory, not steps, is what runs out */
        budget.steps *= SLICE_FACTOR;
    }
}

static void undecided(const struct check_input *in, const struct tally *t, struct check_result *res)
{
    char name[LIN_TEXT_MAX];
    unsigned long long decided = t->decided;
    unsigned long long keys = t->keys;
    if (res->verdict == CHECK_VIOLATED)
        return;
    res->verdict = CHECK_UNKNOWN;
    result_say(res, "%llu of %llu keys decided; the search for the others ran out of its budget",
               decided, keys);
    if (t->furthest.pattern == NULL)
        return;
    (void)lin_text(in->history, t->furthest_key, name);
    result_paragraph(res,
                     "Key %s: %s. More keys, fewer clients a key, or values that are never "
                     "written twice make the question easy; a larger budget may do.",
                     name, t->furthest.sentence);
}

static void sum_up(const struct check_input *in, const struct tally *t, struct check_result *res)
{
    if (t->torn > 0 && res->verdict != CHECK_VIOLATED) {
        res->verdict = CHECK_UNKNOWN;
        result_say(res, "two ways of judging disagree on %llu keys: a mistake in the checker",
                   (unsigned long long)t->torn);
        return;
    }
    if (t->open_count > 0) {
        undecided(in, t, res);
        return;
    }
    result_settle(res, "answers that tell something");
    if (res->verdict != CHECK_OK)
        return;
    result_say(res, "%llu answers on %llu keys have a legal order; the log's own proves %llu keys",
               (unsigned long long)res->seen, (unsigned long long)t->keys,
               (unsigned long long)t->proven);
    if (t->disagree > 0)
        result_paragraph(res,
                         "On %llu keys the order of the log does not explain the answers, although "
                         "another order does: no client could notice, but the indexes told with "
                         "the answers are worth a look.",
                         (unsigned long long)t->disagree);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    struct groups g = {0};
    struct tally t = {0};
    (void)state;
    res->seen = answers_told(in->history);
    group(&g, in->history);
    t.open = mem_array((size_t)g.keys + 1, sizeof(*t.open));
    judge_types(in, &g, &t, res);
    judge_search(in, &g, &t, res);
    sum_up(in, &t, res);
    free(t.open);
    free(g.pos);
    free(g.start);
}

const struct checker check_linearizable = {
    .name = "linearizable",
    .property = "Every key behaves like one object that executes each operation at one instant "
                "between its call and its answer.",
    .source = "Herlihy & Wing 1990; Gibbons & Korach 1997; Wing & Gong 1993; Lowe 2017",
    .class = CHECKER_SAFETY,
    .state_size = 1,
    .finish = finish,
};
