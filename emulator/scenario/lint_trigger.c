/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that wait for an event of the trace: events that never come, orders that cannot be kept. */
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/walk.h"

#include <string.h>

static void at_key(struct lint *l, const struct scenario_step *step, const char *key,
                   const char *hint, const char *text)
{
    const struct json *when = json_get(l->src->steps_at[step->number - 1], "when");
    lint_say_in(l, when, key, hint, text);
}

static bool same_node(const struct selectors *a, const struct selectors *b)
{
    return a != NULL && b != NULL && a->count == 1 && b->count == 1 &&
           a->items[0].kind == SELECT_node && b->items[0].kind == SELECT_node &&
           a->items[0].number == b->items[0].number;
}

static bool is_name(const struct selectors *who, const char *name)
{
    return who != NULL && name != NULL && who->count == 1 && who->items[0].kind == SELECT_bound &&
           strcmp(who->items[0].name, name) == 0;
}

static void check_before(struct lint *l, const struct scenario_step *step, enum trace_event ev)
{
    const struct selectors *who = scenario_arg_who(&step->args, PARAM_who);
    if (ev == TRACE_crashed)
        at_key(l, step, "event", NULL, "nothing comes before the end of a process that has ended");
    if (step->action == ACTION_proc_kill && !is_name(who, step->as) &&
        !same_node(who, scenario_arg_who(&step->when->args, PARAM_who)))
        at_key(l, step, "before", "\"as\":\"it\" and \"who\":\"$it\", or the same node in both",
               "before its consequence leaves, only the node of the event can be killed");
}

/* It is over as soon as it is done. */
static bool at_once(enum action_id id)
{
    enum area_id area = vocab_action(id)->area;
    return area != AREA_flow && area != AREA_admin && id != ACTION_net_flap &&
           id != ACTION_net_ramp && id != ACTION_proc_stutter;
}

static void look(const struct scenario_step *step, void *arg)
{
    struct lint *l = arg;
    if (step->when == NULL || step->when->kind != WAIT_trigger)
        return;
    const struct scenario_args *args = &step->when->args;
    enum trace_event ev = scenario_arg(args, PARAM_event)->event;
    if (ev == TRACE_fault || ev == TRACE_clientInvoke || ev == TRACE_clientReturn)
        at_key(l, step, "event", NULL, "no node writes this event");
    if (scenario_arg_u64(args, PARAM_nth, 1) == 0)
        at_key(l, step, "nth", NULL, "events are counted from 1");
    if (scenario_trigger_before(step->when))
        check_before(l, step, ev);
    if (!scenario_arg_bool(args, PARAM_once, true) && !at_once(step->action))
        at_key(l, step, "once", NULL,
               "this step goes on by itself, so it cannot be done each time");
}

void lint_triggers(struct lint *l)
{
    scenario_each_step(l->s, look, l);
}
