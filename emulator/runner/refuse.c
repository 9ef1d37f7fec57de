/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a step may say and no world does: ignoring it would be another story. */
#include "emulator/runner/runner.h"

#include <string.h>

static const struct {
    enum action_id action;
    enum param_id param;
} ignored[] = {
    {ACTION_load_start, PARAM_profile}, {ACTION_load_start, PARAM_ops},
    {ACTION_load_start, PARAM_keys},    {ACTION_load_start, PARAM_hot},
    {ACTION_load_start, PARAM_value},   {ACTION_load_burst, PARAM_ratePerS},
    {ACTION_load_burst, PARAM_keys},    {ACTION_load_burst, PARAM_hot},
    {ACTION_load_burst, PARAM_value},   {ACTION_load_burst, PARAM_mix},
    {ACTION_net_set, PARAM_mtu},
};

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
    for (size_t i = 0; i < ARRAY_LEN(ignored); i++) {
        if (step->action == ignored[i].action &&
            scenario_arg(&step->args, ignored[i].param) != NULL)
            return err_set(e, -E_UNSUPPORTED, "step %u: %s: %s: the %s world cannot do this yet",
                           step->number, spec->name, vocab_param_name(ignored[i].param), world);
    }
    if (is_admin(step))
        return err_set(e, -E_UNSUPPORTED, "step %u: %s: plane: no admin command crosses a link",
                       step->number, spec->name);
    if (spec->area == AREA_workload && step->for_ns > 0 && step->action != ACTION_client_pin &&
        step->action != ACTION_client_cut)
        return err_set(e, -E_UNSUPPORTED, "step %u: %s: for: the %s world cannot do this yet",
                       step->number, spec->name, world);
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
