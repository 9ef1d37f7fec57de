/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps about disks that could do nothing, or that contradict themselves. */
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/walk.h"

#include <string.h>

#define SECTOR_BYTES 512u /* what no disk writes in parts */

static void complain(struct lint *l, const struct scenario_step *step, const char *param,
                     const char *hint, const char *text)
{
    const struct json *action = lint_step(l, step), *at = json_get(action, param);
    lint_say(l, DIAG_ERROR, at != NULL ? at : action, true, hint, "%s: %s: %s",
             vocab_action(step->action)->name, param, text);
}

static bool is_zero(const struct scenario_step *step, enum param_id id)
{
    return scenario_arg(&step->args, id) != NULL && scenario_arg_u64(&step->args, id, 1) == 0;
}

static void look_at_damage(struct lint *l, const struct scenario_step *step)
{
    if (is_zero(step, PARAM_count))
        complain(l, step, "count", NULL, "no place at all");
    if (is_zero(step, PARAM_bytes))
        complain(l, step, "bytes", "leave it out", "no byte at all");
}

static void look_at_tear(struct lint *l, const struct scenario_step *step)
{
    bool random = strcmp(scenario_arg_text(&step->args, PARAM_keep, "prefix"), "random") == 0;
    uint64_t sector = scenario_arg_u64(&step->args, PARAM_sector, SECTOR_BYTES);
    if (is_zero(step, PARAM_at))
        complain(l, step, "at", NULL, "a write cannot break before its first byte");
    if (random && scenario_arg(&step->args, PARAM_at) != NULL)
        complain(l, step, "at", "give \"sector\"", "sectors kept at random break nowhere else");
    if (sector == 0 || sector % SECTOR_BYTES != 0)
        complain(l, step, "sector", NULL, "must be a multiple of 512B");
}

/* A disk that has not lied yet has nothing to forget. */
static void look_at_unsynced(struct lint *l, const struct scenario_step *step)
{
    if (scenario_arg_bool(&step->args, PARAM_lieAboutFsync, false) &&
        !scenario_arg_bool(&step->args, PARAM_atCrash, true))
        complain(l, step, "lieAboutFsync", "leave out \"atCrash\", and kill the node later",
                 "with \"atCrash\":false the power is cut before the first lie");
}

static void look(const struct scenario_step *step, void *arg)
{
    if (step->action >= ACTION_disk_flip && step->action <= ACTION_disk_stale)
        look_at_damage(arg, step);
    else if (step->action == ACTION_disk_tear)
        look_at_tear(arg, step);
    else if (step->action == ACTION_disk_loseUnsynced)
        look_at_unsynced(arg, step);
}

void lint_disks(struct lint *l)
{
    scenario_each_step(l->s, look, l);
}
