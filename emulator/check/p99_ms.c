/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long clients wait: of a hundred operations, ninety-nine take no longer than the bound.
 *
 * The bound itself is judged exactly, by counting who took longer. The number that is told comes
 * from buckets of growing width, 32 to each doubling. An operation whose outcome is unknown took as
 * long as its client waited, and one that is still open at the end, longer than the bound, at least
 * as long as that; one that was refused was not waited for. */
#include "base/units.h"
#include "emulator/check/registry.h"

#define STEPS_LOG 5u
#define STEPS     (1u << STEPS_LOG)
#define BUCKETS   ((64u - STEPS_LOG) * STEPS)

struct state {
    uint64_t taken[BUCKETS];
    uint64_t slow;    /* longer than the bound */
    uint64_t slowest; /* its id, held, when slowest_ns > 0 */
    uint64_t slowest_ns;
};

static unsigned bucket_of(uint64_t ns)
{
    if (ns < STEPS)
        return (unsigned)ns;
    unsigned log = 63u - (unsigned)__builtin_clzll(ns);
    return (log - STEPS_LOG + 1) * STEPS + (unsigned)(ns >> (log - STEPS_LOG)) - STEPS;
}

/* The greatest time that falls into it. */
static uint64_t bucket_end_ns(unsigned bucket)
{
    if (bucket < STEPS)
        return bucket;
    unsigned shift = bucket / STEPS - 1;
    return ((uint64_t)(bucket % STEPS + STEPS + 1) << shift) - 1;
}

static void take(struct state *s, const struct check_input *in, const struct history_op *op,
                 uint64_t took_ns, struct check_result *res)
{
    res->seen++;
    s->taken[bucket_of(took_ns)]++;
    s->slow += took_ns > in->params->max * NS_PER_MS;
    if (took_ns <= s->slowest_ns)
        return;
    if (s->slowest_ns > 0)
        history_release(in->history, s->slowest);
    s->slowest = op->id;
    s->slowest_ns = took_ns;
    history_hold(in->history, op->id);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    const struct history_op *op = history_get(in->history, rec->op);
    if (op->outcome != HISTORY_FAIL)
        take(state, in, op, rec->t - op->call_ns, res);
}

/* Nobody knows how long those still open would have taken, but for those that are late already. */
static void take_open(struct state *s, const struct check_input *in, struct check_result *res)
{
    for (size_t i = 0; i < in->history->count; i++) {
        const struct history_op *op = &in->history->ops[i];
        uint64_t waits_ns = in->end_ns > op->call_ns ? in->end_ns - op->call_ns : 0;
        if (!op->answered && waits_ns > in->params->max * NS_PER_MS)
            take(s, in, op, waits_ns, res);
    }
}

/* The least time that `part` of a hundred do not exceed, as far as the buckets tell. */
static double percentile_ms(const struct state *s, uint64_t count, uint64_t part)
{
    uint64_t rank = count - count * (100 - part) / 100, passed = 0;
    unsigned i = 0;
    while (i < BUCKETS - 1 && (passed += s->taken[i]) < rank)
        i++;
    uint64_t end_ns = bucket_end_ns(i) < s->slowest_ns ? bucket_end_ns(i) : s->slowest_ns;
    return (double)end_ns / (double)NS_PER_MS;
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    struct state *s = state;
    take_open(s, in, res);
    unsigned long long count = res->seen, max = in->params->max;
    double half = percentile_ms(s, count, 50), p99 = percentile_ms(s, count, 99);
    if (s->slow > count / 100 &&
        result_violate(res, "99 of 100 operations took up to %.1f ms (bound %llu ms)", p99, max)) {
        result_operation(res, in->history, history_get(in->history, s->slowest));
        result_paragraph(res,
                         "Of %llu operations %llu took longer than %llu ms, more than one in a "
                         "hundred; half of all took up to %.1f ms. An operation without an answer "
                         "counts with the time its client waited. The one named here was the "
                         "slowest.",
                         count, (unsigned long long)s->slow, max, half);
    }
    result_settle(res, "operations");
    if (res->verdict == CHECK_OK)
        result_say(res, "99 of 100 operations took up to %.1f ms, half up to %.1f ms (bound %llu)",
                   p99, half, max);
    result_excuse(res, in->facts, "latency");
}

const struct checker check_p99_ms = {
    .name = "p99Ms",
    .property = "Of a hundred operations ninety-nine take no longer than max milliseconds.",
    .source = "thesis 10.3",
    .class = CHECKER_LIVENESS,
    .untraced = true,
    .events = CHECKER_ON(clientReturn),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
