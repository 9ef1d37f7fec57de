/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What clients get done once the scenario has begun to interfere, compared with before.
 *
 * Before: from the first call to the first fault or change that is no part of the load. After: from
 * there to the last call, when the load ends. Both are rates of successful answers. */
#include "base/units.h"
#include "emulator/check/registry.h"

#define ENOUGH_NS NS_PER_S /* a shorter time makes no rate */

struct state {
    bool called;
    uint64_t from_ns;
    struct event_ref cut; /* the first fault */
    bool is_cut;
    uint64_t before; /* successful answers */
    uint64_t after;
    uint64_t last_ns;       /* of the last call */
    uint64_t after_by_then; /* of `after`, those that came before it */
};

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    (void)in;
    (void)res;
    if (rec->ev == TRACE_clientInvoke) {
        if (!s->called)
            s->from_ns = rec->t;
        s->called = true;
        s->last_ns = rec->t;
        s->after_by_then = s->after;
    } else if (rec->ev == TRACE_clientReturn && trace_text_is(rec->outcome, "ok")) {
        *(s->is_cut ? &s->after : &s->before) += 1;
    } else if (rec->ev == TRACE_fault && s->called && !s->is_cut &&
               trace_text_is(rec->phase, "begin") && !trace_text_begins(rec->action, "load.")) {
        s->is_cut = true;
        s->cut = event_ref_of(rec);
    }
}

static double rate(uint64_t count, uint64_t took_ns)
{
    return (double)count * (double)NS_PER_S / (double)took_ns;
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    const struct state *s = state;
    uint64_t min = in->params->min;
    if (!s->is_cut || s->last_ns <= s->cut.t_ns) {
        result_settle(res, "operations before and after a first fault");
        return;
    }
    uint64_t calm_ns = s->cut.t_ns - s->from_ns, rest_ns = s->last_ns - s->cut.t_ns;
    if (calm_ns < ENOUGH_NS || rest_ns < ENOUGH_NS || s->before == 0) {
        res->verdict = CHECK_UNKNOWN;
        result_say(res,
                   "throughput cannot be judged: %.3f s and %llu operations before the first "
                   "fault, %.3f s after it; a rate takes a second, and one operation before",
                   (double)calm_ns / 1e9, (unsigned long long)s->before, (double)rest_ns / 1e9);
        return;
    }
    double calm = rate(s->before, calm_ns), rest = rate(s->after_by_then, rest_ns);
    double pct = 100.0 * rest / calm;
    res->seen = s->before + s->after_by_then;
    if (rest * 100.0 < calm * (double)min &&
        result_violate(res, "throughput fell to %.0f %% of what it was (at least %llu %%)", pct,
                       (unsigned long long)min))
        result_paragraph(res,
                         "Clients got %.0f operations a second done in the %.3f s before the first "
                         "fault, at %.3f s, and %.0f a second from then to the end of the load at "
                         "%.3f s.",
                         calm, (double)calm_ns / 1e9, (double)s->cut.t_ns / 1e9, rest,
                         (double)s->last_ns / 1e9);
    result_settle(res, "operations");
    if (res->verdict == CHECK_OK)
        result_say(res, "throughput was %.0f %% of that before the first fault (at least %llu %%)",
                   pct, (unsigned long long)min);
    result_excuse(res, in->facts, "throughput");
}

const struct checker check_throughput_pct = {
    .name = "throughputPct",
    .property = "After the first fault clients get at least min percent of the rate before it.",
    .source = "thesis 4.2.1, 9.2",
    .class = CHECKER_LIVENESS,
    .untraced = true,
    .events = CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn) | CHECKER_ON(fault),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
