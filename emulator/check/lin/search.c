/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Depth-first search over (set of placed operations, state), each visited once.
 *
 * Calls and returns stand in a doubly linked list in the order of time, calls first on equal
 * stamps; placing an operation lifts both out. An operation may be placed next iff its call stands
 * before the first remaining return. Unknown operations may be placed or not. Most have no return;
 * the return of one that is known to be over holds nobody up, but once something behind it is
 * placed, it is too late for that one.
 * Observers that fit the present state are placed at once and never taken back: they change
 * nothing, and every order of the rest has them here or can, unless somebody would be too late by
 * that. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/prng.h"
#include "base/sort.h"
#include "emulator/check/lin/lin.h"
#include "emulator/check/lin/model.h"

#include <string.h>
#include <time.h>

/* Node 0 closes the ring; operation i has the nodes 2i+1 (call) and 2i+2 (return). */
#define HEAD           0u
#define BLOCKED_STATES 4u

struct config {
    uint64_t lo;
    uint64_t hi;
};

struct frame {
    uint64_t latest_ns;
    uint32_t op;
    uint32_t state; /* this and latest_ns: before it was placed */
    uint8_t phase;
    bool forced;
};

/* What may be placed: first observers, then acknowledged operations, then unknown ones. */
enum phase { OBSERVERS, ACKNOWLEDGED, UNKNOWN, PHASES };

struct search {
    const struct lin_key *key;
    struct lin_model model;
    struct lin_step *steps;
    uint32_t *pos; /* of operation i in the history */
    size_t count;
    size_t must; /* acknowledged operations */
    uint32_t *next;
    uint32_t *prev;
    struct config *words; /* one random word for every operation */
    struct config *visited;
    size_t visited_cap;
    size_t visited_count;
    struct config sum;
    uint32_t state;
    uint64_t latest_ns; /* call of those that are placed */
    struct frame *stack;
    size_t depth;
    size_t placed; /* acknowledged ones among them */
    uint64_t steps_left;
    uint64_t bytes_max;
    uint64_t deadline_ns;
    /* the furthest it came */
    size_t deepest;
    uint32_t blocked; /* operation that could not be placed there */
    uint32_t blocked_states[BLOCKED_STATES];
    size_t blocked_states_count;
};

static enum phase phase_of(const struct lin_step *s)
{
    if (s->observes)
        return OBSERVERS;
    return s->known ? ACKNOWLEDGED : UNKNOWN;
}

/* ---- the list ---- */

struct moment {
    uint64_t t_ns;
    uint32_t node;
};

/* Calls (odd nodes) before returns at equal times. */
static int by_time(const void *a, const void *b)
{
    const struct moment *x = a;
    const struct moment *y = b;
    if (x->t_ns != y->t_ns)
        return x->t_ns < y->t_ns ? -1 : 1;
    bool x_ret = x->node % 2 == 0;
    bool y_ret = y->node % 2 == 0;
    if (x_ret != y_ret)
        return x_ret ? 1 : -1;
    return (x->node > y->node) - (x->node < y->node);
}

static void link_up(struct search *s)
{
    size_t count = 0;
    struct moment *moments = mem_array(2 * s->count, sizeof(*moments));
    for (uint32_t i = 0; i < s->count; i++) {
        const struct history_op *op = lin_op(s->key, s->pos[i]);
        moments[count++] = (struct moment){op->call_ns, 2 * i + 1};
        if (op->ret_ns != HISTORY_NEVER)
            moments[count++] = (struct moment){op->ret_ns, 2 * i + 2};
    }
    sort_array(moments, count, sizeof(*moments), by_time);
    uint32_t last = HEAD;
    for (size_t i = 0; i < count; i++) {
        s->next[last] = moments[i].node;
        s->prev[moments[i].node] = last;
        last = moments[i].node;
    }
    s->next[last] = HEAD;
    s->prev[HEAD] = last;
    mem_free(moments);
}

static void unlink_node(struct search *s, uint32_t node)
{
    s->next[s->prev[node]] = s->next[node];
    s->prev[s->next[node]] = s->prev[node];
}

static void relink_node(struct search *s, uint32_t node)
{
    s->next[s->prev[node]] = node;
    s->prev[s->next[node]] = node;
}

/* ---- the visited set ---- */

static struct config *visited_slot(const struct search *s, struct config c)
{
    size_t at = (size_t)c.lo & (s->visited_cap - 1);
    while ((s->visited[at].lo | s->visited[at].hi) != 0 &&
           (s->visited[at].lo != c.lo || s->visited[at].hi != c.hi))
        at = (at + 1) & (s->visited_cap - 1);
    return &s->visited[at];
}

static void visited_grow(struct search *s)
{
    struct config *old = s->visited;
    size_t old_cap = s->visited_cap;
    s->visited_cap = old_cap == 0 ? 64 : old_cap * 2;
    s->visited = mem_array(s->visited_cap, sizeof(*s->visited));
    for (size_t i = 0; i < old_cap; i++) {
        if ((old[i].lo | old[i].hi) != 0)
            *visited_slot(s, old[i]) = old[i];
    }
    mem_free(old);
}

/* Remembers (placed set, state); false if it was there. */
static bool visit(struct search *s, struct config sum, uint32_t state)
{
    struct config c = {prng_mix(sum.lo + state * 0x9e3779b97f4a7c15ull),
                       prng_mix(sum.hi ^ (state + 1ull) * 0xd1342543de82ef95ull) | 1};
    if (s->visited_cap < 2 * (s->visited_count + 1))
        visited_grow(s);
    struct config *slot = visited_slot(s, c);
    if ((slot->lo | slot->hi) != 0)
        return false;
    *slot = c;
    s->visited_count++;
    return true;
}

/* ---- moves ---- */

static const struct history_op *history_of(const struct search *s, uint32_t op)
{
    return lin_op(s->key, s->pos[op]);
}

/* It is over, by what is placed already: then it never happens. */
static bool is_too_late(const struct search *s, uint32_t op)
{
    return !s->steps[op].known && history_of(s, op)->ret_ns < s->latest_ns;
}

static struct config with(struct config sum, struct config word)
{
    return (struct config){sum.lo + word.lo, sum.hi + word.hi};
}

static void lift(struct search *s, uint32_t op)
{
    unlink_node(s, 2 * op + 1);
    if (history_of(s, op)->ret_ns != HISTORY_NEVER)
        unlink_node(s, 2 * op + 2);
    s->placed += s->steps[op].known;
}

static void unlift(struct search *s, uint32_t op)
{
    if (history_of(s, op)->ret_ns != HISTORY_NEVER)
        relink_node(s, 2 * op + 2);
    relink_node(s, 2 * op + 1);
    s->placed -= s->steps[op].known;
}

static void push(struct search *s, uint32_t op, uint32_t state, uint8_t phase)
{
    s->stack[s->depth++] = (struct frame){s->latest_ns, op, s->state, phase, phase == OBSERVERS};
    s->sum = with(s->sum, s->words[op]);
    if (history_of(s, op)->call_ns > s->latest_ns)
        s->latest_ns = history_of(s, op)->call_ns;
    s->state = state;
    lift(s, op);
}

/* Takes back the last choice, with the observers that followed it. False when none is left. */
static bool pop(struct search *s, struct frame *ret)
{
    while (s->depth > 0) {
        *ret = s->stack[--s->depth];
        struct config word = s->words[ret->op];
        s->sum = (struct config){s->sum.lo - word.lo, s->sum.hi - word.hi};
        s->state = ret->state;
        s->latest_ns = ret->latest_ns;
        unlift(s, ret->op);
        if (!ret->forced)
            return true;
    }
    return false;
}

/* The search is stuck before the return of `node`: remember the furthest such place. */
static void note_blocked(struct search *s, uint32_t node)
{
    if (node == HEAD || s->placed < s->deepest)
        return;
    uint32_t op = (node - 1) / 2;
    if (s->placed > s->deepest || s->blocked_states_count == 0) {
        s->deepest = s->placed;
        s->blocked = op;
        s->blocked_states_count = 0;
    }
    if (op != s->blocked || s->blocked_states_count == BLOCKED_STATES)
        return;
    for (size_t i = 0; i < s->blocked_states_count; i++) {
        if (s->blocked_states[i] == s->state)
            return;
    }
    s->blocked_states[s->blocked_states_count++] = s->state;
}

static uint64_t now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static bool in_budget(struct search *s)
{
    if (s->steps_left == 0)
        return false;
    s->steps_left--;
    if (s->steps_left % 4096 != 0)
        return true;
    size_t used = s->visited_cap * sizeof(*s->visited) * 3 / 2 + s->model.used_bytes;
    return used <= s->bytes_max && (s->deadline_ns == 0 || now_ns() < s->deadline_ns);
}

/* No acknowledged operation has returned by then. */
static bool is_open(const struct search *s, uint32_t node)
{
    return node != HEAD && (node % 2 == 1 || !s->steps[(node - 1) / 2].known);
}

/* Tries operations of one phase from node `from` on. True if one was placed; *ret_dead if an
 * observer led to a place visited before; *ret_node is the return the scan stopped at, or HEAD. */
static bool place_one(struct search *s, uint32_t from, uint8_t phase, uint32_t *ret_node,
                      bool *ret_dead)
{
    bool reached = false;
    bool hurts = false; /* who is placed here makes somebody too late */
    uint32_t node = s->next[HEAD];
    *ret_dead = false;
    for (; is_open(s, node); node = s->next[node]) {
        uint32_t op = (node - 1) / 2;
        reached = reached || node == from;
        hurts = hurts || (node % 2 == 0 && !is_too_late(s, op));
        enum phase own = phase_of(&s->steps[op]);
        own = own == OBSERVERS && hurts ? ACKNOWLEDGED : own;
        if (!reached || node % 2 == 0 || own != phase || is_too_late(s, op))
            continue;
        uint32_t state = lin_model_apply(&s->model, &s->steps[op], s->state);
        if (state == LIN_STUCK)
            continue;
        if (visit(s, with(s->sum, s->words[op]), state)) {
            push(s, op, state, phase);
            return true;
        }
        if (phase == OBSERVERS) {
            *ret_dead = true;
            return false;
        }
    }
    *ret_node = node;
    return false;
}

static enum lin_answer run(struct search *s)
{
    uint8_t phase = OBSERVERS;
    uint32_t node = s->next[HEAD];
    while (s->placed < s->must) {
        uint32_t stop = HEAD;
        bool dead = false;
        struct frame frame;
        if (!in_budget(s))
            return LIN_UNKNOWN;
        if (place_one(s, node, phase, &stop, &dead)) {
            phase = OBSERVERS;
            node = s->next[HEAD];
            continue;
        }
        if (!dead && ++phase < PHASES) {
            node = s->next[HEAD];
            continue;
        }
        if (!dead)
            note_blocked(s, stop);
        if (!pop(s, &frame))
            return LIN_ILLEGAL;
        phase = frame.phase;
        node = s->next[2 * frame.op + 1];
    }
    return LIN_LEGAL;
}

/* ---- setting up ---- */

/* Reads, writes and cas only, and every answer tells what was found. */
static bool is_plain(const struct lin_key *key)
{
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        if ((op->kind != HISTORY_READ && op->kind != HISTORY_WRITE && op->kind != HISTORY_CAS) ||
            (op->outcome == HISTORY_OK && op->silent))
            return false;
    }
    return true;
}

static enum lin_shape shape_of(const struct lin_key *key)
{
    bool counts = true;
    for (size_t i = 0; i < key->count; i++) {
        uint8_t kind = lin_op(key, key->pos[i])->kind;
        if (kind == HISTORY_ADD || kind == HISTORY_REMOVE || kind == HISTORY_CONTAINS)
            return LIN_SETS;
        counts = counts && (kind == HISTORY_READ || kind == HISTORY_INCR);
    }
    return counts ? LIN_COUNTS : LIN_PLAIN;
}

static bool is_seen(const uint32_t *seen, size_t count, uint32_t value)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (seen[mid] < value)
            low = mid + 1;
        else
            high = mid;
    }
    return low < count && seen[low] == value;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Values that some answer tells or some cas expects. */
static uint32_t *seen_values(const struct lin_key *key, size_t *ret_count)
{
    size_t count = 0;
    uint32_t *seen = mem_array(2 * key->count, sizeof(*seen));
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        if (op->outcome == HISTORY_OK && op->kind != HISTORY_WRITE)
            seen[count++] = op->result;
        if (op->kind == HISTORY_CAS)
            seen[count++] = op->expect;
    }
    sort_array(seen, count, sizeof(*seen), by_number);
    *ret_count = count;
    return seen;
}

/* An unknown write of a value nobody saw can be left out of any legal order. */
static void choose_ops(struct search *s)
{
    const struct lin_key *key = s->key;
    size_t seen_count = 0;
    bool plain = is_plain(key);
    uint32_t *seen = seen_values(key, &seen_count);
    for (size_t i = 0; i < key->count; i++) {
        const struct history_op *op = lin_op(key, key->pos[i]);
        if (!lin_counts(op))
            continue;
        if (plain && op->outcome != HISTORY_OK && !is_seen(seen, seen_count, op->value))
            continue;
        s->pos[s->count] = key->pos[i];
        s->steps[s->count++] = lin_model_step(&s->model, op);
        s->must += op->outcome == HISTORY_OK;
    }
    mem_free(seen);
}

static void open_search(struct search *s, const struct lin_key *key, struct lin_budget *budget)
{
    size_t n = key->count;
    *s = (struct search){.key = key,
                         .steps_left = budget->steps,
                         .bytes_max = budget->bytes,
                         .deadline_ns = budget->deadline_ns};
    lin_model_init(&s->model, key->h, shape_of(key));
    s->pos = mem_array(n, sizeof(*s->pos));
    s->steps = mem_array(n, sizeof(*s->steps));
    choose_ops(s);
    s->next = mem_array(2 * s->count + 1, sizeof(*s->next));
    s->prev = mem_array(2 * s->count + 1, sizeof(*s->prev));
    s->words = mem_array(s->count, sizeof(*s->words));
    s->stack = mem_array(s->count, sizeof(*s->stack));
    struct prng prng = prng_named(n, "linearizable");
    for (size_t i = 0; i < s->count; i++)
        s->words[i] = (struct config){prng_u64(&prng), prng_u64(&prng)};
    s->state = lin_model_state(&s->model, key->initial);
    s->latest_ns = key->told != 0 ? lin_op(key, key->told - 1)->call_ns : 0;
    link_up(s);
}

static void close_search(struct search *s)
{
    lin_model_free(&s->model);
    mem_free(s->pos);
    mem_free(s->steps);
    mem_free(s->next);
    mem_free(s->prev);
    mem_free(s->words);
    mem_free(s->stack);
    mem_free(s->visited);
}

static void explain(const struct search *s, enum lin_answer answer, struct lin_finding *why)
{
    char client[LIN_TEXT_MAX];
    char state[LIN_TEXT_MAX];
    struct buf states = {.max = 160};
    if (s->count == 0)
        return;
    const struct history_op *op = lin_op(s->key, s->pos[s->blocked]);
    enum lin_spelling how = lin_spelling_of(s->key->h, op->key);
    for (size_t i = 0; i < s->blocked_states_count; i++) {
        struct trace_text text = texts_get(&s->model.states, s->blocked_states[i]);
        buf_putf(&states, "%s%s", i > 0 ? " or " : "", lin_spell(text, how, state));
    }
    if (answer == LIN_ILLEGAL)
        lin_say(why, "no order",
                "no order of the operations explains the %s that client %s was answered between "
                "%.6f s and %.6f s: whatever is chosen before, the key then holds %s",
                history_kind_name((enum history_kind)op->kind),
                lin_text(s->key->h, op->client, client), (double)op->call_ns / 1e9,
                (double)op->ret_ns / 1e9, buf_str(&states));
    else
        lin_say(why, "out of budget",
                "%zu of %zu acknowledged operations could be placed in order before the search ran "
                "out of its budget",
                s->deepest > s->placed ? s->deepest : s->placed, s->must);
    lin_show(why, s->pos[s->blocked]);
    buf_free(&states);
}

enum lin_answer lin_search(const struct lin_key *key, struct lin_budget *budget,
                           struct lin_finding *why)
{
    struct search s;
    open_search(&s, key, budget);
    enum lin_answer answer = run(&s);
    if (answer != LIN_LEGAL)
        explain(&s, answer, why);
    budget->used_steps += budget->steps - s.steps_left;
    close_search(&s);
    return answer;
}
