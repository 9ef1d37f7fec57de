/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/runner/record.h"

#include "base/mem.h"
#include "emulator/runner/runner_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- selectors by name ---- */

static void add(struct selectors *s, enum selector_kind kind, uint64_t number)
{
    s->items[s->count++] = (struct selector){.kind = kind, .number = number};
}

/* Nodes, then clients; all of them as one word, since lists of selectors are short. */
static struct selectors named(const struct runner *r, const struct targets *t)
{
    struct selectors s = {.items = mem_array(LIMIT_MEMBERS + SELECT_CLIENTS_MAX, sizeof(*s.items))};
    bool all = (unsigned)__builtin_popcountll(t->clients) == r->s->clients.count;
    selectors_add_nodes(&s, t->nodes);
    if (t->clients != 0 && all)
        add(&s, SELECT_clients, 0);
    for (unsigned i = 0; i < SELECT_CLIENTS_MAX && !all; i++) {
        if ((t->clients >> i & 1) != 0)
            add(&s, SELECT_client, i);
    }
    return s;
}

/* Replaces *who, which is borrowed, by names, which are owned. */
static int resolve(struct runner *r, struct selectors *who, struct targets *taken, struct err *e)
{
    struct targets found = {0};
    int code = runner_targets(r, who, taken, &found, e);
    *who = code < 0 ? (struct selectors){0} : named(r, &found);
    return code;
}

static int resolve_groups(struct runner *r, struct scenario_groups *g, struct err *e)
{
    struct targets taken = {0};
    struct selectors *items = mem_dup(g->items, g->count * sizeof(*items));
    int code = 0;
    for (size_t i = 0; i < g->count; i++) {
        if (code < 0)
            items[i] = (struct selectors){0};
        else if ((code = resolve(r, &items[i], &taken, e)) < 0)
            (void)err_wrap(e, "group %zu", i + 1);
    }
    g->items = items;
    return code;
}

/* Rows of cuts: the first of each is the one who sends, so the order stays. */
static int resolve_rows(struct runner *r, struct scenario_groups *g, struct err *e)
{
    struct selectors *rows = mem_array(g->count + 1, sizeof(*rows));
    int code = 0;
    for (size_t i = 0; i < g->count && code == 0; i++) {
        struct targets taken = {0};
        struct selectors first = {.items = g->items[i].items, .count = 1};
        struct selectors others = {.items = g->items[i].items + 1, .count = g->items[i].count - 1};
        code = resolve(r, &first, &taken, e);
        if (code == 0 && others.count > 0)
            code = resolve(r, &others, &taken, e);
        else
            others = (struct selectors){0};
        rows[i] = (struct selectors){
            .items = mem_array(first.count + others.count + 1, sizeof(struct selector))};
        for (size_t k = 0; k < first.count; k++)
            rows[i].items[rows[i].count++] = first.items[k];
        for (size_t k = 0; k < others.count; k++)
            rows[i].items[rows[i].count++] = others.items[k];
        selectors_free(&first);
        selectors_free(&others);
    }
    g->items = rows;
    return code;
}

/* code: of what came before; after a failure nothing is borrowed any more. */
static int resolve_link(struct runner *r, struct scenario_link *link, int code, struct err *e)
{
    struct targets ends = {0};
    struct selectors nobody = {0};
    code = code < 0 ? code : resolve(r, &link->from, &ends, e);
    if (code < 0 && ends.nodes == 0 && ends.clients == 0)
        link->from = nobody;
    if (code == 0 && link->to.count > 0)
        return resolve(r, &link->to, &ends, e);
    link->to = nobody;
    return code;
}

/* ---- a partition's shape ---- */

static struct selectors row(const struct runner *r, nodeset first, nodeset others)
{
    struct targets one = {.nodes = first}, rest = {.nodes = others};
    struct selectors s = named(r, &one), more = named(r, &rest);
    for (size_t i = 0; i < more.count; i++)
        s.items[s.count++] = more.items[i];
    selectors_free(&more);
    return s;
}

/* What it cuts now, as sides or link by link. */
static int spell_out(struct runner *r, struct scenario_step *step, struct scenario_value *v,
                     struct err *e)
{
    struct partition p;
    int code = partition_draw(r, step, &p, e);
    if (code < 0)
        return code;
    struct scenario_groups g = {.items = mem_array(LIMIT_MEMBERS, sizeof(*g.items))};
    for (size_t i = 0; i < p.groups_count; i++)
        g.items[g.count++] = row(r, p.groups[i], 0);
    for (unsigned i = 0; i < r->o->nodes_count && p.groups_count == 0; i++) {
        if (p.cut[i] != 0)
            g.items[g.count++] = row(r, NODE_BIT(i), p.cut[i]);
    }
    *v = (struct scenario_value){.id = p.groups_count > 0 ? PARAM_groups : PARAM_cuts,
                                 .type = PARAM_TYPE_groups,
                                 .groups = g};
    return 0;
}

/* ---- steps ---- */

static struct scenario_value *value_of(struct scenario_step *step, enum param_id id)
{
    for (size_t i = 0; i < step->args.count; i++) {
        if (step->args.items[i].id == id)
            return &step->args.items[i];
    }
    return NULL;
}

/* Who is asked may be one the step is about, too. */
static bool beside(enum param_id id)
{
    return id == PARAM_by || id == PARAM_via;
}

/* Who is drawn for the step, in the order in which the actions ask for them. */
static int resolve_step(struct runner *r, struct scenario_step *step, struct err *e)
{
    static const enum param_id order[] = {PARAM_who,       PARAM_client, PARAM_to, PARAM_target,
                                          PARAM_survivors, PARAM_via,    PARAM_by};
    struct targets taken = {0}, free = {0};
    int code = 0;
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        struct scenario_value *v = value_of(step, order[i]);
        if (v == NULL || !scenario_value_is_who(v))
            continue;
        if (code == 0)
            code = resolve(r, &v->who, beside(order[i]) ? &free : &taken, e);
        else
            v->who = (struct selectors){0};
    }
    for (size_t i = 0; i < step->args.count; i++) {
        struct scenario_value *v = &step->args.items[i];
        if (v->type == PARAM_TYPE_groups && code == 0)
            code = v->id == PARAM_cuts ? resolve_rows(r, &v->groups, e)
                                       : resolve_groups(r, &v->groups, e);
        else if (v->type == PARAM_TYPE_groups)
            v->groups = (struct scenario_groups){0}; /* they are not ours */
        if (v->type == PARAM_TYPE_shape && code == 0)
            code = spell_out(r, step, v, e);
        if (v->type == PARAM_TYPE_link && !v->link.all)
            code = resolve_link(r, &v->link, code, e);
    }
    return code;
}

/* ---- remembering ---- */

/* Values are owned once the step is resolved. */
static void values_free(struct scenario_step *step)
{
    for (size_t i = 0; i < step->args.count; i++) {
        struct scenario_value *v = &step->args.items[i];
        if (scenario_value_is_who(v))
            selectors_free(&v->who);
        if (v->type == PARAM_TYPE_link && !v->link.all) {
            selectors_free(&v->link.from);
            selectors_free(&v->link.to);
        }
        for (size_t k = 0; v->type == PARAM_TYPE_groups && k < v->groups.count; k++)
            selectors_free(&v->groups.items[k]);
        if (v->type == PARAM_TYPE_groups)
            mem_free(v->groups.items);
    }
}

void record_condition_free(struct scenario_condition *c)
{
    for (size_t i = 0; i < c->args.count; i++) {
        if (scenario_value_is_who(&c->args.items[i]))
            selectors_free(&c->args.items[i].who);
    }
    for (size_t i = 0; i < c->children_count; i++)
        record_condition_free(&c->children[i]);
    mem_free(c->args.items);
    mem_free(c->children);
}

static void recorded_free(struct recorded *own)
{
    if (!own->waits)
        values_free(&own->step);
    record_condition_free(&own->when);
    mem_free(own->step.args.items);
    mem_free(own);
}

void record_free(struct record *record)
{
    for (size_t i = 0; i < record->count; i++)
        recorded_free(record->steps[i]);
    record->count = 0;
}

/* At this place, without what led to it. NULL: nothing more is remembered. */
static struct recorded *copy_of(struct runner *r, const struct scenario_step *step)
{
    r->record.full = r->record.full || r->record.count + 1 == SCENARIO_STEPS_MAX;
    if (!r->begun || r->record.full)
        return NULL;
    struct recorded *own = mem_alloc(sizeof(*own));
    own->step = *step;
    own->step.args.items = mem_array(step->args.count + 1, sizeof(*own->step.args.items));
    for (size_t i = 0; i < step->args.count; i++)
        own->step.args.items[i] = step->args.items[i];
    own->step.has_at = true;
    own->step.at_ns = runner_now(r) - r->result.started_ns;
    own->step.place = runner_place(r);
    own->step.after_ns = own->step.within_ns = 0;
    own->step.when = NULL;
    own->step.as = NULL;
    own->step.label = own->label;
    (void)step_name(step, own->label);
    return own;
}

struct recorded *record_reserve(struct runner *r, const struct scenario_step *step, nodeset nodes)
{
    const struct targets who = {.nodes = nodes};
    struct recorded *own = copy_of(r, step);
    if (own == NULL)
        return NULL;
    struct scenario_args *args = &own->when.args;
    own->waits = true;
    own->when.kind = step->when->kind;
    args->items = mem_array(step->when->args.count + 1, sizeof(*args->items));
    for (size_t i = 0; i < step->when->args.count; i++) {
        struct scenario_value v = step->when->args.items[i];
        if (scenario_value_is_who(&v))
            v.who = named(r, &who);
        if (v.id != PARAM_once)
            args->items[args->count++] = v;
    }
    own->step.when = &own->when;
    own->step.within_ns = step->within_ns;
    own->step.as = step->as;
    own->step.background = true;
    r->record.steps[r->record.count++] = own;
    return own;
}

/* Who is killed before the consequence of an event is whoever comes to it. */
static int fulfil(struct runner *r, struct recorded *own, struct err *e)
{
    own->waits = false;
    if (own->step.action != ACTION_proc_kill)
        return resolve_step(r, &own->step, e);
    for (size_t i = 0; i < own->step.args.count; i++) {
        struct scenario_value *v = &own->step.args.items[i];
        if (scenario_value_is_who(v))
            v->who.items = mem_dup(v->who.items, v->who.count * sizeof(*v->who.items));
    }
    return 0;
}

static int perform_reserved(struct runner *r, struct task *t, nodeset *ret_nodes, struct err *e)
{
    struct recorded *own = t->reserved;
    t->reserved = NULL;
    int code = fulfil(r, own, e);
    if (code == 0)
        code = action_perform(r, t, &own->step, ret_nodes, e);
    own->failed = code < 0;
    return code;
}

static int perform(struct runner *r, struct task *t, const struct scenario_step *step,
                   nodeset *ret_nodes, struct err *e)
{
    struct recorded *own = copy_of(r, step);
    if (own == NULL)
        return action_perform(r, t, step, ret_nodes, e);
    int code = resolve_step(r, &own->step, e);
    if (code == 0)
        code = action_perform(r, t, &own->step, ret_nodes, e);
    if (code < 0) {
        recorded_free(own);
        return code;
    }
    own->step.background = t->activity.on || t->admin.on || t->operation.on;
    r->record.steps[r->record.count++] = own;
    return 0;
}

int record_perform(struct runner *r, struct task *t, const struct scenario_step *step,
                   nodeset *ret_nodes, struct err *e)
{
    int code = t->reserved != NULL ? perform_reserved(r, t, ret_nodes, e)
                                   : perform(r, t, step, ret_nodes, e);
    r->deeds += code == 0;
    return code;
}

bool record_aside(struct runner *r, struct task *t)
{
    struct task *own = runner_task(r, t->branch, t->parent);
    if (own == NULL)
        return false;
    own->own = (struct scenario_branch){.steps = &t->branch->steps[t->at], .count = 1};
    own->branch = &own->own;
    own->activity = t->activity;
    own->admin = t->admin;
    own->operation = t->operation;
    own->phase = t->activity.on    ? TASK_ACTIVITY
                 : t->admin.on     ? TASK_ADMIN
                 : t->operation.on ? TASK_OPERATION
                                   : TASK_TIME;
    t->activity.on = t->admin.on = t->operation.on = false;
    return true;
}
