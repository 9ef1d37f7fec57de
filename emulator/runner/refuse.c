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

/* What is looked for in the links of the scenario, and in its steps. */
struct search {
    bool (*says)(const struct scenario_args *args);
    bool found;
};

static void look(const struct scenario_step *step, void *arg)
{
    struct search *search = arg;
    search->found = search->found || search->says(&step->args);
}

static bool anywhere(const struct scenario *s, bool (*says)(const struct scenario_args *args))
{
    struct search search = {.says = says, .found = says(&s->links_default)};
    for (size_t i = 0; i < s->links_pairs_count; i++)
        search.found = search.found || says(&s->links_pairs[i].args);
    scenario_each_step(s, look, &search);
    return search.found;
}

static bool says_mtu(const struct scenario_args *args)
{
    return scenario_arg(args, PARAM_mtu) != NULL;
}

static bool says_payload(const struct scenario_args *args)
{
    return strcmp(scenario_arg_text(args, PARAM_corruptLayer, ""), "payload") == 0;
}

const char *runner_beyond_kernel(const struct scenario *s)
{
    static const enum capability steps[] = {CAP_netHold, CAP_netCutStyle, CAP_netHalfOpen};
    uint64_t needs = scenario_needs(s);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        if ((needs >> steps[i] & 1) != 0)
            return vocab_capability_text(steps[i]);
    }
    if (anywhere(s, says_payload))
        return vocab_capability_text(CAP_netPayload);
    return anywhere(s, says_mtu) ? "links: mtu" : NULL;
}

bool runner_on_admin_plane(const struct scenario_args *args)
{
    const struct scenario_link *link = scenario_arg_link(args, PARAM_link);
    const char *plane = scenario_arg_text(args, PARAM_plane, "");
    return strcmp(plane, "admin") == 0 || (link != NULL && link->plane == PLANE_admin);
}

bool runner_wants_admin(const struct scenario *s)
{
    return anywhere(s, runner_on_admin_plane);
}
