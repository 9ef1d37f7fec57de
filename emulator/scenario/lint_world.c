/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of the outcome, and what the world cannot do for it. */
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/walk.h"

#include <string.h>

/* ---- expectations ---- */

static uint64_t covered(const struct scenario *s, enum coverage_id id)
{
    for (size_t i = 0; i < s->covers_count; i++) {
        if (s->covers[i].counter == id)
            return s->covers[i].at_least;
    }
    return 0;
}

static void find_client_op(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                           uint64_t likely_ns, void *arg)
{
    (void)depth;
    (void)early_ns;
    (void)likely_ns;
    *(bool *)arg = *(bool *)arg || step->action == ACTION_client_op ||
                   step->action == ACTION_load_start || step->action == ACTION_load_burst ||
                   step->action == ACTION_fuzz || step->action == ACTION_include;
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

void lint_expectations(struct lint *l)
{
    const struct scenario *s = l->s;
    bool load = s->clients.count > 0;
    const struct walk w = {.visit = find_client_op, .arg = &load};
    (void)scenario_walk(s, &w);
    for (size_t i = 0; i < s->expects_count; i++) {
        const struct checker_spec *spec = vocab_checker(s->expects[i].checker);
        const struct json *at = lint_at(l, "expect", spec->name);
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

static bool can(const struct lint *l, enum capability cap)
{
    return (l->world->capabilities >> cap & 1) != 0;
}

/* At an action, a parameter of it, or the condition of a wait. */
static void require(struct lint *l, const struct scenario_step *step, const struct json *at,
                    enum capability cap, const char *what)
{
    if (can(l, cap))
        return;
    lint_say(l, DIAG_ERROR, at, true, NULL, "step %u: %s: the %s world cannot do this yet (%s)",
             step->number, what, l->world->name, vocab_capability_text(cap));
}

static void require_waits(struct lint *l, const struct scenario_step *step, const struct json *at,
                          const struct scenario_condition *c)
{
    require(l, step, at, vocab_wait(c->kind)->capability, vocab_wait(c->kind)->name);
    for (size_t i = 0; i < c->children_count; i++)
        require_waits(l, step, at, &c->children[i]);
}

static void require_link(struct lint *l, const struct scenario_step *step, const struct json *at,
                         const struct scenario_link *link)
{
    if (link->plane != PLANE_peer)
        require(l, step, at, CAP_netPlane, "plane");
    if (link->messages != 0)
        require(l, step, at, CAP_netFilter, "message");
}

/* What single parameters need beyond their action. */
static void require_args(struct lint *l, const struct scenario_step *step, const struct json *at)
{
    const struct scenario_args *a = &step->args;
    bool styles = step->action == ACTION_net_cut; /* member.change has a style of its own */
    if (styles && strcmp(scenario_arg_text(a, PARAM_style, "drop"), "drop") != 0)
        require(l, step, at, CAP_netCutStyle, "style");
    if (strcmp(scenario_arg_text(a, PARAM_corruptLayer, "packet"), "payload") == 0)
        require(l, step, at, CAP_netPayload, "corruptLayer");
    if (step->action == ACTION_net_isolate &&
        strcmp(scenario_arg_text(a, PARAM_plane, "peer"), "peer") != 0)
        require(l, step, at, CAP_netPlane, "plane");
    const struct scenario_value *version = scenario_arg(a, PARAM_version);
    if (version != NULL && version->type == PARAM_TYPE_text)
        require(l, step, at, CAP_procVersion, "version");
    for (size_t i = 0; i < a->count; i++) {
        if (a->items[i].type == PARAM_TYPE_link)
            require_link(l, step, at, &a->items[i].link);
    }
}

static void visit(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                  uint64_t likely_ns, void *arg)
{
    struct lint *l = arg;
    const struct action_spec *spec = vocab_action(step->action);
    const struct json *at = lint_step(l, step);
    (void)depth;
    (void)early_ns;
    (void)likely_ns;
    if (l->world != NULL && (spec->worlds & l->world->id) == 0) {
        lint_say(l, DIAG_ERROR, at, true, NULL, "step %u: %s: means nothing in the %s world",
                 step->number, spec->name, l->world->name);
        return;
    }
    bool alone = (l->s->run == RUN_sim && spec->worlds == WORLD_live) ||
                 (l->s->run == RUN_live && spec->worlds == WORLD_sim);
    if (alone)
        lint_say(l, DIAG_ERROR, at, true, NULL, "%s means nothing in the world of \"run\"",
                 spec->name);
    if (l->world == NULL)
        return;
    require(l, step, at, spec->capability, spec->name);
    require_args(l, step, at);
    if (step->wait != NULL)
        require_waits(l, step, at, step->wait);
    if (step->when != NULL)
        require_waits(l, step, at, step->when);
}

static void require_head(struct lint *l)
{
    const struct scenario *s = l->s;
    const struct lint_world *w = l->world;
    if ((s->run == RUN_sim && w->id == WORLD_live) || (s->run == RUN_live && w->id == WORLD_sim))
        lint_say(l, DIAG_ERROR, lint_at(l, "run", NULL), true, NULL,
                 "the scenario does not run in the %s world", w->name);
    for (int i = 0; i < CAPABILITIES_COUNT; i++) {
        if ((s->needs >> i & 1) != 0 && !can(l, (enum capability)i))
            lint_say(l, DIAG_ERROR, lint_at(l, "needs", NULL), true, NULL,
                     "needs %s (%s): the %s world cannot do this yet",
                     vocab_capability_name((enum capability)i),
                     vocab_capability_text((enum capability)i), w->name);
    }
    if ((s->links_default.count > 0 || s->links_pairs_count > 0) && !can(l, CAP_netShape))
        lint_say(l, DIAG_ERROR, lint_at(l, "links", NULL), true, NULL,
                 "links: the %s world cannot do this yet (%s)", w->name,
                 vocab_capability_text(CAP_netShape));
    for (size_t i = 0; i < s->expects_count; i++) {
        const struct checker_spec *spec = vocab_checker(s->expects[i].checker);
        if ((w->checkers >> s->expects[i].checker & 1) == 0)
            lint_say(l, DIAG_ERROR, lint_at(l, "expect", spec->name), true, NULL,
                     "%s: the %s world cannot judge this yet", spec->name, w->name);
    }
    for (size_t i = 0; i < s->covers_count; i++) {
        const char *name = vocab_coverage_name(s->covers[i].counter);
        if ((w->coverage >> s->covers[i].counter & 1) == 0)
            lint_say(l, DIAG_ERROR, lint_at(l, "coverage", name), true, NULL,
                     "%s: the %s world does not count this yet", name, w->name);
    }
}

void lint_world_of(struct lint *l)
{
    const struct walk w = {.visit = visit, .arg = l};
    (void)scenario_walk(l->s, &w);
    if (l->world != NULL)
        require_head(l);
}
