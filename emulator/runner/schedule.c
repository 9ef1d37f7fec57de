/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run's record as a scenario. */
#include "base/mem.h"
#include "emulator/runner/runner_private.h"
#include "emulator/scenario/print.h"
#include "emulator/trace/outfile.h"

struct named {
    struct scenario_value *args; /* owned; NULL: nobody is named */
    struct selector nodes[LIMIT_MEMBERS];
};

/* Parts that the schedule does not share with the scenario. */
struct parts {
    struct scenario_step *steps;
    struct scenario_condition end;
    struct scenario_value end_value;
    struct scenario_expect *expects;
    struct named core, stuck;
    struct scenario_final *finals;
    size_t finals_count;
};

/* Steps in the order in which they began, then the time at which the last of them had ended. */
static void put_steps(const struct runner *r, struct parts *parts, struct scenario *ret)
{
    const struct record *record = &r->record;
    uint64_t ended = r->steps_ended_ns;
    size_t count = 0;
    parts->steps = mem_array(record->count + 1, sizeof(*parts->steps));
    for (size_t i = 0; i < record->count; i++) {
        if (!record->steps[i]->waits && !record->steps[i]->failed)
            parts->steps[count++] = record->steps[i]->step;
    }
    parts->end_value =
        (struct scenario_value){.id = PARAM_time, .type = PARAM_TYPE_duration, .u64 = 0};
    parts->end = (struct scenario_condition){.kind = WAIT_time,
                                             .args = {.items = &parts->end_value, .count = 1}};
    parts->steps[count++] = (struct scenario_step){
        .action = ACTION_wait,
        .wait = &parts->end,
        .has_at = true,
        .at_ns = ended > r->result.started_ns ? ended - r->result.started_ns : 0,
        .place = r->steps_ended_at,
        .must = true};
    ret->steps.steps = parts->steps;
    ret->steps.count = count;
}

/* The expectation with those nodes by name in place of a selector; nobody: without it. */
static void put_named(struct named *named, struct scenario_expect *x, enum param_id id,
                      nodeset nodes)
{
    size_t count = 0;
    named->args = mem_array(x->args.count, sizeof(*named->args));
    for (size_t k = 0; k < x->args.count; k++) {
        struct scenario_value v = x->args.items[k];
        if (v.id == id && nodes == 0)
            continue;
        if (v.id == id) {
            v.who = (struct selectors){.items = named->nodes};
            selectors_add_nodes(&v.who, nodes);
        }
        named->args[count++] = v;
    }
    x->args = (struct scenario_args){.items = named->args, .count = count};
}

/* The core, and who gets nowhere, by name. */
static void put_expects(const struct runner *r, struct parts *parts, struct scenario *ret)
{
    parts->expects = mem_array(r->s->expects_count + 1, sizeof(*parts->expects));
    for (size_t i = 0; i < r->s->expects_count; i++) {
        struct scenario_expect *x = &parts->expects[i];
        *x = r->s->expects[i];
        if (x->checker == CHECKER_recovers && r->result.core != 0)
            put_named(&parts->core, x, PARAM_core, r->result.core);
        if (x->checker == CHECKER_noProgressExpected && runner_stuck(r) != NULL)
            put_named(&parts->stuck, x, PARAM_who, r->minority);
    }
    ret->expects = parts->expects;
}

/* The same selectors, with the nodes' names for what steps have bound. They are the caller's. */
static struct selectors unbound(const struct runner *r, const struct selectors *who)
{
    struct selectors s = {.items = mem_array(who->count * LIMIT_MEMBERS + 1, sizeof(*s.items))};
    for (size_t i = 0; i < who->count; i++) {
        const struct selector *one = &who->items[i];
        if (one->kind == SELECT_bound)
            selectors_add_nodes(&s, runner_bound(r, one->name));
        else
            s.items[s.count++] = *one;
    }
    return s;
}

/* Who was bound by a step is not any more: by name. Depth: SCENARIO_NEST_MAX. */
static void name_bound(const struct runner *r, struct scenario_condition *c)
{
    c->args.items = mem_dup(c->args.items, c->args.count * sizeof(*c->args.items));
    c->children = mem_dup(c->children, c->children_count * sizeof(*c->children));
    for (size_t i = 0; i < c->args.count; i++) {
        struct scenario_value *v = &c->args.items[i];
        if (scenario_value_is_who(v))
            v->who = unbound(r, &v->who);
    }
    for (size_t i = 0; i < c->children_count; i++)
        name_bound(r, &c->children[i]);
}

/* A run that was stopped may not have come to the step that binds the name. */
static bool is_about_somebody(const struct runner *r, const struct scenario_condition *c)
{
    const struct selectors *who = scenario_arg_who(&c->args, PARAM_who);
    for (size_t i = 0; who != NULL && i < who->count; i++) {
        if (who->items[i].kind == SELECT_bound && runner_bound(r, who->items[i].name) == 0)
            return false;
    }
    for (size_t i = 0; i < c->children_count; i++) {
        if (!is_about_somebody(r, &c->children[i]))
            return false;
    }
    return true;
}

static void put_finals(const struct runner *r, struct parts *parts, struct scenario *ret)
{
    parts->finals = mem_array(r->s->finals_count + 1, sizeof(*parts->finals));
    for (size_t i = 0; i < r->s->finals_count; i++) {
        if (!is_about_somebody(r, &r->s->finals[i].condition))
            continue;
        struct scenario_final *f = &parts->finals[parts->finals_count++];
        *f = r->s->finals[i];
        name_bound(r, &f->condition);
    }
    ret->finals = parts->finals;
    ret->finals_count = parts->finals_count;
}

static void parts_free(struct parts *parts)
{
    for (size_t i = 0; i < parts->finals_count; i++)
        record_condition_free(&parts->finals[i].condition);
    mem_free(parts->finals);
    mem_free(parts->steps);
    mem_free(parts->expects);
    mem_free(parts->core.args);
    mem_free(parts->stuck.args);
}

bool runner_schedule(const struct runner *r, struct buf *out)
{
    struct scenario s = *r->s;
    struct parts parts = {0};
    if (r->record.full)
        return false;
    s.has_seed = true;
    s.seed = r->seed;
    s.clients.idle =
        s.clients.count > 0 && !load_at_start(r->s); /* whether a step has come to it or not */
    put_steps(r, &parts, &s);
    put_expects(r, &parts, &s);
    put_finals(r, &parts, &s);
    scenario_print(&s, out);
    parts_free(&parts);
    return true;
}

int runner_write_schedule(const struct runner *r, const char *dir, struct err *e)
{
    struct buf text = {0};
    struct outfile f = {.fd = -1};
    int code = runner_schedule(r, &text) ? outfile_open_in(&f, dir, "schedule.json", e) : 0;
    if (code == 0 && text.len > 0) {
        outfile_put(&f, text.data, text.len);
        code = outfile_close(&f, e);
    }
    buf_free(&text);
    return code;
}
