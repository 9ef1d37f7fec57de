/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a step may say and no world does, or not every carrier: ignoring it would be another story.
 */
#include "emulator/runner/runner.h"
#include "emulator/scenario/walk.h"

#include <string.h>

/* Questions of steps come from the node's own host: no link carries them. */
static bool is_admin(const struct scenario_step *step)
{
    const struct scenario_link *link = scenario_arg_link(&step->args, PARAM_link);
    const char *plane = scenario_arg_text(&step->args, PARAM_plane, "");
    return strcmp(plane, "admin") == 0 || (link != NULL && link->plane == PLANE_admin);
}

int runner_refuse(const struct scenario_step *step, struct err *e)
{
    const struct action_spec *spec = vocab_action(step->action);
    if (is_admin(step))
        return err_set(e, -E_UNSUPPORTED, "step %u: %s: plane: no admin command crosses a link",
                       step->number, spec->name);
    return 0;
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
