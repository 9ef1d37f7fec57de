/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every key behaves like one object that executes each operation at one instant between its call
 * and its return.
 *
 * Keys are judged while the run goes on: whenever enough operations of one have come together, the
 * older ones are cut off, judged and forgotten (lin/cut.h). The verdict is that of the whole. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/check/lin/kept.h"
#include "emulator/check/lin/prune.h"
#include "emulator/check/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEPS_DEFAULT 20000000ull
#define NS_DEFAULT    (60 * NS_PER_S)
#define BYTES_DEFAULT (1ull << 30)
#define SLICE_FIRST   20000ull
#define SLICE_FACTOR  8u

/* Before the end, a key that is not easy to judge may cost so much at a time. */
#define STEPS_ON_THE_WAY (10 * SLICE_FIRST)
#define PIECE_MIN        16u

/* A key nobody has asked for so long is cut behind its last operation. */
#define DORMANT_NS (60 * NS_PER_S)

struct state {
    struct lin_kept kept;
    struct lin_scratch scratch;
    uint32_t *carried; /* owned */
    size_t carried_cap;
    uint64_t steps_left; /* of all searches */
    bool typed;          /* the last judgement was an algorithm's for those operations */
    uint64_t torn; /* keys: the log order proves what the type algorithm denies, a mistake here */
    /* at the end */
    uint64_t decided;
    uint32_t *open; /* owned; keys that need the search */
    size_t open_count;
    struct lin_finding furthest; /* of a key whose search ran out */
    uint32_t furthest_key;
};

static uint64_t answers_told(const struct lin_key *key)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        seen += (op->outcome == HISTORY_OK) & !op->weak & ((op->result != 0) | op->done);
    }
    return seen;
}

static void illegal(const struct check_input *in, const struct lin_key *key,
                    struct lin_finding *why, struct check_result *res)
{
    char name[LIN_TEXT_MAX];
    char value[LIN_TEXT_MAX];
    char before[160] = "";
    const struct history *h = in->history;
    (void)lin_text(h, lin_op(key, key->pos[0])->key, name);
    if (!result_violate(res, "key %s, %s: %s", name, why->pattern, why->sentence))
        return;
    if (key->told != 0) {
        (void)snprintf(before, sizeof(before),
                       " What was before %.6f s, when the key held %s and nothing else was under "
                       "way, plays no part.",
                       (double)lin_op(key, key->told - 1)->ret_ns / 1e9,
                       lin_content(h, lin_op(key, key->pos[0])->key, key->initial, value));
        lin_show(why, key->told - 1);
    }
    for (size_t i = 0; i < why->ops_count; i++)
        result_operation(res, h, &h->ops[why->ops[i]]);
    result_paragraph(res,
                     "Linearizable means that every operation takes effect at one instant between "
                     "its call and its answer. For key %s no choice of instants explains what the "
                     "clients saw. The operations named here contradict each other by "
                     "themselves; all others may be left out of the argument.%s",
                     name, before);
}

static void illegal_by_search(const struct check_input *in, const struct lin_key *key,
                              struct lin_finding *why, struct check_result *res)
{
    if (res->violations == 0)
        lin_shrink(key, LIN_SHRINK_STEPS, why);
    illegal(in, key, why, res);
}

static struct lin_scratch *scratch_for(struct state *s, const struct history *h)
{
    lin_scratch_fit(&s->scratch, h);
    return &s->scratch;
}

/* The roads that need no search; LIN_REFUSED if none of them decides. What is illegal is told. */
static enum lin_answer judge(struct state *s, const struct check_input *in, struct lin_kept_key *of,
                             const struct lin_key *key, struct check_result *res)
{
    struct lin_finding why = {0};
    struct lin_scratch *scratch = scratch_for(s, in->history);
    enum lin_answer type = lin_typed(key, scratch, &why);
    enum lin_answer witness = lin_witness(key, scratch);
    s->typed = type == LIN_LEGAL;
    of->unproven = of->unproven || witness != LIN_LEGAL;
    of->disagrees = of->disagrees || (witness == LIN_ILLEGAL && type == LIN_LEGAL);
    if (type == LIN_ILLEGAL) {
        if (witness == LIN_LEGAL)
            s->torn++;
        else
            illegal(in, key, &why, res);
        return LIN_ILLEGAL;
    }
    return type == LIN_LEGAL || witness == LIN_LEGAL ? LIN_LEGAL : LIN_REFUSED;
}

/* ---- part by part ---- */

static enum lin_answer judge_part(struct state *s, const struct check_input *in,
                                  struct lin_kept_key *of, const struct lin_key *key,
                                  struct check_result *res)
{
    struct lin_finding why = {0};
    struct lin_budget budget = {.steps = s->steps_left < SLICE_FIRST ? s->steps_left : SLICE_FIRST,
                                .bytes = BYTES_DEFAULT};
    enum lin_answer answer = judge(s, in, of, key, res);
    if (answer != LIN_REFUSED)
        return answer;
    answer = lin_search(key, &budget, &why);
    s->steps_left -= budget.used_steps < s->steps_left ? budget.used_steps : s->steps_left;
    if (answer == LIN_ILLEGAL)
        illegal_by_search(in, key, &why, res);
    return answer;
}

static void make_room(struct state *s, size_t count)
{
    if (s->carried_cap >= count)
        return;
    s->carried_cap = 2 * count;
    s->carried = mem_grow(s->carried, s->carried_cap, sizeof(*s->carried));
}

/* What is left of the cut is judged, and forgotten if that can be done. */
static bool settle(struct state *s, const struct check_input *in, struct lin_kept_key *of,
                   const struct lin_key *key, const struct lin_cut *cut, struct check_result *res)
{
    struct lin_key left = *key;
    size_t count = 0;
    left.count = cut->left;
    enum lin_answer answer = judge_part(s, in, of, &left, res);
    if (answer == LIN_ILLEGAL) {
        res->seen += answers_told(key);
        lin_kept_close(of, in->history);
        return true;
    }
    make_room(s, cut->left);
    if (answer != LIN_LEGAL ||
        !lin_cut_carry(key, cut, scratch_for(s, in->history), s->carried, &count))
        return false;
    res->seen += answers_told(&left);
    lin_kept_cut(of, in->history, cut, s->carried, count);
    return true;
}

/* Cuts off what it can, but for the newest keep operations: in one piece, if that is easy to judge,
 * else in small ones, which are easy for a search. False if there was nothing it could. */
static bool retire(struct state *s, const struct check_input *in, struct lin_kept_key *of,
                   size_t keep, uint64_t now_ns, struct check_result *res)
{
    bool any = false;
    struct lin_key key = lin_kept_view(&s->kept, of, in->history);
    struct lin_cut cut;
    if (key.count <= keep || !lin_cut_find(&key, 1, key.count - keep, now_ns, &cut))
        return false;
    struct lin_cut all = cut;
    if (settle(s, in, of, &key, &cut, res))
        return true;
    for (size_t piece = PIECE_MIN; s->steps_left > 0;) {
        size_t most = all.left < piece ? all.left : piece;
        bool cuts = lin_cut_find(&key, 1, most, now_ns, &cut);
        if (cuts && settle(s, in, of, &key, &cut, res)) {
            any = true;
            if (of->count <= keep)
                break;
            all.left = of->count - keep;
            key = lin_kept_view(&s->kept, of, in->history);
            piece = PIECE_MIN;
        } else if (most == all.left) {
            break;
        } else {
            piece *= 2;
        }
    }
    return any;
}

/* When what is not answered yet was called, or a quarter of all: the newest stay. */
static uint64_t since_of(const struct lin_key *key)
{
    uint64_t since_ns = lin_op(key, key->pos[key->count - key->count / 4 - 1])->call_ns;
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        if (!op->answered && op->call_ns < since_ns)
            since_ns = op->call_ns;
    }
    return since_ns;
}

/* A key that is never at rest: it is judged so far, and what cannot matter any more is forgotten.
 */
static bool thin_out(struct state *s, const struct check_input *in, struct lin_kept_key *of,
                     struct check_result *res)
{
    struct lin_key key = lin_kept_view(&s->kept, of, in->history);
    if (lin_kinds(&key) >= LIN_KIND(HISTORY_ADD))
        return false; /* sets and queues are judged whole, at the end */
    enum lin_answer answer = judge(s, in, of, &key, res);
    if (answer == LIN_ILLEGAL) {
        res->seen += answers_told(&key);
        lin_kept_close(of, in->history);
        return true;
    }
    make_room(s, key.count);
    struct lin_pruned rest = {.pos = s->carried};
    if (answer != LIN_LEGAL || !s->typed ||
        !lin_prune(&key, since_of(&key), scratch_for(s, in->history), &rest))
        return false;
    struct lin_key stays = {.h = in->history, .pos = rest.pos, .count = rest.count};
    res->seen += answers_told(&key) - answers_told(&stays);
    lin_kept_prune(of, in->history, rest.pos, rest.count, rest.told - 1);
    return true;
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    if (history_get(in->history, rec->op)->weak)
        return;
    struct lin_kept_key *key = lin_kept_add(&s->kept, in->history, rec->op);
    s->steps_left = STEPS_ON_THE_WAY;
    if (key->count >= key->due) {
        size_t room = lin_kept_room(&s->kept);
        if (retire(s, in, key, room / 4, rec->t, res) || thin_out(s, in, key, res))
            key->due = room > 2 * key->count ? room : 2 * key->count;
        else
            key->due = key->count + key->count / 2;
    }
    key = lin_kept_next(&s->kept);
    if (key->count > 0 && rec->t - key->called > DORMANT_NS && !retire(s, in, key, 0, rec->t, res))
        key->called = rec->t; /* in vain: later again */
}

/* ---- at the end ---- */

static void judge_rest(struct state *s, const struct check_input *in, struct check_result *res)
{
    for (uint32_t k = 1; k <= lin_kept_count(&s->kept); k++) {
        struct lin_kept_key *of = &s->kept.keys[k];
        struct lin_key key = lin_kept_view(&s->kept, of, in->history);
        enum lin_answer answer = judge(s, in, of, &key, res);
        if (answer == LIN_REFUSED && retire(s, in, of, 0, UINT64_MAX, res)) {
            key = lin_kept_view(&s->kept, of, in->history);
            answer = judge(s, in, of, &key, res);
        }
        res->seen += answers_told(&key);
        if (answer == LIN_REFUSED)
            s->open[s->open_count++] = k;
        else
            s->decided++;
    }
}

static uint64_t now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* One slice for every open key; those that stay open move to the front. */
static void slice(struct state *s, const struct check_input *in, struct lin_budget *budget,
                  struct check_result *res)
{
    size_t still = 0;
    uint64_t wanted = budget->steps;
    for (size_t i = 0; i < s->open_count; i++) {
        uint32_t k = s->open[i];
        struct lin_key key = lin_kept_view(&s->kept, &s->kept.keys[k], in->history);
        struct lin_finding why = {0};
        budget->steps = wanted < s->steps_left ? wanted : s->steps_left;
        budget->used_steps = 0;
        enum lin_answer answer = budget->steps == 0 ? LIN_UNKNOWN : lin_search(&key, budget, &why);
        s->steps_left -= budget->used_steps < s->steps_left ? budget->used_steps : s->steps_left;
        if (answer == LIN_ILLEGAL)
            illegal_by_search(in, &key, &why, res);
        if (answer == LIN_UNKNOWN) {
            s->open[still++] = k;
            if (why.pattern != NULL) {
                s->furthest = why;
                s->furthest_key = k;
            }
        } else {
            s->decided++;
        }
    }
    s->open_count = still;
    budget->steps = wanted;
}

/* An illegal key is often cheap while a legal one explodes: all keys get small slices first. */
static void judge_search(struct state *s, const struct check_input *in, struct check_result *res)
{
    const struct check_facts *f = in->facts;
    uint64_t until = now_ns() + (f->budget_ns != 0 ? f->budget_ns : NS_DEFAULT);
    struct lin_budget budget = {.steps = SLICE_FIRST,
                                .bytes = f->budget_bytes != 0 ? f->budget_bytes : BYTES_DEFAULT,
                                .deadline_ns = until};
    while (s->open_count > 0 && s->steps_left > 0 && now_ns() < until) {
        uint64_t before = s->steps_left;
        slice(s, in, &budget, res);
        if (s->steps_left == before)
            return; /* memory, not steps, is what runs out */
        budget.steps *= SLICE_FACTOR;
    }
}

static void undecided(const struct state *s, struct check_result *res)
{
    if (res->verdict == CHECK_VIOLATED)
        return;
    res->verdict = CHECK_UNKNOWN;
    result_say(res, "%llu of %llu keys decided; the search for the others ran out of its budget",
               (unsigned long long)s->decided, (unsigned long long)lin_kept_count(&s->kept));
    if (s->furthest.pattern == NULL)
        return;
    struct trace_text name = texts_get(&s->kept.names, s->furthest_key);
    result_paragraph(res,
                     "Key %.*s: %s. More keys, fewer clients a key, or values that are never "
                     "written twice make the question easy; a larger budget may do.",
                     (int)(name.len < LIN_TEXT_MAX ? name.len : LIN_TEXT_MAX), name.at,
                     s->furthest.sentence);
}

static void legal(const struct state *s, struct check_result *res)
{
    uint64_t keys = lin_kept_count(&s->kept);
    uint64_t unproven = 0;
    uint64_t disagree = 0;
    for (uint32_t k = 1; k <= keys; k++) {
        unproven += s->kept.keys[k].unproven;
        disagree += s->kept.keys[k].disagrees;
    }
    if (keys == unproven) /* as where no answer tells its index */
        result_say(res, "%llu answers on %llu keys have a legal order",
                   (unsigned long long)res->seen, (unsigned long long)keys);
    else
        result_say(res,
                   "%llu answers on %llu keys have a legal order; the log's own proves %llu keys",
                   (unsigned long long)res->seen, (unsigned long long)keys,
                   (unsigned long long)(keys - unproven));
    if (disagree > 0)
        result_paragraph(res,
                         "On %llu keys the order of the log does not explain the answers, although "
                         "another order does: no client could notice, but the indexes told with "
                         "the answers are worth a look.",
                         (unsigned long long)disagree);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    struct state *s = state;
    uint64_t steps = in->facts->budget_steps;
    s->open = mem_array((size_t)lin_kept_count(&s->kept) + 1, sizeof(*s->open));
    s->steps_left = steps != 0 ? steps : STEPS_DEFAULT;
    judge_rest(s, in, res);
    judge_search(s, in, res);
    if (s->torn > 0 && res->verdict != CHECK_VIOLATED) {
        res->verdict = CHECK_UNKNOWN;
        result_say(res, "two ways of judging disagree on %llu keys: a mistake in the checker",
                   (unsigned long long)s->torn);
        return;
    }
    if (s->open_count > 0) {
        undecided(s, res);
        return;
    }
    result_settle(res, "answers that tell something");
    if (res->verdict == CHECK_OK)
        legal(s, res);
}

static void release(void *state)
{
    struct state *s = state;
    lin_kept_free(&s->kept);
    lin_scratch_free(&s->scratch);
    mem_free(s->carried);
    mem_free(s->open);
}

const struct checker check_linearizable = {
    .name = "linearizable",
    .property = "Every key behaves like one object that executes each operation at one instant "
                "between its call and its answer.",
    .source = "Herlihy & Wing 1990; Gibbons & Korach 1997; Wing & Gong 1993; Lowe 2017",
    .class = CHECKER_SAFETY,
    .untraced = true,
    .events = CHECKER_ON(clientInvoke),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
    .free = release,
};
