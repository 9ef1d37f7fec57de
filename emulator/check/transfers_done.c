/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leadership that is handed over arrives, and not by an election that nobody asked for. */
#include "emulator/check/counters.h"
#include "emulator/check/registry.h"

#include <stdio.h>

struct state {
    uint64_t begun;
    uint64_t done;
    struct event_ref last;    /* the last transfer that did not come about … */
    char why[CHECK_WHAT_MAX]; /* … and how it ended */
};

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    (void)in;
    if (rec->ev == TRACE_transferBegin) {
        s->begun++;
        res->seen++;
        return;
    }
    if (transfer_is_done(rec)) {
        s->done++;
        return;
    }
    s->last = event_ref_of(rec);
    (void)snprintf(s->why, sizeof(s->why), "a transfer of leadership ended: %.*s",
                   (int)(rec->result.len < 40 ? rec->result.len : 40),
                   rec->result.at == NULL ? "" : rec->result.at);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    const struct state *s = state;
    unsigned long long begun = s->begun, done = s->done, min = in->params->min;
    if (begun > 0 && done < min &&
        result_violate(res, "%llu transfers of leadership were done, at least %llu were expected",
                       done, min)) {
        result_event(res, in->names, s->last, "%s", s->why);
        result_paragraph(res,
                         "%llu transfers were begun and %llu of them ended with the target as the "
                         "leader. The others ran out of time or were overtaken by an election; the "
                         "event is the last of those, where one is known.",
                         begun, done);
    }
    result_settle(res, "transfers of leadership");
    if (res->verdict == CHECK_OK)
        result_say(res, "%llu of %llu transfers of leadership were done (at least %llu)", done,
                   begun, min);
    result_excuse(res, in->facts, "transfers");
}

const struct checker check_transfers_done = {
    .name = "transfersDone",
    .property = "At least as many transfers of leadership are done as the scenario expects.",
    .source = "thesis 3.10",
    .class = CHECKER_LIVENESS,
    .events = CHECKER_ON(transferBegin) | CHECKER_ON(transferEnd),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
