/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How nodes end: whoever exits does so with the code that the scenario expects. */
#include "emulator/check/registry.h"

#include <string.h>

static bool is_about(const struct check_input *in, int node)
{
    for (size_t i = 0; i < in->params->nodes_count; i++) {
        if (strcmp(in->params->nodes[i], trace_names_text(in->names, node)) == 0)
            return true;
    }
    return in->params->nodes_count == 0;
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    (void)state;
    if (!trace_has(rec, TRACE_HAS_code) || !is_about(in, rec->node))
        return;
    const char *node = trace_names_text(in->names, rec->node);
    unsigned long long code = rec->code, wanted = in->params->code;
    res->seen++;
    if (code == wanted ||
        !result_violate(res, "%s ended with exit code %llu, expected was %llu", node, code, wanted))
        return;
    result_event(res, in->names, event_ref_of(rec), "exit %llu", code);
    result_paragraph(res,
                     "The process of %s ended by itself at %.3f s, because of %.*s, and its exit "
                     "code says something else than the scenario expects of it: %llu instead of "
                     "%llu.",
                     node, (double)rec->t / 1e9, (int)(rec->cause.len < 80 ? rec->cause.len : 80),
                     rec->cause.at == NULL ? "" : rec->cause.at, code, wanted);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "processes that ended by themselves");
}

const struct checker check_exit_code = {
    .name = "exitCode",
    .property = "Whoever ends by itself does so with the exit code that is named.",
    .source = "the scenario",
    .class = CHECKER_LIVENESS,
    .untraced = true,
    .events = CHECKER_ON(crashed),
    .state_size = 1,
    .feed = feed,
    .finish = finish,
};
