/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points that no node ever passes. */
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/point.h"
#include "emulator/scenario/walk.h"

#include <stdio.h>

static void complain(struct lint *l, const struct scenario_step *step, const char *name,
                     const char *near)
{
    char hint[64] = "";
    if (near != NULL)
        (void)snprintf(hint, sizeof(hint), "did you mean \"%s\"?", near);
    lint_say(l, DIAG_ERROR, lint_step(l, step), true, near == NULL ? NULL : hint,
             "point \"%s\": neither an event of the trace nor a call to the disk", name);
}

static void look(const struct scenario_step *step, void *arg)
{
    struct lint *l = arg;
    struct trace_point point;
    const char *near = NULL;
    if (step->action != ACTION_proc_crashAt && step->action != ACTION_proc_stallAt)
        return;
    const char *name = scenario_arg_text(&step->args, PARAM_point, "");
    if (!scenario_point_find(name, &point, &near))
        complain(l, step, name, near);
    if (scenario_arg_u64(&step->args, PARAM_hit, 1) == 0)
        lint_say_param(l, step, PARAM_hit, NULL, "hit: counted from 1");
    if (step->action == ACTION_proc_stallAt && scenario_arg_u64(&step->args, PARAM_stall, 0) == 0)
        lint_say_param(l, step, PARAM_stall, NULL, "stall: no time at all");
}

void lint_points(struct lint *l)
{
    scenario_each_step(l->s, look, l);
}
