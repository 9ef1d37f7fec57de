/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps in their order: what is undone before it was done, waits that cannot end. */
#include "base/units.h"
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/lint_who.h"
#include "emulator/scenario/recovery.h"
#include "emulator/scenario/walk.h"

#include <stdio.h>
#include <string.h>

struct story {
    struct lint *l;
    bool seen[ACTIONS_COUNT];
    const struct scenario_step *open_cut; /* no step has healed it yet */
    bool split;                           /* the cut leaves no side with a majority */
    struct who_down down;
    struct who_names names;
};

/* An undoing action, and what must have been done before. */
struct undoing {
    enum action_id undo;
    enum action_id does[16];
    size_t count;
    const char *sentence;
};

static const struct undoing undoings[] = {
    {ACTION_net_heal,
     {ACTION_net_partition, ACTION_net_cut, ACTION_net_isolate, ACTION_net_flap, ACTION_net_hold,
      ACTION_net_halfOpen, ACTION_net_trickle, ACTION_net_filter, ACTION_net_set, ACTION_net_ramp},
     10,
     "nothing to heal yet: no step before this one harms a link"},
    {ACTION_net_uncut,
     {ACTION_net_cut, ACTION_net_partition, ACTION_net_isolate, ACTION_net_halfOpen},
     4,
     "nothing to mend yet: no step before this one cuts a link"},
    {ACTION_net_release,
     {ACTION_net_hold, ACTION_net_filter},
     2,
     "nothing is held yet: no step before this one holds traffic back"},
    {ACTION_proc_resume,
     {ACTION_proc_pause},
     1,
     "nobody is suspended yet: no step before this one pauses a node"},
    {ACTION_proc_start,
     {ACTION_proc_kill, ACTION_proc_stop, ACTION_proc_crashAt, ACTION_node_leave,
      ACTION_member_remove, ACTION_disk_error, ACTION_disk_full, ACTION_disk_readonly,
      ACTION_disk_loseUnsynced, ACTION_disk_tear, ACTION_disk_flip, ACTION_disk_zero,
      ACTION_disk_truncate, ACTION_disk_misdirect, ACTION_disk_stale, ACTION_proc_limit},
     16,
     "everybody runs: no step before this one stops a node, and there is no spare one"},
    {ACTION_clock_reset,
     {ACTION_clock_jump, ACTION_clock_rate, ACTION_clock_strobe, ACTION_clock_freeze},
     4,
     "every clock is right: no step before this one changes one"},
    {ACTION_load_stop, {ACTION_load_start}, 1, "there is no load: the scenario has no clients"},
};

/* What the file cannot tell: steps drawn at random may do anything. */
static bool anything_goes(const struct story *t)
{
    return t->seen[ACTION_fuzz];
}

static void undone_early(struct story *t, const struct scenario_step *step)
{
    const struct scenario *s = t->l->s;
    bool excused = !step->must || anything_goes(t) ||
                   (step->action == ACTION_proc_start && s->cluster.spare > 0) ||
                   (step->action == ACTION_load_stop && s->clients.count > 0);
    for (size_t i = 0; i < ARRAY_LEN(undoings) && !excused; i++) {
        bool done = false;
        if (undoings[i].undo != step->action)
            continue;
        for (size_t k = 0; k < undoings[i].count; k++)
            done = done || t->seen[undoings[i].does[k]];
        if (!done)
            lint_say(t->l, DIAG_ERROR, lint_step(t->l, step), true, NULL, "%s",
                     undoings[i].sentence);
    }
}

static bool cuts(enum action_id id)
{
    return id == ACTION_net_partition || id == ACTION_net_cut || id == ACTION_net_isolate;
}

static void follow_cuts(struct story *t, const struct scenario_step *step)
{
    if (step->action == ACTION_net_heal || step->action == ACTION_net_uncut) {
        t->open_cut = NULL;
        t->split = false;
    }
    if (!cuts(step->action) || step->for_ns > 0)
        return;
    t->open_cut = step;
    if (step->action == ACTION_net_partition)
        t->split = who_splits(t->l->s, &t->names, &step->args) && who_down_count(&t->down) == 0;
}

static bool needs_majority(const struct scenario_condition *c)
{
    return c->kind == WAIT_leader || c->kind == WAIT_commit || c->kind == WAIT_caughtUp;
}

/* A wait for progress while no majority can be had. */
static void check_wait(struct story *t, const struct scenario_step *step)
{
    unsigned voters = (unsigned)t->l->s->cluster.voters, down = who_down_count(&t->down);
    bool members_change = anything_goes(t);
    for (int i = ACTION_member_add; i <= ACTION_member_change; i++)
        members_change = members_change || t->seen[i];
    if (!needs_majority(step->wait) || members_change || t->seen[ACTION_cluster_forceRecover])
        return;
    if (voters - (down < voters ? down : voters) < voters / 2 + 1)
        lint_say(t->l, DIAG_ERROR, lint_step(t->l, step), true, NULL,
                 "this cannot come: at least %u of %u voters are down here", down, voters);
    else if (t->split)
        lint_say(t->l, DIAG_ERROR, lint_step(t->l, step), true, NULL,
                 "this cannot come: no side of the partition has a majority of the %u voters",
                 voters);
}

static void check_time(struct story *t, const struct scenario_step *step, uint64_t early_ns)
{
    const struct scenario_budget *b = &t->l->s->budget;
    char at[UNITS_TEXT_MAX], early[UNITS_TEXT_MAX], limit[UNITS_TEXT_MAX];
    const struct json *object = t->l->src->steps_at[step->number - 1];
    const struct json *v = json_get(object, "at");
    if (step->has_at && early_ns > step->at_ns)
        lint_say(t->l, DIAG_ERROR, v, false, NULL,
                 "cannot start at %s: the steps before it take at least %s",
                 units_print_duration(step->at_ns, at), units_print_duration(early_ns, early));
    uint64_t end = b->wall_ns == 0              ? b->virtual_ns
                   : b->virtual_ns == 0         ? b->wall_ns
                   : b->wall_ns < b->virtual_ns ? b->wall_ns
                                                : b->virtual_ns;
    if (end > 0 && early_ns > end)
        lint_say(t->l, DIAG_ERROR, v != NULL ? v : lint_step(t->l, step), v == NULL, NULL,
                 "a step after the end: not before %s, but the budget ends at %s",
                 units_print_duration(early_ns, early), units_print_duration(end, limit));
}

/* Steps that shape the load need clients to carry it, and a burst needs an end. */
static void check_load(struct story *t, const struct scenario_step *step)
{
    const struct scenario *s = t->l->s;
    const struct json *object = lint_step(t->l, step), *ops = json_get(object, "ops");
    bool shapes = step->action == ACTION_load_burst || step->action == ACTION_load_rate ||
                  step->action == ACTION_load_mix;
    if (shapes && s->clients.count == 0 && !t->seen[ACTION_load_start])
        lint_say(t->l, DIAG_ERROR, object, true, NULL,
                 "nobody can do this: the scenario has no \"clients\"");
    if (scenario_arg(&step->args, PARAM_profile) != NULL &&
        scenario_arg(&step->args, PARAM_mix) != NULL)
        lint_say(t->l, DIAG_ERROR, json_get(object, "profile"), false, NULL,
                 "a profile is a mix: give one of the two");
    if (step->action != ACTION_load_burst)
        return;
    uint64_t count = scenario_arg_u64(&step->args, PARAM_ops, 0);
    if (s->budget.max_ops > 0 && count > s->budget.max_ops)
        lint_say(t->l, DIAG_ERROR, ops != NULL ? ops : object, false, NULL,
                 "a burst of %llu operations, but the budget's maxOps is %llu",
                 (unsigned long long)count, (unsigned long long)s->budget.max_ops);
}

/* A founder is a member until somebody makes it none. */
static void check_newcomer(struct story *t, const struct scenario_step *step)
{
    static const enum action_id leaves[] = {ACTION_member_remove, ACTION_member_replace,
                                            ACTION_member_change, ACTION_node_leave,
                                            ACTION_proc_stop,     ACTION_cluster_forceRecover};
    bool may_have_left = anything_goes(t);
    for (size_t i = 0; i < ARRAY_LEN(leaves); i++)
        may_have_left = may_have_left || t->seen[leaves[i]];
    if (step->action != ACTION_member_add || may_have_left)
        return;
    const struct selectors *who = scenario_arg_who(&step->args, PARAM_who);
    for (size_t i = 0; i < who->count; i++) {
        if (who->items[i].kind == SELECT_node && who->items[i].number < t->l->s->cluster.voters)
            lint_say(t->l, DIAG_ERROR, json_get(lint_step(t->l, step), "who"), false,
                     "newcomers are the cluster's \"spare\" nodes",
                     "n%llu is a member from the start, so there is nothing to add",
                     (unsigned long long)who->items[i].number + 1);
    }
}

static void visit(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                  uint64_t likely_ns, void *arg)
{
    struct story *t = arg;
    (void)depth;
    (void)likely_ns;
    check_time(t, step, early_ns);
    undone_early(t, step);
    check_load(t, step);
    check_newcomer(t, step);
    lint_targets(t->l, step);
    if (step->wait != NULL)
        check_wait(t, step);
    follow_cuts(t, step);
    who_follow(t->l->s, step, &t->names, &t->down);
    t->seen[step->action] = true;
}

/* A fault nobody mends, and an expectation that needs it mended. */
static void unhealed(struct story *t)
{
    const struct scenario_step *cut = t->open_cut;
    if (cut == NULL || scenario_expect_find(t->l->s, CHECKER_recovers) == NULL ||
        anything_goes(t) || scenario_core(t->l->s) != NULL)
        return;
    char hint[64];
    (void)snprintf(hint, sizeof(hint), "step %u, %s", cut->number, vocab_action(cut->action)->name);
    lint_say(t->l, DIAG_WARNING, lint_at(t->l, "expect", "recovers"), true, hint,
             "nothing heals this partition, \"recovers\" can only fail");
}

static bool harms(enum action_id id)
{
    enum area_id area = vocab_action(id)->area;
    return area != AREA_flow && area != AREA_workload;
}

void lint_story(struct lint *l)
{
    struct story t = {.l = l};
    const struct walk w = {.visit = visit, .arg = &t};
    (void)scenario_walk(l->s, &w);
    unhealed(&t);
    bool harmed = anything_goes(&t);
    for (int i = 0; i < ACTIONS_COUNT; i++)
        harmed = harmed || (t.seen[i] && harms((enum action_id)i));
    if (harmed && l->s->covers_count == 0)
        lint_say(l, DIAG_WARNING, lint_at(l, NULL, NULL), false, NULL,
                 "no \"coverage\": a run whose faults had no effect would pass");
    if (!harmed && scenario_expect_find(l->s, CHECKER_recovers) != NULL)
        lint_say(l, DIAG_WARNING, lint_at(l, "expect", "recovers"), true, NULL,
                 "no step breaks anything, so there is nothing to recover from");
}
