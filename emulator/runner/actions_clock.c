/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps about the clocks that nodes live by. */
#include "emulator/runner/runner_private.h"

#include <string.h>

static struct world_clock fault_of(const struct scenario_step *step)
{
    const struct scenario_args *args = &step->args;
    const char *clock = scenario_arg_text(args, PARAM_clock, "both");
    struct world_clock fault = {.wall = strcmp(clock, "realtime") == 0,
                                .by_ns = scenario_arg_i64(args, PARAM_by, 0),
                                .rate_ppm = scenario_arg_i64(args, PARAM_ppm, 0),
                                .period_ns = scenario_arg_u64(args, PARAM_period, 0)};
    switch ((unsigned)step->action) {
    case ACTION_clock_jump: fault.kind = WORLD_CLOCK_JUMP; break;
    case ACTION_clock_rate: fault.kind = WORLD_CLOCK_RATE; break;
    case ACTION_clock_freeze: fault.kind = WORLD_CLOCK_FREEZE; break;
    case ACTION_clock_strobe:
        fault.kind = WORLD_CLOCK_STROBE;
        fault.by_ns = (int64_t)scenario_arg_u64(args, PARAM_delta, 0);
        break;
    default: UNREACHABLE();
    }
    return fault;
}

/* A monotonic clock has no right time, only a right pace: that is what it is given back. */
static void reset(struct runner *r, const struct scenario_step *step, nodeset nodes)
{
    fault_moment(r, step, nodes);
    for (size_t i = 0; i < r->faults_count; i++) {
        if (r->faults[i].class == FAULT_CLOCK)
            r->w.unclock(r->w.arg, r->faults[i].number, nodes);
    }
    faults_close(r);
}

int action_clock(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                 struct err *e)
{
    struct targets taken = {0}, who = {0};
    int code = runner_targets(r, scenario_arg_who(&step->args, PARAM_who), &taken, &who, e);
    if (code < 0)
        return code;
    *ret_nodes = who.nodes;
    ASSERT(r->w.clock != NULL);
    if (step->action == ACTION_clock_reset) {
        reset(r, step, who.nodes);
        return 0;
    }
    struct world_clock fault = fault_of(step);
    uint64_t number;
    code = r->w.clock(r->w.arg, who.nodes, &fault, &number, e);
    if (code == 0)
        code = fault_begin(r, step, FAULT_CLOCK, NULL, who.nodes, e);
    if (code < 0)
        return code;
    r->faults[r->faults_count - 1].number = number;
    faults_close(r); /* a jump ahead is over when it has happened */
    return 0;
}
