/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a step may say and not every world does, or not every carrier: ignoring it would be another
 * story. */
#include "emulator/runner/runner_private.h"
#include "emulator/scenario/walk.h"

#include <string.h>

struct refusal {
    lint_refusal *own;
    int code;
    struct err *e;
};

static void refuse_step(const struct scenario_step *step, void *arg)
{
    struct refusal *r = arg;
    if (r->code == 0)
        r->code = r->own(step, r->e);
}

int runner_refuse(const struct scenario *s, lint_refusal *own, struct err *e)
{
    struct refusal steps = {.own = own, .e = e};
    scenario_each_step(s, refuse_step, &steps);
    return steps.code;
}

static bool says_mtu(const struct scenario_args *args)
{
    return scenario_arg(args, PARAM_mtu) != NULL;
}

static void look_for_mtu(const struct scenario_step *step, void *arg)
{
    bool *found = arg;
    *found = *found || says_mtu(&step->args);
}

bool runner_wants_mtu(const struct scenario *s)
{
    bool found = says_mtu(&s->links_default);
    for (size_t i = 0; i < s->links_pairs_count; i++)
        found = found || says_mtu(&s->links_pairs[i].args);
    scenario_each_step(s, look_for_mtu, &found);
    return found;
}

bool runner_on_admin_plane(const struct scenario_args *args)
{
    const struct scenario_link *link = scenario_arg_link(args, PARAM_link);
    const char *plane = scenario_arg_text(args, PARAM_plane, "");
    return strcmp(plane, "admin") == 0 || (link != NULL && link->plane == PLANE_admin);
}

static void look_for_admin(const struct scenario_step *step, void *arg)
{
    bool *found = arg;
    *found = *found || runner_on_admin_plane(&step->args);
}

bool runner_wants_admin(const struct scenario *s)
{
    bool found = false;
    for (size_t i = 0; i < s->links_pairs_count; i++)
        found = found || runner_on_admin_plane(&s->links_pairs[i].args);
    scenario_each_step(s, look_for_admin, &found);
    return found;
}
