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

static void refuse_step(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                        uint64_t likely_ns, void *arg)
{
    struct refusal *r = arg;
    (void)depth;
    (void)early_ns;
    (void)likely_ns;
    if (r->code == 0)
        r->code = r->own(step, r->e);
}

int runner_refuse(const struct scenario *s, lint_refusal *own, struct err *e)
{
    struct refusal steps = {.own = own, .e = e};
    const struct walk w = {.visit = refuse_step, .arg = &steps};
    (void)scenario_walk(s, &w);
    return steps.code;
}

static bool says_mtu(const struct scenario_args *args)
{
    return scenario_arg(args, PARAM_mtu) != NULL;
}

static void look_for_mtu(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                         uint64_t likely_ns, void *arg)
{
    bool *found = arg;
    (void)depth;
    (void)early_ns;
    (void)likely_ns;
    *found = *found || says_mtu(&step->args);
}

bool runner_wants_mtu(const struct scenario *s)
{
    bool found = says_mtu(&s->links_default);
    const struct walk w = {.visit = look_for_mtu, .arg = &found};
    for (size_t i = 0; i < s->links_pairs_count; i++)
        found = found || says_mtu(&s->links_pairs[i].args);
    (void)scenario_walk(s, &w);
    return found;
}

bool runner_on_admin_plane(const struct scenario_args *args)
{
    const struct scenario_link *link = scenario_arg_link(args, PARAM_link);
    const char *plane = scenario_arg_text(args, PARAM_plane, "");
    return strcmp(plane, "admin") == 0 || (link != NULL && link->plane == PLANE_admin);
}

static void look_for_admin(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                           uint64_t likely_ns, void *arg)
{
    bool *found = arg;
    (void)depth;
    (void)early_ns;
    (void)likely_ns;
    *found = *found || runner_on_admin_plane(&step->args);
}

bool runner_wants_admin(const struct scenario *s)
{
    bool found = false;
    const struct walk w = {.visit = look_for_admin, .arg = &found};
    for (size_t i = 0; i < s->links_pairs_count; i++)
        found = found || runner_on_admin_plane(&s->links_pairs[i].args);
    (void)scenario_walk(s, &w);
    return found;
}
