/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The longest time without a successful write while somebody wanted one.
 *
 * A gap lies between two successful answers. A write was wanted in it from the first call inside
 * on; in all of it, if one called before is answered at its end or later. What is still open when a
 * gap ends may be answered or not: it remembers the longest gap that it would fill.
 *
 * What a gap is due to is told by the leader of the newest term: there was none, it committed
 * nothing in the gap so far, or it did, and the clients' questions were elsewhere. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/check/registry.h"

#include <stdlib.h>

enum phase { NOBODY_LED, NOTHING_COMMITTED, COMMITTED, PHASES_COUNT };

struct gap {
    uint64_t from_ns;
    uint64_t to_ns;
    uint64_t phase_ns[PHASES_COUNT]; /* since the last success, which may be before from_ns */
    uint64_t elections;
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
    int leader;       /* of the newest term, + 1; 0: it has none */
    bool committed;   /* by that leader, since the last success */
    uint64_t told_ns; /* until when this account goes */
    uint64_t phase_ns[PHASES_COUNT];
    uint64_t elections;
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

/* The account of the gap under way goes on to t_ns. */
static void account(struct state *s, uint64_t t_ns)
{
    enum phase phase = s->leader == 0 ? NOBODY_LED : s->committed ? COMMITTED : NOTHING_COMMITTED;
    if (t_ns <= s->told_ns)
        return;
    s->phase_ns[phase] += t_ns - s->told_ns;
    s->told_ns = t_ns;
}

static void on_node(struct state *s, const struct trace_record *rec)
{
    bool leads = s->leader == rec->node + 1;
    if (rec->ev == TRACE_becameLeader) {
        s->leader = rec->node + 1;
        s->committed = false;
        s->elections++;
    } else if (rec->ev == TRACE_committed) {
        s->committed |= leads;
    } else if (leads) {
        s->leader = 0; /* it stepped down, or its process ended */
    }
}

static struct gap gap_of(const struct state *s, uint64_t from_ns, uint64_t to_ns)
{
    struct gap gap = {.from_ns = from_ns, .to_ns = to_ns, .elections = s->elections};
    for (int i = 0; i < PHASES_COUNT; i++)
        gap.phase_ns[i] = s->phase_ns[i];
    return gap;
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
    struct gap gap = gap_of(s, s->last_ns, to_ns);
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
        offer(&s->longest, gap_of(s, s->asked_ns, to_ns));
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
    s->committed = false;
    s->elections = 0;
    for (int i = 0; i < PHASES_COUNT; i++)
        s->phase_ns[i] = 0;
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    account(s, rec->t);
    if (rec->ev != TRACE_clientInvoke && rec->ev != TRACE_clientReturn) {
        on_node(s, rec);
        return;
    }
    const struct history_op *op = history_get(in->history, rec->op);
    advance(s, rec->t);
    if (history_only_looks(op->kind))
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
    account(s, in->end_ns);
    if (res->seen > 0)
        end_gap(s, in->end_ns);
    uint64_t gap_ms = length(s->longest) / NS_PER_MS;
    unsigned long long nobody = s->longest.phase_ns[NOBODY_LED] / NS_PER_MS;
    unsigned long long nothing = s->longest.phase_ns[NOTHING_COMMITTED] / NS_PER_MS;
    unsigned long long elsewhere = s->longest.phase_ns[COMMITTED] / NS_PER_MS;
    bool traced = !in->facts->untraced;
    if (gap_ms > in->params->max &&
        result_violate(res, "no write succeeded for %llu ms (bound %llu ms)",
                       (unsigned long long)gap_ms, (unsigned long long)in->params->max) &&
        traced)
        result_paragraph(
            res,
            "Writes were asked, but none succeeded between %.3f s and %.3f s of the "
            "run's clock. Since the success before, nobody led for %llu ms (elections: "
            "%llu); for %llu ms a leader was there and committed nothing, for want of "
            "a quorum or of its first entry; for %llu ms it did commit, and clients "
            "asked elsewhere, or waited.",
            (double)s->longest.from_ns / 1e9, (double)s->longest.to_ns / 1e9, nobody,
            (unsigned long long)s->longest.elections, nothing, elsewhere);
    result_settle(res, "successful writes");
    if (res->verdict == CHECK_OK && traced)
        result_say(res,
                   "the longest time without a successful write was %llu ms (nobody led: %llu, "
                   "nothing committed: %llu, clients elsewhere: %llu)",
                   (unsigned long long)gap_ms, nobody, nothing, elsewhere);
    else if (res->verdict == CHECK_OK)
        result_say(res, "the longest time without a successful write was %llu ms",
                   (unsigned long long)gap_ms);
    result_excuse(res, in->facts, "availability");
}

static void release(void *state)
{
    mem_free(((struct state *)state)->open);
}

const struct checker check_unavailable_ms = {
    .name = "unavailableMs",
    .property = "While writes are asked, one succeeds at least every max milliseconds.",
    .source = "thesis 9.2",
    .class = CHECKER_LIVENESS,
    .untraced = true,
    .events = CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn) | CHECKER_ON(becameLeader) |
              CHECKER_ON(steppedDown) | CHECKER_ON(crashed) | CHECKER_ON(committed),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
    .free = release,
};
