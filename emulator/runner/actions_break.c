/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps about connections: reset, refused, mute, forgotten, slow to a trickle. */
#include "base/units.h"
#include "emulator/runner/runner_private.h"

#include <string.h>

/* The names are those of the scenario language: the parser lets no other one through. */
static enum world_break break_of(const struct scenario_step *step)
{
    const char *style = scenario_arg_text(&step->args, PARAM_style, "");
    if (step->action == ACTION_net_halfOpen)
        return WORLD_BREAK_OLD;
    if (strcmp(style, "synOnly") == 0)
        return WORLD_BREAK_OPENING;
    return strcmp(style, "reject") == 0 ? WORLD_BREAK_REJECT : WORLD_BREAK_RESET;
}

bool action_breaks(const struct scenario_step *step)
{
    const char *style = scenario_arg_text(&step->args, PARAM_style, "drop");
    return step->action == ACTION_net_halfOpen || step->action == ACTION_net_reset ||
           step->action == ACTION_net_trickle ||
           (step->action == ACTION_net_cut && strcmp(style, "drop") != 0);
}

static int reset(struct runner *r, const struct scenario_step *step, const struct link_set *set,
                 nodeset nodes, struct err *e)
{
    unsigned count;
    int code = r->w.reset(r->w.arg, set->pairs, &count, e);
    if (code < 0)
        return code;
    if (count == 0 && step->must)
        return err_set(e, -E_NOTFOUND, "no connection is open on these links");
    runner_say(r, "%u connections are reset", count);
    fault_moment(r, step, nodes);
    return 0;
}

static int trickle(struct runner *r, const struct scenario_step *step, const struct link_set *set,
                   nodeset nodes, struct err *e)
{
    uint64_t bits = scenario_arg_u64(&step->args, PARAM_bytesPerS, 0) * 8;
    if (bits < IMPAIR_RATE_BITS_PER_S_MIN || bits > IMPAIR_RATE_BITS_PER_S_MAX)
        return err_set(e, -E_INVALID, "bytesPerS: from %llu on, and at most %llu",
                       IMPAIR_RATE_BITS_PER_S_MIN / 8, IMPAIR_RATE_BITS_PER_S_MAX / 8);
    const struct scenario_value rate = {.id = PARAM_rate, .type = PARAM_TYPE_rate, .u64 = bits};
    struct links *lane;
    int code = runner_lane(r, step, &lane, e);
    if (code < 0)
        return code;
    links_shape_one(lane, set, PARAM_rate, &rate);
    code = links_apply(&r->links, &r->w, e);
    return code < 0 ? code : fault_begin(r, step, FAULT_SHAPE, set, nodes, e);
}

int action_break(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                 struct err *e)
{
    struct link_set set;
    uint64_t number;
    int code = runner_links(r, step, &set, ret_nodes, e);
    if (code < 0)
        return code;
    if (step->action == ACTION_net_trickle)
        return trickle(r, step, &set, *ret_nodes, e);
    if (step->action == ACTION_net_reset)
        return reset(r, step, &set, *ret_nodes, e);
    ASSERT(r->w.breaks != NULL);
    code = r->w.breaks(r->w.arg, set.pairs, break_of(step), &number, e);
    if (code == 0)
        code = fault_begin(r, step, FAULT_BREAK, &set, *ret_nodes, e);
    if (code == 0)
        r->faults[r->faults_count - 1].number = number;
    return code;
}
