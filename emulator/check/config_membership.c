/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who leads is a voter of its latest or its committed configuration. */
#include "emulator/check/registry.h"

static bool votes_in(const struct view_config *c, int node)
{
    return c != NULL && ((c->voters | c->old) >> node & 1) != 0;
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    const struct view_node *n = &in->view->nodes[rec->node];
    const struct view_config *latest = view_config_latest(n);
    (void)state;
    if (latest == NULL || latest->voters == 0)
        return;
    if (rec->ev == TRACE_appended && (n->role != VIEW_LEADER || n->term != rec->term))
        return;
    res->seen++;
    if (votes_in(latest, rec->node) || votes_in(view_config_committed(n), rec->node))
        return;
    const char *node = trace_names_text(in->names, rec->node);
    if (!result_violate(res, "%s %s in term %llu without being a voter", node,
                        rec->ev == TRACE_appended ? "goes on leading" : "became leader",
                        (unsigned long long)rec->term))
        return;
    result_event(res, in->names, event_ref_of(rec), NULL);
    result_paragraph(res,
                     "%s is no voter of its latest configuration (index %llu), nor of the newest "
                     "one it knows to be committed. Only voters may lead; a leader that removes "
                     "itself steps down when its removal is committed.",
                     node, (unsigned long long)latest->index);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "elections and appends of leaders");
}

const struct checker check_config_membership = {
    .name = "configMembership",
    .property = "A leader is a voter of its latest or its committed configuration.",
    .source = "thesis 4.2.2",
    .class = CHECKER_SAFETY,
    .events = CHECKER_ON(becameLeader) | CHECKER_ON(appended),
    .state_size = 1,
    .feed = feed,
    .finish = finish,
};
