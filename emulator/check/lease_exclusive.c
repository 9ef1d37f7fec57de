/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No read is served by lease once a later term has a leader. */
#include "emulator/check/registry.h"

struct state {
    struct event_ref newest; /* the leader of the highest term so far, */
    struct event_ref before; /* … and before that one's instant */
};

static void on_leader(struct state *s, const struct trace_record *rec)
{
    if (rec->term <= s->newest.term)
        return;
    if (s->newest.t_ns < rec->t)
        s->before = s->newest;
    s->newest = event_ref_of(rec);
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    if (rec->ev == TRACE_becameLeader) {
        on_leader(s, rec);
        return;
    }
    if (!trace_text_is(rec->mode, "lease"))
        return;
    res->seen++;
    struct event_ref newest = s->newest.t_ns < rec->t ? s->newest : s->before;
    if (newest.term <= rec->term)
        return;
    const char *node = trace_names_text(in->names, rec->node);
    const char *leader = trace_names_text(in->names, newest.node);
    if (!result_violate(res, "%s served a lease read in term %llu after %s led term %llu", node,
                        (unsigned long long)rec->term, leader, (unsigned long long)newest.term))
        return;
    result_event(res, in->names, newest, NULL);
    result_event(res, in->names, event_ref_of(rec), "lease read at index %llu",
                 (unsigned long long)rec->point);
    result_paragraph(res,
                     "A lease promises that nobody else leads while it runs. %s answered a read by "
                     "its lease of term %llu although %s had become leader of term %llu, and may "
                     "have committed writes the read did not see.",
                     node, (unsigned long long)rec->term, leader, (unsigned long long)newest.term);
    if (in->facts->clocks_beyond != NULL)
        result_paragraph(res,
                         "This is outside the promise: leases hold while no clock's rate is off by "
                         "more than max_clock_drift; %s.",
                         in->facts->clocks_beyond);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "lease reads");
}

const struct checker check_lease_exclusive = {
    .name = "leaseExclusive",
    .property = "A lease read is never served once a later term has a leader.",
    .source = "thesis 6.4.1",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(becameLeader) | CHECKER_ON(readServed),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
