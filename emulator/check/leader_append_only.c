/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A leader only adds to its log. */
#include "emulator/check/registry.h"

struct state {
    struct event_ref elected[TRACE_NODES_MAX];
};

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    const struct view_node *n = &in->view->nodes[rec->node];
    if (rec->ev == TRACE_becameLeader) {
        s->elected[rec->node] = event_ref_of(rec);
        return;
    }
    if (n->role != VIEW_LEADER || n->term != rec->term)
        return;
    res->seen++;
    if (rec->ev == TRACE_appended && rec->from > n->log.last)
        return;
    const char *node = trace_names_text(in->names, rec->node);
    unsigned long long from = rec->from;
    if (!result_violate(res, "%s, leader of term %llu, %s its own log from index %llu on", node,
                        (unsigned long long)rec->term,
                        rec->ev == TRACE_truncated ? "cut off" : "overwrote", from))
        return;
    result_event(res, in->names, s->elected[rec->node], NULL);
    result_event(res, in->names, event_ref_of(rec), "%s from index %llu", trace_event_name(rec->ev),
                 from);
    result_paragraph(res,
                     "%s leads term %llu; its log ended at index %llu. A leader never removes or "
                     "replaces entries: followers may already have acknowledged them, and the "
                     "leader counts those acknowledgements by index alone.",
                     node, (unsigned long long)rec->term, (unsigned long long)n->log.last);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "appends of leaders");
}

const struct checker check_leader_append_only = {
    .name = "leaderAppendOnly",
    .property = "A leader never overwrites or removes entries of its log.",
    .source = "thesis 3.2 (leader append-only), 3.5",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(becameLeader) | CHECKER_ON(appended) | CHECKER_ON(truncated),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
