/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No node stops for a reason the fault plan does not explain. */
#include "emulator/check/registry.h"

/* Exit 86 says: I was removed. So it was, when a configuration that it knew to be committed left it
 * out, and one before had it. */
static bool was_removed(const struct check_input *in, const struct trace_record *rec)
{
    const struct view_node *n = &in->view->nodes[rec->node];
    const struct view_config *now = view_config_committed(n);
    bool was = false;
    for (size_t i = 0; i < n->configs_count; i++)
        was |= (view_config_members(&n->configs[i]) >> rec->node & 1) != 0;
    return trace_text_is(rec->cause, "exit 86") && was && now != NULL &&
           (view_config_members(now) >> rec->node & 1) == 0;
}

/* A node that ends in order was asked to, if not by the scenario. */
static bool in_order(struct trace_text cause)
{
    return trace_text_is(cause, "exit 0");
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    (void)state;
    res->seen++;
    if (rec->ev == TRACE_boot || faults_planned(in->facts, rec->cause) || was_removed(in, rec))
        return;
    const char *node = trace_names_text(in->names, rec->node);
    if (in_order(rec->cause)) {
        if (res->verdict != CHECK_VIOLATED)
            res->verdict = CHECK_UNKNOWN;
        result_say(res,
                   "%s ended in order (exit 0), and no step had asked for it: somebody outside "
                   "sent a SIGTERM, or the node gave up without saying why",
                   node);
        return;
    }
    int len = (int)(rec->cause.len < 120 ? rec->cause.len : 120);
    const char *cause = rec->cause.at != NULL ? rec->cause.at : "";
    if (!result_violate(res, "%s crashed: %.*s", node, len, cause))
        return;
    result_event(res, in->names, event_ref_of(rec), "crashed: %.*s", len, cause);
    result_paragraph(res,
                     "%s stopped by itself (%.*s), and no step of the scenario had asked for it. "
                     "Exit 70 is a broken invariant inside the server, 74 a disk it cannot trust; "
                     "a signal nobody sent is a bug.",
                     node, len, cause);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "starts and stops");
}

const struct checker check_no_crash = {
    .name = "noCrash",
    .property = "No node stops for a reason the scenario does not explain.",
    .source = "the servers' own assertions",
    .class = CHECKER_SAFETY,
    .untraced = true,
    .events = CHECKER_ON(crashed) | CHECKER_ON(boot),
    .state_size = 1,
    .feed = feed,
    .finish = finish,
};
