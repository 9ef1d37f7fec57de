/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that need a world able to look inside: at what a frame carries, at where a node is. */
#include "emulator/runner_private.h"

#include <string.h>

uint64_t runner_inner_capabilities(void)
{
    return 1ull << CAP_netFilter;
}

/* The names are those of the scenario language: the parser lets no other one through. */
static enum world_verdict verdict_of(const char *name)
{
    static const struct {
        const char *name;
        enum world_verdict verdict;
    } verdicts[] = {{"drop", WORLD_DROP},
                    {"hold", WORLD_HOLD},
                    {"duplicate", WORLD_DUPLICATE},
                    {"delay", WORLD_DELAY},
                    {"swapWithNext", WORLD_SWAP}};
    for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
        if (strcmp(verdicts[i].name, name) == 0)
            return verdicts[i].verdict;
    }
    UNREACHABLE();
}

int action_filter(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                  struct err *e)
{
    struct link_set set;
    uint64_t number;
    int code = runner_links(r, step, &set, ret_nodes, e);
    if (code < 0)
        return code;
    struct world_filter filter = {
        .links = set.pairs,
        .messages = scenario_arg(&step->args, PARAM_message)->messages,
        .verdict = verdict_of(scenario_arg_text(&step->args, PARAM_verdict, "")),
        .count = scenario_arg_u64(&step->args, PARAM_count, 0),
        .probability = scenario_arg_share(&step->args, PARAM_probability, 1),
        .delay_ns = scenario_arg_u64(&step->args, PARAM_delay, 0)};
    if (filter.verdict == WORLD_DELAY && filter.delay_ns == 0)
        return err_set(e, -E_INVALID, "the verdict is delay, but no delay is given");
    ASSERT(r->w.filter != NULL);
    code = r->w.filter(r->w.arg, &filter, &number, e);
    if (code == 0)
        code = fault_begin(r, step, FAULT_FILTER, &set, *ret_nodes, e);
    if (code == 0)
        r->faults[r->faults_count - 1].number = number;
    return code;
}
