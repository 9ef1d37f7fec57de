/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is typed becomes a step of the scenario language: its parser and its lint know what is wrong
 * with it. */
#include "base/mem.h"
#include "emulator/scenario/by_hand.h"
#include "emulator/step/inside.h"

static void keep(struct step *s, struct scenario *parsed)
{
    s->parsed = mem_room(s->parsed, s->parsed_count + 1, &s->parsed_cap, sizeof(struct scenario *));
    s->parsed[s->parsed_count++] = parsed;
}

int step_parse(struct step *s, const char *json, const struct scenario_step **ret,
               const struct scenario_branch **ret_branch, struct err *e)
{
    struct scenario *parsed = NULL;
    struct by_hand_fault fault;
    int code = scenario_by_hand(s->scenario, json, sim_world(), &parsed, &fault, e);
    if (code < 0 && fault.hint[0] != '\0') {
        const struct err bare = *e;
        (void)err_set(e, code, "%.300s: %s", bare.text, fault.hint);
    }
    if (code < 0)
        return code;
    keep(s, parsed);
    *ret = &parsed->steps.steps[0];
    *ret_branch = &parsed->steps;
    return 0;
}
