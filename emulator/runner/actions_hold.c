/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links that hold back what they are given, and let it go again. */
#include "emulator/runner/runner_private.h"

#include <string.h>

/* The names are those of the scenario language: the parser lets no other one through. */
static enum impair_order order_of(const char *name)
{
    if (strcmp(name, "lifo") == 0)
        return IMPAIR_LIFO;
    return strcmp(name, "shuffle") == 0 ? IMPAIR_SHUFFLE : IMPAIR_FIFO;
}

static int release(struct runner *r, const struct scenario_step *step, const struct link_set *set,
                   nodeset nodes, struct err *e)
{
    const char *name = scenario_arg_text(&step->args, PARAM_order, "");
    enum impair_order order = order_of(name);
    uint32_t messages = runner_lane_messages(step);
    bool holds = false;
    for (struct links *lane = &r->links; lane != NULL; lane = lane->lane) {
        if (messages != 0 && messages != lane->messages)
            continue;
        holds = holds || link_set_meets(set, &lane->hold);
        links_release(lane, set, name[0] == '\0' ? NULL : &order);
    }
    if (!holds && step->must)
        return err_set(e, -E_NOTFOUND, "none of these links holds anything back");
    fault_moment(r, step, nodes);
    int code = links_apply(&r->links, &r->w, e);
    faults_close(r);
    return code;
}

int action_hold(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                struct err *e)
{
    struct link_set set;
    int code = runner_links(r, step, &set, ret_nodes, e);
    if (code < 0)
        return code;
    if (step->action == ACTION_net_release)
        return release(r, step, &set, *ret_nodes, e);
    struct links *lane;
    code = runner_lane(r, step, &lane, e);
    if (code < 0)
        return code;
    links_hold(lane, &set, order_of(scenario_arg_text(&step->args, PARAM_order, "fifo")),
               scenario_arg_u64(&step->args, PARAM_max, 0));
    code = links_apply(&r->links, &r->w, e);
    return code < 0 ? code : fault_begin(r, step, FAULT_HOLD, &set, *ret_nodes, e);
}
