/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phase of liveness: first anything may break, then a quorum, the core, is mended for good
 * while everybody else stays broken. The core has to elect and to commit. */
#include "emulator/runner/runner_private.h"
#include "emulator/scenario/recovery.h"
#include "emulator/scenario/walk.h"

#include <stdio.h>
#include <string.h>

/* ---- who ---- */

static bool holds_majority(nodeset core, nodeset voters)
{
    return voters == 0 || 2 * nodeset_count(core & voters) > nodeset_count(voters);
}

/* The voters of some configuration that may count for the core and of which it is no majority; 0:
 * it is of all. What a member of it has in its log counts, committed or not. */
static nodeset wanting(const struct runner *r, nodeset core)
{
    const struct observed_configs *c = &r->o->configs;
    const struct observed_config *fixed[] = {&c->committed, &c->present};
    for (size_t i = 0; i < ARRAY_LEN(fixed) + LIMIT_MEMBERS; i++) {
        const struct observed_config *one = i < ARRAY_LEN(fixed) ? fixed[i] : NULL;
        unsigned node = one != NULL ? 0 : (unsigned)(i - ARRAY_LEN(fixed));
        if (one == NULL && (core >> node & 1) != 0 && c->of[node].count > 0)
            one = &c->of[node].items[c->of[node].count - 1];
        if (one != NULL && !holds_majority(core, one->voters))
            return one->voters;
        if (one != NULL && !holds_majority(core, one->old))
            return one->old;
    }
    return 0;
}

static void find_witness(const struct scenario_step *step, void *arg)
{
    nodeset *found = arg;
    if (step->action != ACTION_member_add ||
        strcmp(scenario_arg_text(&step->args, PARAM_as, ""), "witness") != 0)
        return;
    *found |= selectors_named(scenario_arg_who(&step->args, PARAM_who));
}

static bool above(const struct view_node *a, const struct view_node *b)
{
    return a->last_term != b->last_term ? a->last_term > b->last_term
                                        : a->last_index > b->last_index;
}

/* The node of the set with the longest log; -1: the set is empty. */
static int longest(const struct runner *r, nodeset set)
{
    int best = -1;
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if ((set >> i & 1) != 0 && (best < 0 || above(&r->o->nodes[i], &r->o->nodes[best])))
            best = (int)i;
    }
    return best;
}

/* Witnesses vote and never lead: somebody in the core has to be electable for them. 0: somebody is;
 * else whom it lacks. */
static nodeset candidate_wanting(const struct runner *r, nodeset core)
{
    nodeset witnesses = 0, voters = r->o->configs.present.voters;
    scenario_each_step(r->s, find_witness, &witnesses);
    int judge = longest(r, core & witnesses), best = longest(r, core & ~witnesses);
    int other = longest(r, voters & ~core & ~witnesses);
    if (judge < 0 || other < 0 || (best >= 0 && !above(&r->o->nodes[judge], &r->o->nodes[best])))
        return 0;
    return NODE_BIT(other);
}

/* The same of a configuration that may come yet: without one of those who are leaving, or all. */
static nodeset wanting_without_leavers(const struct runner *r, nodeset core)
{
    nodeset voters = r->o->configs.present.voters;
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        nodeset one = r->leaving & NODE_BIT(i);
        if (one != 0 && !holds_majority(core, voters & ~one))
            return voters & ~one;
    }
    return holds_majority(core, voters & ~r->leaving) ? 0 : voters & ~r->leaving;
}

/* A drawn quorum is one of the newest configuration; other members of it may know of another. */
static nodeset complete(const struct runner *r, nodeset core, struct prng *rnd)
{
    nodeset lack;
    while ((lack = wanting(r, core)) != 0 || (lack = wanting_without_leavers(r, core)) != 0)
        core |= nodeset_draw(lack & ~core, 1, rnd);
    while ((lack = candidate_wanting(r, core)) != 0)
        core |= lack;
    return core;
}

static int choose(struct runner *r, nodeset *ret, struct err *e)
{
    const struct selectors *who = scenario_core(r->s);
    struct cluster_view view;
    struct view_name bindings[RUNNER_BINDINGS_MAX], marks[RUNNER_BINDINGS_MAX];
    struct prng rnd = prng_named(r->seed, "core");
    struct targets taken = {0}, core = {0};
    char text[NODESET_TEXT_MAX];
    bool drawn = false;
    runner_view(r, &view, bindings, marks);
    int code = select_targets(who, &view, &rnd, &taken, &core, e);
    if (code < 0)
        return code;
    for (size_t i = 0; i < who->count; i++)
        drawn = drawn || who->items[i].kind == SELECT_quorum;
    if (drawn)
        core.nodes = complete(r, core.nodes, &rnd);
    if (wanting(r, core.nodes) != 0)
        return err_set(e, -E_INVALID, "%s cannot decide anything: no quorum",
                       nodeset_print(core.nodes, text));
    *ret = core.nodes;
    return 0;
}

/* ---- how long ---- */

static void tell(struct runner *r, const char *phase)
{
    struct world_fault f = {
        .step = "core", .phase = phase, .action = "recovers", .targets = r->result.core};
    r->w.fault(r->w.arg, &f);
}

bool core_begin(struct runner *r, struct err *e, int *ret_code)
{
    char names[NODESET_TEXT_MAX];
    nodeset core;
    if (scenario_core(r->s) == NULL)
        return false;
    *ret_code = choose(r, &core, e);
    if (*ret_code == 0)
        *ret_code = faults_heal_core(r, core, e);
    if (*ret_code < 0)
        return false;
    r->core_base = r->o->commit_max;
    r->result.core = core;
    r->result.core_from_ns = runner_now(r);
    runner_say(r, "the core %s is mended, the others stay as they are", nodeset_print(core, names));
    tell(r, "mended");
    return true;
}

/* Everybody in the core knows something as committed that was not when it was mended; one of them
 * does, if the leader is another: it may be out of reach for the rest. */
static bool recovered(struct runner *r)
{
    bool own = r->o->leader < 0 || (r->result.core >> r->o->leader & 1) != 0;
    uint64_t most = 0, least = UINT64_MAX;
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        const struct view_node *n = &r->o->nodes[i];
        if ((r->result.core >> i & 1) == 0)
            continue;
        most = n->commit > most ? n->commit : most;
        least = n->commit < least ? n->commit : least;
    }
    if (r->core_goal == 0 && most > r->core_base)
        r->core_goal = most;
    return r->core_goal != 0 && (!own || least >= r->core_goal);
}

uint64_t core_advance(struct runner *r)
{
    uint64_t limit = r->result.core_from_ns + scenario_core_within_ns(r->s);
    if (runner_now(r) < limit && !recovered(r))
        return limit;
    r->result.core_to_ns = runner_now(r);
    tell(r, "over");
    return 0;
}
