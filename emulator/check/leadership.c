/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds on restlessness: elections, changes of leader, growth of the term. */
#include "emulator/check/registry.h"

struct state {
    uint64_t elections;
    uint64_t changes;
    uint64_t term_first; /* of the first leader */
    struct event_ref leader;
};

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    (void)in;
    (void)res;
    if (s->elections > 0 && s->leader.node != rec->node)
        s->changes++;
    if (s->elections++ == 0)
        s->term_first = rec->term;
    s->leader = event_ref_of(rec);
}

static void judge(const struct state *s, const struct check_input *in, uint64_t value,
                  const char *what, struct check_result *res)
{
    unsigned long long v = value;
    unsigned long long max = in->params->max;
    res->seen = s->elections;
    if (s->elections > 0 && value > in->params->max &&
        result_violate(res, "%llu %s, at most %llu were allowed", v, what, max)) {
        result_event(res, in->names, s->leader, NULL);
        result_paragraph(res,
                         "The run saw %llu %s; the scenario allows %llu. More means that leaders "
                         "were deposed although they could lead. The event is the last election.",
                         v, what, max);
    }
    result_settle(res, "elections");
    if (res->verdict == CHECK_OK)
        result_say(res, "%llu %s (at most %llu)", v, what, max);
    result_excuse(res, in->facts, what);
}

static void finish_elections(void *state, const struct check_input *in, struct check_result *res)
{
    const struct state *s = state;
    judge(s, in, s->elections, "elections", res);
}

static void finish_changes(void *state, const struct check_input *in, struct check_result *res)
{
    const struct state *s = state;
    judge(s, in, s->changes, "changes of leader", res);
}

static void finish_growth(void *state, const struct check_input *in, struct check_result *res)
{
    const struct state *s = state;
    uint64_t term = in->view->term_max;
    judge(s, in, term > s->term_first ? term - s->term_first : 0, "new terms", res);
}

const struct checker check_elections = {
    .name = "elections",
    .property = "No more elections than the scenario allows.",
    .source = "thesis 9.3",
    .class = CHECKER_LIVENESS,
    .events = CHECKER_ON(becameLeader),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish_elections,
};

const struct checker check_leader_changes = {
    .name = "leaderChanges",
    .property = "The leader changes no more often than the scenario allows.",
    .source = "thesis 9.3",
    .class = CHECKER_LIVENESS,
    .events = CHECKER_ON(becameLeader),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish_changes,
};

const struct checker check_term_growth = {
    .name = "termGrowth",
    .property = "After the first leader the term grows no more than the scenario allows.",
    .source = "thesis 9.6",
    .class = CHECKER_LIVENESS,
    .events = CHECKER_ON(becameLeader),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish_growth,
};
