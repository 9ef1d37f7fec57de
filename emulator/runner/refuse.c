/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a step may say and no world does: ignoring it would be another story. */
#include "emulator/runner/runner.h"

#include <string.h>

/* Questions of steps come from the node's own host: no link carries them. */
static bool is_admin(const struct scenario_step *step)
{
    const struct scenario_link *link = scenario_arg_link(&step->args, PARAM_link);
    const char *plane = scenario_arg_text(&step->args, PARAM_plane, "");
    return strcmp(plane, "admin") == 0 || (link != NULL && link->plane == PLANE_admin);
}

int runner_refuse(const struct scenario_step *step, const char *world, struct err *e)
{
    const struct action_spec *spec = vocab_action(step->action);
    if (scenario_arg(&step->args, PARAM_mtu) != NULL)
        return err_set(e, -E_UNSUPPORTED, "step %u: %s: mtu: the %s world cannot do this yet",
                       step->number, spec->name, world);
    if (is_admin(step))
        return err_set(e, -E_UNSUPPORTED, "step %u: %s: plane: no admin command crosses a link",
                       step->number, spec->name);
    return 0;
}

int runner_refuse_links(const struct scenario *s, const char *world, struct err *e)
{
    bool mtu = scenario_arg(&s->links_default, PARAM_mtu) != NULL;
    for (size_t i = 0; i < s->links_pairs_count; i++)
        mtu = mtu || scenario_arg(&s->links_pairs[i].args, PARAM_mtu) != NULL;
    return mtu ? err_set(e, -E_UNSUPPORTED, "links: mtu: the %s world cannot do this yet", world)
               : 0;
}
