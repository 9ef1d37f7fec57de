/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of the outcome, and what the world cannot do for it. */
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/walk.h"

#include <string.h>

/* ---- expectations ---- */

static const struct json *expect_at(const struct lint *l, const struct scenario_expect *x)
{
    return lint_at(l, "expect", vocab_checker_spelling(x->spelling));
}

static uint64_t covered(const struct scenario *s, enum coverage_id id)
{
    for (size_t i = 0; i < s->covers_count; i++) {
        if (s->covers[i].counter == id)
            return s->covers[i].at_least;
    }
    return 0;
}

static void find_client_op(const struct scenario_step *step, void *arg)
{
    *(bool *)arg = *(bool *)arg || step->action == ACTION_client_op ||
                   step->action == ACTION_load_start || step->action == ACTION_load_burst ||
                   step->action == ACTION_fuzz;
}

/* The bounds of a checker and the least a counter must reach. */
static void contradiction(struct lint *l, enum checker_id checker, uint64_t least)
{
    const struct scenario_expect *e = scenario_expect_find(l->s, checker);
    uint64_t max = e == NULL ? UINT64_MAX : scenario_arg_u64(&e->args, PARAM_max, UINT64_MAX);
    const char *name = vocab_checker(checker)->name;
    if (max < least)
        lint_say(l, DIAG_ERROR, lint_at(l, "expect", name), true, NULL,
                 "%s: at most %llu allowed, but the coverage needs %llu", name,
                 (unsigned long long)max, (unsigned long long)least);
}

/* The judges know nodes by their names alone. */
static void check_ended(struct lint *l)
{
    const struct scenario_expect *x = scenario_expect_find(l->s, CHECKER_exitCode);
    const struct selectors *who = x == NULL ? NULL : scenario_arg_who(&x->args, PARAM_who);
    for (size_t i = 0; who != NULL && i < who->count; i++) {
        if (who->items[i].kind != SELECT_node)
            lint_say(l, DIAG_ERROR, json_get(lint_at(l, "expect", "exitCode"), "who"), true,
                     "leave it out for all nodes", "exitCode: nodes by name, as \"n2\"");
    }
}

void lint_expectations(struct lint *l)
{
    const struct scenario *s = l->s;
    bool load = s->clients.count > 0;
    check_ended(l);
    scenario_each_step(s, find_client_op, &load);
    for (size_t i = 0; i < s->expects_count; i++) {
        const struct checker_spec *spec = vocab_checker(s->expects[i].checker);
        const struct json *at = expect_at(l, &s->expects[i]);
        const char *model = scenario_arg_text(&s->expects[i].args, PARAM_model, NULL);
        if (spec->class == CLASS_client && !load)
            lint_say(l, DIAG_ERROR, at, true, NULL, "%s: there are no clients", spec->name);
        if (model != NULL && s->clients.model != NULL && strcmp(model, s->clients.model) != 0)
            lint_say(l, DIAG_ERROR, at, true, NULL, "%s: the clients' model is \"%s\"", spec->name,
                     s->clients.model);
    }
    if (!load && covered(s, COVERAGE_opsOk) + covered(s, COVERAGE_opsUnknown) > 0)
        lint_say(l, DIAG_ERROR, lint_at(l, "coverage", NULL), true, NULL,
                 "operations are to be counted, but there are no clients");
    uint64_t elections = covered(s, COVERAGE_elections);
    contradiction(l, CHECKER_elections, elections);
    contradiction(l, CHECKER_leaderChanges, elections > 0 ? elections - 1 : 0);
}

/* ---- the world ---- */

/* Told of every capability a step needs, and the word of the file that needs it. */
typedef void need_fn(void *arg, const struct scenario_step *step, enum capability cap,
                     const char *what);

static void wait_needs(const struct scenario_step *step, const struct scenario_condition *c,
                       need_fn *need, void *arg)
{
    need(arg, step, vocab_wait(c->kind)->capability, vocab_wait(c->kind)->name);
    if (scenario_trigger_before(c))
        need(arg, step, CAP_triggerBefore, "before");
    if (scenario_arg(&c->args, PARAM_where) != NULL)
        need(arg, step, CAP_eventWhere, "where");
    for (size_t i = 0; i < c->children_count; i++)
        wait_needs(step, &c->children[i], need, arg);
}

/* What single parameters need beyond their action. */
static void arg_needs(const struct scenario_step *step, const struct scenario_value *v,
                      need_fn *need, void *arg)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum" /* most parameters need nothing more */
    switch (v->id) {
    case PARAM_style:
        if (step->action == ACTION_net_cut && strcmp(v->text, "drop") != 0)
            need(arg, step, CAP_netCutStyle, "style");
        if (step->action == ACTION_member_change && strcmp(v->text, "joint") == 0)
            need(arg, step, CAP_memberMore, "style");
        return;
    case PARAM_as:
        if (step->action == ACTION_member_add && strcmp(v->text, "voter") != 0)
            need(arg, step, CAP_memberMore, "as");
        return;
    case PARAM_shutdown:
        if (v->boolean)
            need(arg, step, CAP_memberMore, "shutdown");
        return;
    case PARAM_corruptLayer:
        if (strcmp(v->text, "payload") == 0)
            need(arg, step, CAP_netPayload, "corruptLayer");
        return;
    case PARAM_plane:
        if (strcmp(v->text, "peer") != 0)
            need(arg, step, strcmp(v->text, "admin") == 0 ? CAP_netAdmin : CAP_netPlane, "plane");
        return;
    case PARAM_clock:
        if (strcmp(v->text, "realtime") == 0)
            need(arg, step, CAP_clockWall, "clock");
        return;
    case PARAM_version: need(arg, step, CAP_procVersion, "version"); return;
    case PARAM_alphabet:
        for (size_t i = 0; i < v->texts.count; i++) {
            int action = vocab_find_action(v->texts.items[i]);
            need(arg, step, vocab_action((enum action_id)action)->capability, v->texts.items[i]);
        }
        return;
    case PARAM_link:
        if (v->link.plane != PLANE_peer)
            need(arg, step, v->link.plane == PLANE_admin ? CAP_netAdmin : CAP_netPlane, "plane");
        if (v->link.messages != 0)
            need(arg, step, CAP_netLane, "message");
        return;
    default: return;
    }
#pragma GCC diagnostic pop
}

/* Roles and positions that only a trace tells. */
static bool is_traced(enum selector_kind kind)
{
    static const enum selector_kind traced[] = {
        SELECT_candidates,  SELECT_leaderOf,     SELECT_transferee,
        SELECT_mostLagging, SELECT_mostUpToDate, SELECT_behind,
        SELECT_oldOnly,     SELECT_newOnly,      SELECT_both};
    for (size_t i = 0; i < ARRAY_LEN(traced); i++) {
        if (traced[i] == kind)
            return true;
    }
    return false;
}

static void who_needs(const struct scenario_step *step, const struct selectors *who, need_fn *need,
                      void *arg)
{
    for (size_t i = 0; who != NULL && i < who->count; i++) {
        if (is_traced(who->items[i].kind))
            need(arg, step, CAP_trace, selector_kind_name(who->items[i].kind));
    }
}

/* Nodes may be named wherever links and groups are. */
static void value_needs(const struct scenario_step *step, const struct scenario_value *v,
                        need_fn *need, void *arg)
{
    if (scenario_value_is_who(v))
        who_needs(step, &v->who, need, arg);
    if (v->type == PARAM_TYPE_link) {
        who_needs(step, &v->link.from, need, arg);
        who_needs(step, &v->link.to, need, arg);
    }
    for (size_t i = 0; v->type == PARAM_TYPE_groups && i < v->groups.count; i++)
        who_needs(step, &v->groups.items[i], need, arg);
}

static void step_needs(const struct scenario_step *step, need_fn *need, void *arg)
{
    const struct action_spec *spec = vocab_action(step->action);
    need(arg, step, spec->capability, spec->name);
    for (size_t i = 0; i < step->args.count; i++) {
        arg_needs(step, &step->args.items[i], need, arg);
        value_needs(step, &step->args.items[i], need, arg);
    }
    if (step->wait != NULL)
        wait_needs(step, step->wait, need, arg);
    if (step->when != NULL)
        wait_needs(step, step->when, need, arg);
}

static void add_need(void *arg, const struct scenario_step *step, enum capability cap,
                     const char *what)
{
    (void)step;
    (void)what;
    *(uint64_t *)arg |= (uint64_t)1 << cap;
}

static void visit_needs(const struct scenario_step *step, void *arg)
{
    step_needs(step, add_need, arg);
}

uint64_t scenario_needs(const struct scenario *s)
{
    uint64_t needs = s->needs;
    scenario_each_step(s, visit_needs, &needs);
    if (s->links_default.count > 0 || s->links_pairs_count > 0)
        needs |= (uint64_t)1 << CAP_netShape;
    return needs;
}

uint64_t lint_world_capabilities(const struct lint_world *w, const struct scenario *s)
{
    if (scenario_is_raftd(s))
        return w->capabilities;
    return w->others == NULL ? 0 : w->others(s->cluster.sut);
}

static bool can(const struct lint *l, enum capability cap)
{
    const struct lint_world *w = l->world;
    return (lint_world_capabilities(w, l->s) >> cap & 1) != 0;
}

/* Who cannot, in the sentences. */
static const char *whose(const struct lint *l)
{
    return scenario_is_raftd(l->s) ? "" : ", with nodes that are not raftd,";
}

static void complain_need(void *arg, const struct scenario_step *step, enum capability cap,
                          const char *what)
{
    struct lint *l = arg;
    if (can(l, cap))
        return;
    lint_say(l, DIAG_UNABLE, lint_step(l, step), true, NULL,
             "step %u: %s: the %s world%s cannot do this yet (%s)", step->number, what,
             l->world->name, whose(l), vocab_capability_text(cap));
}

static void ask_world(struct lint *l, const struct scenario_step *step)
{
    struct err e;
    step_needs(step, complain_need, l);
    if (l->world->refuse != NULL && l->world->refuse(step, &e) < 0)
        lint_say(l, DIAG_UNABLE, lint_step(l, step), true, NULL, "%s", e.text);
}

static void visit(const struct scenario_step *step, void *arg)
{
    struct lint *l = arg;
    const struct action_spec *spec = vocab_action(step->action);
    enum run_in run = l->s->run;
    if (l->world != NULL && (spec->worlds & l->world->id) == 0)
        lint_say(l, DIAG_UNABLE, lint_step(l, step), true, NULL,
                 "step %u: %s: means nothing in the %s world", step->number, spec->name,
                 l->world->name);
    else if (l->world != NULL)
        ask_world(l, step);
    else if ((run == RUN_sim && spec->worlds == WORLD_live) ||
             (run == RUN_live && spec->worlds == WORLD_sim))
        lint_say(l, DIAG_ERROR, lint_step(l, step), true, NULL,
                 "%s means nothing in the world of \"run\"", spec->name);
}

static void require_link(struct lint *l, const struct json *at, bool key, const char *what,
                         enum capability cap)
{
    if (!can(l, cap))
        lint_say(l, DIAG_UNABLE, at, key, NULL, "links: %sthe %s world cannot do this yet (%s)",
                 what, l->world->name, vocab_capability_text(cap));
}

static void require_links(struct lint *l)
{
    for (size_t i = 0; i < l->s->links_pairs_count; i++) {
        const struct scenario_link *link =
            scenario_arg_link(&l->s->links_pairs[i].args, PARAM_link);
        const struct json *at = json_at(lint_at(l, "links", "perPair"), i);
        if (link->messages != 0)
            require_link(l, at, false, "message: ", CAP_netLane);
        if (link->plane == PLANE_admin)
            require_link(l, at, false, "plane: ", CAP_netAdmin);
    }
    if (l->s->links_default.count > 0 || l->s->links_pairs_count > 0)
        require_link(l, lint_at(l, "links", NULL), true, "", CAP_netShape);
}

static void require_head(struct lint *l)
{
    const struct scenario *s = l->s;
    const struct lint_world *w = l->world;
    if ((s->run == RUN_sim && w->id == WORLD_live) || (s->run == RUN_live && w->id == WORLD_sim))
        lint_say(l, DIAG_UNABLE, lint_at(l, "run", NULL), true, "it says so itself: --set run=both",
                 "the scenario does not run in the %s world", w->name);
    for (int i = 0; i < CAPABILITIES_COUNT; i++) {
        if ((s->needs >> i & 1) != 0 && !can(l, (enum capability)i))
            lint_say(l, DIAG_UNABLE, lint_at(l, "needs", NULL), true, NULL,
                     "needs %s (%s): the %s world%s cannot do this yet",
                     vocab_capability_name((enum capability)i),
                     vocab_capability_text((enum capability)i), w->name, whose(l));
    }
    require_links(l);
    for (size_t i = 0; i < s->expects_count; i++) {
        const struct checker_spec *spec = vocab_checker(s->expects[i].checker);
        const struct json *at = expect_at(l, &s->expects[i]);
        if (spec->class == CLASS_process && w->id != WORLD_live)
            lint_say(l, DIAG_UNABLE, at, true, "leave it to a scenario with \"run\": \"live\"",
                     "%s: means nothing in the %s world: there a node is no process with memory, "
                     "descriptors and output of its own",
                     spec->name, w->name);
        else if ((w->checkers >> s->expects[i].checker & 1) == 0)
            lint_say(l, DIAG_UNABLE, at, true, NULL, "%s: the %s world cannot judge this yet",
                     spec->name, w->name);
    }
    for (size_t i = 0; i < s->covers_count; i++) {
        const char *name = vocab_coverage_name(s->covers[i].counter);
        if ((w->coverage >> s->covers[i].counter & 1) == 0)
            lint_say(l, DIAG_UNABLE, lint_at(l, "coverage", name), true, NULL,
                     "%s: the %s world does not count this yet", name, w->name);
    }
}

void lint_world_of(struct lint *l)
{
    if (l->world != NULL && !scenario_is_raftd(l->s) && l->world->others == NULL) {
        lint_say(l, DIAG_UNABLE, lint_at(l, "cluster", "sut"), true, NULL,
                 "sut: the %s world has no other nodes than this laboratory's own", l->world->name);
        return;
    }
    scenario_each_step(l->s, visit, l);
    if (l->world != NULL)
        require_head(l);
}
