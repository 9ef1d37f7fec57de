/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The longest time without a successful write while somebody wanted one.
 *
 * A gap lies between two successful answers. A write was wanted in it from the first call inside
 * on; in all of it, if one called before is answered at its end or later. What is still open when a
 * gap ends may be answered or not: it remembers the longest gap that it would fill. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/check/registry.h"

#include <stdlib.h>

struct gap {
    uint64_t from_ns;
    uint64_t to_ns;
};

/* A write under way, or answered at this very instant. */
struct open_write {
    uint64_t id;
    uint64_t call_ns;
    struct gap filled; /* the longest gap it was open in from end to end */
    bool answered;
};

struct state {
    struct open_write *open; /* owned */
    size_t count;
    size_t cap;
    size_t answered; /* of them */
    uint64_t now_ns;
    uint64_t last_ns; /* of the newest successful answer, when seen > 0 */
    bool asked;       /* a write was called since */
    uint64_t asked_ns;
    struct gap longest;
};

static uint64_t length(struct gap gap)
{
    return gap.to_ns > gap.from_ns ? gap.to_ns - gap.from_ns : 0;
}

static void offer(struct gap *best, struct gap gap)
{
    if (length(gap) > length(*best))
        *best = gap;
}

/* Time has passed: what was answered by then fills no gap that ends later. */
static void advance(struct state *s, uint64_t t_ns)
{
    size_t kept = 0;
    if (t_ns <= s->now_ns)
        return;
    s->now_ns = t_ns;
    if (s->answered == 0)
        return;
    for (size_t i = 0; i < s->count; i++) {
        if (!s->open[i].answered)
            s->open[kept++] = s->open[i];
    }
    s->count = kept;
    s->answered = 0;
}

static void on_call(struct state *s, const struct history_op *op)
{
    if (s->count == s->cap) {
        s->cap = s->cap == 0 ? 32 : s->cap * 2;
        s->open = mem_grow(s->open, s->cap, sizeof(*s->open));
    }
    s->open[s->count++] = (struct open_write){.id = op->id, .call_ns = op->call_ns};
    if (!s->asked && op->call_ns > s->last_ns) {
        s->asked = true;
        s->asked_ns = op->call_ns;
    }
}

/* A gap from the last success to to_ns. */
static void end_gap(struct state *s, uint64_t to_ns)
{
    struct gap gap = {s->last_ns, to_ns};
    if (length(gap) <= length(s->longest))
        return;
    for (size_t i = 0; i < s->count; i++) {
        struct open_write *w = &s->open[i];
        if (w->call_ns > gap.from_ns)
            continue;
        if (w->answered)
            s->longest = gap;
        else
            offer(&w->filled, gap);
    }
    if (s->asked)
        offer(&s->longest, (struct gap){s->asked_ns, to_ns});
}

static void on_answer(struct state *s, const struct history_op *op, struct check_result *res)
{
    for (size_t i = 0; i < s->count; i++) {
        struct open_write *w = &s->open[i];
        if (w->id != op->id)
            continue;
        if (op->outcome == HISTORY_UNKNOWN) {
            *w = s->open[--s->count];
            return;
        }
        offer(&s->longest, w->filled);
        w->answered = true;
        s->answered++;
        break;
    }
    if (op->outcome != HISTORY_OK)
        return;
    if (res->seen++ > 0)
        end_gap(s, op->ret_ns);
    if (op->ret_ns > s->last_ns)
        s->asked = false;
    s->last_ns = op->ret_ns;
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    const struct history_op *op = &in->history->ops[history_find(in->history, rec->op)];
    advance(s, rec->t);
    if (op->kind == HISTORY_READ)
        return;
    if (rec->ev == TRACE_clientInvoke)
        on_call(s, op);
    else
        on_answer(s, op, res);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    struct state *s = state;
    advance(s, in->end_ns);
    if (res->seen > 0)
        end_gap(s, in->end_ns);
    uint64_t gap_ms = length(s->longest) / NS_PER_MS;
    if (gap_ms > in->params->max &&
        result_violate(res, "no write succeeded for %llu ms (bound %llu ms)",
                       (unsigned long long)gap_ms, (unsigned long long)in->params->max))
        result_paragraph(res,
                         "Writes were asked, but none succeeded between %.3f s and %.3f s of the "
                         "run's clock.",
                         (double)s->longest.from_ns / 1e9, (double)s->longest.to_ns / 1e9);
    result_settle(res, "successful writes");
    if (res->verdict == CHECK_OK)
        result_say(res, "the longest time without a successful write was %llu ms",
                   (unsigned long long)gap_ms);
    result_excuse(res, in->facts, "availability");
}

static void release(void *state)
{
    free(((struct state *)state)->open);
}

const struct checker check_unavailable_ms = {
    .name = "unavailableMs",
    .property = "While writes are asked, one succeeds at least every max milliseconds.",
    .source = "thesis 9.2",
    .class = CHECKER_LIVENESS,
    .events = CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
    .free = release,
};
