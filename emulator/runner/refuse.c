/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a step may say and no world does: ignoring it would be another story. */
#include "emulator/runner/runner.h"

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

int runner_refuse(const struct scenario_step *step, const char *world, struct err *e)
{
    const struct action_spec *spec = vocab_action(step->action);
    for (size_t i = 0; i < ARRAY_LEN(ignored); i++) {
        if (step->action == ignored[i].action &&
            scenario_arg(&step->args, ignored[i].param) != NULL)
            return err_set(e, -E_UNSUPPORTED, "step %u: %s: %s: the %s world cannot do this yet",
                           step->number, spec->name, vocab_param_name(ignored[i].param), world);
    }
    if (spec->area == AREA_workload && step->for_ns > 0 && step->action != ACTION_client_pin &&
        step->action != ACTION_client_cut)
        return err_set(e, -E_UNSUPPORTED, "step %u: %s: for: the %s world cannot do this yet",
                       step->number, spec->name, world);
    return 0;
}
