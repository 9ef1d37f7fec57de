/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Versions that steps name. */
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/walk.h"

static void look(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                 uint64_t likely_ns, void *arg)
{
    struct lint *l = arg;
    const char *name = scenario_arg_text(&step->args, PARAM_version, NULL);
    (void)depth;
    (void)early_ns;
    (void)likely_ns;
    if (name == NULL || scenario_version_find(l->s, name) >= 0)
        return;
    const struct json *object = lint_step(l, step), *v = json_get(object, "version");
    lint_say(l, DIAG_ERROR, v != NULL ? v : object, v == NULL,
             "name it in \"versions\" of the cluster, and what it sets in \"perVersion\"",
             "there is no version \"%.40s\"", name);
}

void lint_versions(struct lint *l)
{
    const struct walk w = {.visit = look, .arg = l};
    (void)scenario_walk(l->s, &w);
}
