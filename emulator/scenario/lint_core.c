/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A core that shall recover while the others stay broken: whether it can. */
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/recovery.h"
#include "emulator/scenario/walk.h"

#include <string.h>

static void find_change(const struct scenario_step *step, void *arg)
{
    bool *found = arg;
    enum area_id area = vocab_action(step->action)->area;
    *found = *found || area == AREA_admin || step->action == ACTION_proc_stop ||
             step->action == ACTION_proc_restart;
}

/* The voters are those of the start. */
static bool members_stay(const struct scenario *s)
{
    bool change = false;
    scenario_each_step(s, find_change, &change);
    return !change;
}

/* Nodes by name; 0: others are among them, and it depends on the run. */
static nodeset named(const struct selectors *who)
{
    nodeset set = 0;
    for (size_t i = 0; i < who->count; i++) {
        if (who->items[i].kind != SELECT_node)
            return 0;
        set |= NODE_BIT(who->items[i].number);
    }
    return set;
}

static bool off(const struct scenario *s, unsigned node, const char *key)
{
    const struct pair *pair = scenario_config(s, node, key);
    return pair != NULL && strcmp(pair->value, "off") == 0;
}

void lint_core(struct lint *l)
{
    static const char *const keys[] = {"prevote", "check_quorum"};
    const struct scenario *s = l->s;
    const struct selectors *core = scenario_core(s);
    if (core == NULL)
        return;
    const struct json *at = json_get(lint_at(l, "expect", "recovers"), "core");
    nodeset set = named(core);
    unsigned voters = (unsigned)s->cluster.voters;
    if (set != 0 && members_stay(s) && nodeset_count(set & nodeset_below(voters)) < voters / 2 + 1)
        lint_say(l, DIAG_ERROR, at, false, "\"quorum\" draws one",
                 "this core is no quorum of the %u voters, so it can decide nothing", voters);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        for (unsigned node = 0; node < scenario_nodes_count(s); node++) {
            if (!off(s, node, keys[i]))
                continue;
            lint_say(l, DIAG_WARNING, at, true, NULL,
                     "n%u runs without %s: outside the core it may disturb it for ever", node + 1,
                     keys[i]);
            return;
        }
    }
}
