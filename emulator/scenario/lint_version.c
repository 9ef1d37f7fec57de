/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Versions that steps name. */
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/walk.h"

static void look(const struct scenario_step *step, void *arg)
{
    struct lint *l = arg;
    const char *name = scenario_arg_text(&step->args, PARAM_version, NULL);
    if (name == NULL || scenario_version_find(l->s, name) >= 0)
        return;
    const struct json *object = lint_step(l, step), *v = json_get(object, "version");
    lint_say(l, DIAG_ERROR, v != NULL ? v : object, v == NULL,
             "name it in \"versions\" of the cluster, and what it sets in \"perVersion\"",
             "there is no version \"%.40s\"", name);
}

void lint_versions(struct lint *l)
{
    scenario_each_step(l->s, look, l);
}
