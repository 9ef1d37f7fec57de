/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/clocks.h"

#include "base/units.h"
#include "emulator/scenario/walk.h"

#include <stdio.h>
#include <string.h>

#define DRIFT_PPM_DEFAULT 100000 /* of raftd */

uint64_t scenario_clock_drift_ppm(const struct scenario *s)
{
    uint64_t least = UINT64_MAX;
    for (unsigned i = 0; i < scenario_nodes_count(s); i++) {
        const struct pair *given = scenario_config(s, i, "max_clock_drift");
        int64_t ppm = DRIFT_PPM_DEFAULT;
        if (given != NULL && (units_ppm(given->value, &ppm) < 0 || ppm < 0))
            ppm = 0;
        least = (uint64_t)ppm < least ? (uint64_t)ppm : least;
    }
    return least;
}

bool scenario_lease_reads(const struct scenario *s)
{
    for (unsigned i = 0; i < scenario_nodes_count(s); i++) {
        const struct pair *given = scenario_config(s, i, "lease_reads");
        if (given != NULL && (strcmp(given->value, "on") == 0 || strcmp(given->value, "true") == 0))
            return true;
    }
    return false;
}

/* What fuzz draws of rates is no further off than that. */
#define FUZZ_PPM_MAX 50000

/* Of an action, or one of those that may be drawn. */
static bool may(const struct scenario_step *step, bool (*what)(enum action_id action))
{
    const struct scenario_value *alphabet = scenario_arg(&step->args, PARAM_alphabet);
    /* No node lives by a wall clock. */
    bool wall = strcmp(scenario_arg_text(&step->args, PARAM_clock, ""), "realtime") == 0;
    bool found = what(step->action) && !wall;
    for (size_t i = 0; alphabet != NULL && i < alphabet->texts.count; i++)
        found = found || what((enum action_id)vocab_find_action(alphabet->texts.items[i]));
    return found;
}

static bool bends(enum action_id action)
{
    return vocab_action(action)->area == AREA_clock && action != ACTION_clock_reset;
}

/* Of a moment's length any rate is possible: a jump is beyond every bound. */
static bool jumps(enum action_id action)
{
    return bends(action) && action != ACTION_clock_rate;
}

bool scenario_clock_beyond(const struct scenario *s, const struct scenario_step *step)
{
    if (!may(step, bends))
        return false;
    int64_t ppm =
        scenario_arg_i64(&step->args, PARAM_ppm, step->action == ACTION_fuzz ? FUZZ_PPM_MAX : 0);
    return may(step, jumps) || (uint64_t)(ppm < 0 ? -ppm : ppm) > scenario_clock_drift_ppm(s);
}

struct search {
    const struct scenario *s;
    struct scenario_clocks found;
};

static void visit(const struct scenario_step *step, void *arg)
{
    struct search *search = arg;
    search->found.faults = search->found.faults || may(step, bends);
    if (search->found.beyond == NULL && scenario_clock_beyond(search->s, step))
        search->found.beyond = step;
}

struct scenario_clocks scenario_clocks_of(const struct scenario *s)
{
    struct search search = {.s = s};
    scenario_each_step(s, visit, &search);
    return search.found;
}

const char *scenario_clocks_beyond(const struct scenario *s, char out[SCENARIO_CLOCKS_TEXT_MAX])
{
    const struct scenario_step *step = scenario_clocks_of(s).beyond;
    if (step == NULL || !scenario_lease_reads(s))
        return NULL;
    (void)snprintf(out, SCENARIO_CLOCKS_TEXT_MAX,
                   "step %u, %s, is beyond the %lluppm that leases bear", step->number,
                   vocab_action(step->action)->name,
                   (unsigned long long)scenario_clock_drift_ppm(s));
    return out;
}
