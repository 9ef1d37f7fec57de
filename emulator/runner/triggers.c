/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that an event of the trace starts before its consequence leaves the node. The world's
 * points do it: the node is struck there if the step kills it, else it stands still for the
 * shortest time there is, in which the step is done. */
#include "emulator/runner/runner_private.h"

#define SHORTEST_NS 1

int trigger_arm(struct runner *r, const struct scenario_step *step, struct task *t, struct err *e)
{
    struct waiting *w = &t->waiting;
    if (!scenario_trigger_before(step->when))
        return 0;
    const struct scenario_args *args = &step->when->args;
    const struct scenario_value *pairs = scenario_arg(args, PARAM_where);
    const struct event_where where = event_where_of(pairs == NULL ? NULL : &pairs->pairs);
    bool kills = step->action == ACTION_proc_kill;
    const struct world_point point = {.name =
                                          trace_event_name(scenario_arg(args, PARAM_event)->event),
                                      .hit = scenario_arg_u64(args, PARAM_nth, 1),
                                      .stall_ns = kills ? 0 : SHORTEST_NS,
                                      .where = &where};
    ASSERT(r->w.point != NULL);
    t->reserved = record_reserve(r, step, w->who);
    return r->w.point(r->w.arg, w->who, &point, &w->point, e);
}

bool trigger_came(const struct runner *r, const struct waiting *w, nodeset *found)
{
    int node = r->w.point_hit(r->w.arg, w->point);
    if (node >= 0)
        *found = NODE_BIT(node);
    return node >= 0;
}

/* Who was struck is dead by the step's hand. */
void trigger_done(struct runner *r, const struct scenario_step *step, struct waiting *w,
                  nodeset found)
{
    if (w->point == 0)
        return;
    r->w.unpoint(r->w.arg, w->point);
    w->point = 0;
    if (step->action == ACTION_proc_kill)
        r->dead |= found;
}

void triggers_forget(struct runner *r)
{
    for (size_t i = 0; i < r->tasks_end; i++) {
        struct task *t = &r->tasks[i];
        if (t->used && t->phase == TASK_WHEN)
            trigger_done(r, &t->branch->steps[t->at], &t->waiting, 0);
    }
}
