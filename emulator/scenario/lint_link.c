/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps about links that could never be done. */
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/walk.h"

#include <string.h>

/* What befalls a connection, whatever it carries. */
static bool about_connections(const struct scenario_step *step)
{
    const char *style = scenario_arg_text(&step->args, PARAM_style, "drop");
    return step->action == ACTION_net_reset || step->action == ACTION_net_halfOpen ||
           (step->action == ACTION_net_cut && strcmp(style, "drop") != 0);
}

static void look_at_link(struct lint *l, const struct scenario_step *step)
{
    const struct scenario_link *link = scenario_arg_link(&step->args, PARAM_link);
    if (link == NULL)
        return;
    if (link->messages != 0 && step->action == ACTION_net_filter)
        lint_say_param(l, step, PARAM_link, "leave it out: the filter has a \"message\" of its own",
                       "link: message: which of the two?");
    if (link->plane != PLANE_peer && step->action == ACTION_net_filter)
        lint_say_param(l, step, PARAM_link, "leave \"plane\" out",
                       "link: plane: message types cross the links between nodes only");
    if (link->messages != 0 && about_connections(step))
        lint_say_param(l, step, PARAM_link, "leave \"message\" out",
                       "link: message: a connection carries every type");
    if (link->plane == PLANE_admin && about_connections(step))
        lint_say_param(
            l, step, PARAM_link, "net.cut without a \"style\"",
            "link: plane: every question of the administrator is a connection of its own");
}

static void look_at_filter(struct lint *l, const struct scenario_step *step)
{
    bool delays = strcmp(scenario_arg_text(&step->args, PARAM_verdict, ""), "delay") == 0;
    if (delays && scenario_arg_u64(&step->args, PARAM_delay, 0) == 0)
        lint_say_param(l, step, PARAM_delay, NULL, "delay: no time at all");
}

static void look_at_trickle(struct lint *l, const struct scenario_step *step)
{
    uint64_t bytes = scenario_arg_u64(&step->args, PARAM_bytesPerS, 0);
    if (bytes < IMPAIR_RATE_BITS_PER_S_MIN / 8 || bytes > IMPAIR_RATE_BITS_PER_S_MAX / 8)
        lint_say_param(l, step, PARAM_bytesPerS, NULL, "bytesPerS: must be 125..12500000000");
}

/* The different lists of types so far. */
struct lanes {
    struct lint *l;
    uint32_t of[SCENARIO_LANES_MAX];
    size_t count;
    bool said;
};

/* object: has the link. */
static void count_lane(struct lanes *lanes, const struct scenario_args *args,
                       const struct json *object)
{
    const struct scenario_link *link = scenario_arg_link(args, PARAM_link);
    if (link == NULL || link->messages == 0)
        return;
    for (size_t i = 0; i < lanes->count; i++) {
        if (lanes->of[i] == link->messages)
            return;
    }
    if (lanes->count < SCENARIO_LANES_MAX) {
        lanes->of[lanes->count++] = link->messages;
        return;
    }
    if (!lanes->said)
        lint_say(lanes->l, DIAG_ERROR, json_get(object, "link"), true,
                 "take one of the lists before it, or leave \"message\" out",
                 "link: message: more than %d different lists of types", SCENARIO_LANES_MAX);
    lanes->said = true;
}

static void count_step(const struct scenario_step *step, void *arg)
{
    struct lanes *lanes = arg;
    count_lane(lanes, &step->args, lint_step(lanes->l, step));
}

static void count_lanes(struct lint *l)
{
    struct lanes lanes = {.l = l};
    const struct json *pairs = lint_at(l, "links", "perPair");
    for (size_t i = 0; i < l->s->links_pairs_count; i++)
        count_lane(&lanes, &l->s->links_pairs[i].args, json_at(pairs, i));
    scenario_each_step(l->s, count_step, &lanes);
}

static void look(const struct scenario_step *step, void *arg)
{
    struct lint *l = arg;
    look_at_link(l, step);
    if (step->action == ACTION_net_filter)
        look_at_filter(l, step);
    if (step->action == ACTION_net_trickle)
        look_at_trickle(l, step);
}

void lint_links(struct lint *l)
{
    scenario_each_step(l->s, look, l);
    count_lanes(l);
}
