/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A step: one action, and when it happens. */
#include "base/mem.h"
#include "emulator/scenario/fuzz.h"
#include "emulator/scenario/parse_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 63

static const char *const step_keys[] = {"at",  "after", "place", "when", "within",
                                        "for", "label", "as",    "must", "background"};

static bool is_step_key(const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(step_keys); i++) {
        if (strcmp(step_keys[i], key) == 0)
            return true;
    }
    return false;
}

static bool unknown_key(struct parse *p, const struct json *v)
{
    const char *names[ACTIONS_COUNT + ARRAY_LEN(step_keys)];
    size_t count = 0;
    char hint[96];
    for (int i = 0; i < ACTIONS_COUNT; i++)
        names[count++] = vocab_action((enum action_id)i)->name;
    for (size_t i = 0; i < ARRAY_LEN(step_keys); i++)
        names[count++] = step_keys[i];
    return parse_key_error(p, v, parse_nearest(v->key, names, count, hint),
                           "unknown action or step key \"%.40s\"", v->key);
}

/* The member that is the action; NULL after complaining about none, two or unknown keys. */
static const struct json *find_action(struct parse *p, const struct json *object)
{
    const struct json *action = NULL;
    bool ok = true;
    for (const struct json *v = object->child; v != NULL; v = v->next) {
        if (is_comment(v) || is_step_key(v->key))
            continue;
        if (vocab_find_action(v->key) < 0)
            ok = unknown_key(p, v);
        else if (action != NULL)
            ok = parse_key_error(p, v, "make it a step of its own",
                                 "a step has one action, \"%s\" is here already", action->key);
        else
            action = v;
    }
    if (action == NULL && ok)
        (void)parse_error(p, object, NULL,
                          "a step needs an action, as \"net.partition\" or \"wait\"");
    return ok ? action : NULL;
}

static bool add_name(struct parse *p, const struct json *v, struct names *names)
{
    if (!parse_type(p, v, JSON_STRING, "a name"))
        return false;
    if (!selector_name_ok(v->text))
        return parse_error(p, v, NULL, "\"%.40s\": a name has 1..%d letters, digits, - or _",
                           v->text, SELECT_NAME_MAX);
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], v->text) == 0)
            return true;
    }
    if (names->count == PARSE_NAMES_MAX)
        return parse_error(p, v, NULL, "more than %d names", PARSE_NAMES_MAX);
    names->items[names->count++] = v->text;
    return true;
}

/* ---- when ---- */

static bool parse_when(struct parse *p, const struct json *v, struct scenario_step *step)
{
    struct scenario_condition c;
    const struct json *event = json_get(v, "event");
    bool ok;
    if (event != NULL && event->type == JSON_STRING) {
        ok = parse_trigger(p, v, &c);
    } else {
        const struct json *key = parse_condition_key(p, v, NULL);
        ok = key != NULL && parse_condition(p, key, 1, &c);
    }
    if (ok)
        step->when = mem_dup(&c, sizeof(c));
    return ok;
}

/* `at` and `after`, `when` and `within`. */
static bool parse_moment(struct parse *p, const struct json *object, struct scenario_step *step)
{
    const struct json *at = json_get(object, "at"), *after = json_get(object, "after");
    const struct json *when = json_get(object, "when"), *within = json_get(object, "within");
    const struct json *place = json_get(object, "place");
    bool ok = true;
    if (at != NULL && p->in_loop)
        ok = parse_key_error(p, at, "use \"after\"",
                             "\"at\" counts from the start of the run, but these steps repeat");
    if (at != NULL && after != NULL)
        ok = parse_key_error(p, after, NULL, "either \"at\" or \"after\", not both");
    if (place != NULL && at == NULL)
        ok = parse_key_error(p, place, NULL, "\"place\" is one of the instant \"at\" names");
    step->has_at = at != NULL;
    ok = (place == NULL || parse_count(p, place, 1, PARSE_COUNT_MAX, &step->place)) && ok;
    ok = (at == NULL || parse_duration(p, at, &step->at_ns)) && ok;
    ok = (after == NULL || parse_duration(p, after, &step->after_ns)) && ok;
    ok = (when == NULL || parse_when(p, when, step)) && ok;
    ok = (within == NULL || parse_duration(p, within, &step->within_ns)) && ok;
    bool unread = step->action == ACTION_wait && step->wait == NULL; /* complained about already */
    bool waits = step->wait != NULL && step->wait->kind != WAIT_time;
    if (within != NULL && when == NULL && !waits && !unread)
        ok = parse_key_error(p, within, NULL,
                             "\"within\": there is nothing to wait for in this step");
    if (within == NULL && (when != NULL || waits))
        ok = parse_key_error(p, when != NULL ? when : object, "as \"within\":\"5s\"",
                             "a wait needs a limit");
    if (within != NULL && ok && step->within_ns == 0)
        ok = parse_error(p, within, NULL, "a limit of nothing");
    return ok;
}

/* ---- what ---- */

static bool parse_wait(struct parse *p, const struct json *v, struct scenario_step *step)
{
    struct scenario_condition c = {.kind = WAIT_time};
    bool ok;
    if (v->type == JSON_OBJECT) {
        const struct json *key = parse_condition_key(p, v, NULL);
        ok = key != NULL && parse_condition(p, key, 1, &c);
    } else {
        struct scenario_value time = {.id = PARAM_time, .type = PARAM_TYPE_duration};
        ok = parse_duration(p, v, &time.u64);
        if (ok)
            c.args = (struct scenario_args){.items = mem_dup(&time, sizeof(time)), .count = 1};
    }
    if (ok)
        step->wait = mem_dup(&c, sizeof(c));
    return ok;
}

static bool check_mark(struct parse *p, const struct json *v)
{
    for (size_t i = 0; i < p->marks.count; i++) {
        if (strcmp(p->marks.items[i], v->text) == 0)
            return true;
    }
    return parse_error(p, v, "disk.snapshotDir sets it", "no earlier step sets the mark \"%.40s\"",
                       v->text);
}

static bool check_times(struct parse *p, const struct json *v, enum param_id id)
{
    uint64_t times;
    const struct json *given = json_get(v, vocab_param_name(id));
    return given == NULL || parse_count(p, given, 1, SCENARIO_TIMES_MAX, &times);
}

/* A code is that of a refusal: who expects one says so. */
static bool check_refusal(struct parse *p, const struct json *v, const struct scenario_step *step)
{
    const char *expect = scenario_arg_text(&step->args, PARAM_expect, "ok");
    const char *code = scenario_arg_text(&step->args, PARAM_error, NULL);
    bool waits = scenario_arg_bool(&step->args, PARAM_waitCommit, true) &&
                 scenario_arg_bool(&step->args, PARAM_waitAnswer, true);
    if (code != NULL && strcmp(expect, "refused") != 0)
        return parse_error(p, json_get(v, "error"), "add \"expect\":\"refused\"",
                           "\"error\" is the code of a refusal, but none is expected");
    if (!waits && scenario_arg(&step->args, PARAM_expect) != NULL)
        return parse_error(p, json_get(v, "expect"), NULL,
                           "the answer is not waited for, so nothing can be expected of it");
    return true;
}

/* Numbers as in `clients`. */
static bool check_load(struct parse *p, const struct json *v)
{
    static const struct {
        enum param_id id;
        uint64_t min, max;
    } bounds[] = {{PARAM_ratePerS, 0, PARSE_RATE_MAX},
                  {PARAM_keys, 1, PARSE_KEYS_MAX},
                  {PARAM_ops, 1, PARSE_OPS_MAX}};
    const struct json *value = json_get(v, "value");
    uint64_t ignored;
    bool ok = true;
    for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
        const struct json *given = json_get(v, vocab_param_name(bounds[i].id));
        if (given != NULL)
            ok = parse_count(p, given, bounds[i].min, bounds[i].max, &ignored) && ok;
    }
    return (value == NULL || parse_value_size(p, value, &ignored)) && ok;
}

/* A barrier is a question about nothing in particular, asked in one way. */
static bool check_operation(struct parse *p, const struct json *v, const struct scenario_args *args)
{
    static const enum param_id not [] = {PARAM_value, PARAM_readMode};
    if (strcmp(scenario_arg_text(args, PARAM_kind, ""), "barrier") != 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(not ); i++) {
        const struct json *given = json_get(v, vocab_param_name(not [i]));
        if (given != NULL)
            return parse_key_error(p, given, NULL, "a barrier is always a linearizable read");
    }
    return true;
}

/* Of every action named there is something to draw. */
static bool check_fuzz(struct parse *p, const struct json *v, const struct scenario_args *args)
{
    uint64_t gap_ns = scenario_arg_u64(args, PARAM_minGap, 1);
    const struct json *alphabet = json_get(v, "alphabet"), *most = json_get(v, "maxConcurrent");
    uint64_t ignored;
    if (alphabet->count == 0)
        return parse_error(p, alphabet, NULL, "an empty alphabet: nothing would be drawn");
    for (const struct json *c = alphabet->child; c != NULL; c = c->next) {
        if (!scenario_fuzz_can((enum action_id)vocab_find_action(c->text)))
            return parse_error(p, c, NULL,
                               "nothing can be drawn for \"%.40s\": it does not end by itself",
                               c->text);
    }
    if (gap_ns == 0)
        return parse_error(p, json_get(v, "minGap"), NULL, "a gap of nothing");
    return most == NULL || parse_count(p, most, 1, SCENARIO_FUZZ_OPEN_MAX, &ignored);
}

/* What the types of an action's parameters cannot say. */
static bool check_action(struct parse *p, const struct json *v, const struct scenario_step *step)
{
    bool ok = true;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum" /* only some actions have more to check */
    switch (step->action) {
    case ACTION_net_set: return parse_check_impairments(p, v, &step->args);
    case ACTION_net_flap:
    case ACTION_proc_stutter: return check_times(p, v, PARAM_cycles);
    case ACTION_repeat: return check_times(p, v, PARAM_times);
    case ACTION_fuzz: return check_fuzz(p, v, &step->args);
    case ACTION_include:
        return scenario_arg(&step->args, PARAM_steps) != NULL ||
               parse_error(p, v, NULL, "only a scenario that is a file can include another file");
    case ACTION_every:
        if (scenario_arg_u64(&step->args, PARAM_period, 0) == 0)
            ok = parse_error(p, json_get(v, "period"), NULL, "a period of nothing");
        return check_times(p, v, PARAM_times) && ok;
    case ACTION_proc_limit:
        if (scenario_arg_share(&step->args, PARAM_cpu, 1) <= 0)
            return parse_error(p, json_get(v, "cpu"), "proc.pause suspends nodes",
                               "no processor at all");
        return true;
    case ACTION_net_filter:
        if (strcmp(scenario_arg_text(&step->args, PARAM_verdict, ""), "delay") == 0 &&
            scenario_arg(&step->args, PARAM_delay) == NULL)
            return parse_key_error(p, v, NULL, "the verdict \"delay\" needs \"delay\"");
        return true;
    case ACTION_member_add:
    case ACTION_member_promote:
    case ACTION_member_demote:
    case ACTION_member_remove:
    case ACTION_member_replace:
    case ACTION_member_change:
    case ACTION_leader_transfer:
    case ACTION_leader_stepDown:
    case ACTION_node_leave:
    case ACTION_log_compact:
    case ACTION_config_set:
    case ACTION_snapshot_take: return check_refusal(p, v, step);
    case ACTION_load_start:
    case ACTION_load_rate:
    case ACTION_load_burst:
    case ACTION_load_mix: return check_load(p, v);
    case ACTION_client_op: return check_operation(p, v, &step->args);
    case ACTION_mark: return add_name(p, json_get(v, "name"), &p->marks);
    case ACTION_disk_snapshotDir: return add_name(p, json_get(v, "mark"), &p->marks);
    case ACTION_disk_rollback: return check_mark(p, json_get(v, "toMark"));
    default: return true;
    }
#pragma GCC diagnostic pop
}

static bool parse_action(struct parse *p, const struct json *v, struct scenario_step *step)
{
    const struct action_spec *spec = vocab_action(step->action);
    if (step->action == ACTION_wait)
        return parse_wait(p, v, step);
    bool outer_loop = p->in_loop;
    if (step->action == ACTION_repeat || step->action == ACTION_every)
        p->in_loop = true;
    bool ok = parse_args(p, v, spec->params, spec->name, &step->args);
    p->in_loop = outer_loop;
    return ok && check_action(p, v, step);
}

/* ---- the other keys ---- */

static bool parse_for(struct parse *p, const struct json *object, struct scenario_step *step)
{
    const struct json *v = json_get(object, "for");
    const struct action_spec *spec = vocab_action(step->action);
    if (v == NULL && spec->undo == UNDO_must)
        return parse_key_error(p, object, "as \"for\":\"5s\"", "%s needs \"for\": how long",
                               spec->name);
    if (v == NULL)
        return true;
    if (spec->undo == UNDO_no)
        return parse_key_error(p, v, NULL, "%s is not undone, so \"for\" says nothing", spec->name);
    return parse_duration(p, v, &step->for_ns) &&
           (step->for_ns > 0 || parse_error(p, v, NULL, "undone before it was done"));
}

/* Whether the step finds somebody a name could be given to. */
static bool finds_somebody(const struct scenario_step *step)
{
    if (step->wait != NULL)
        return step->wait->kind != WAIT_time;
    for (size_t i = 0; i < step->args.count; i++) {
        enum param_type type = step->args.items[i].type;
        if (type == PARAM_TYPE_who || type == PARAM_TYPE_node || type == PARAM_TYPE_link ||
            type == PARAM_TYPE_groups || type == PARAM_TYPE_shape)
            return true;
    }
    return step->action == ACTION_leader_transfer || step->action == ACTION_leader_stepDown;
}

/* Is there nothing the next step could go on beside? */
static bool is_waited_for(const struct scenario_step *step)
{
    bool each_time = step->when != NULL && step->when->kind == WAIT_trigger &&
                     !scenario_arg_bool(&step->when->args, PARAM_once, true);
    return each_time || vocab_action(step->action)->area == AREA_flow;
}

static bool parse_names(struct parse *p, const struct json *object, struct scenario_step *step)
{
    const struct json *label = json_get(object, "label"), *as = json_get(object, "as");
    const struct json *must = json_get(object, "must");
    const struct json *background = json_get(object, "background");
    bool ok = true;
    step->must = true;
    if (label != NULL)
        ok = parse_text(p, label, &step->label);
    if (step->label != NULL && strlen(step->label) > LABEL_MAX)
        ok = parse_error(p, label, NULL, "a label of more than %d bytes", LABEL_MAX);
    if (must != NULL)
        ok = parse_bool(p, must, &step->must) && ok;
    if (background != NULL)
        ok = parse_bool(p, background, &step->background) && ok;
    if (step->background && is_waited_for(step))
        ok = parse_key_error(p, background, "a branch of \"parallel\"",
                             "this step is always waited for");
    if (as == NULL)
        return ok;
    if (!add_name(p, as, &p->bindings))
        return false;
    if (!finds_somebody(step))
        return parse_key_error(p, as, NULL, "this step finds nobody to call \"%.40s\"", as->text);
    step->as = mem_strdup(as->text);
    return ok;
}

/* Steps come in reading order, so that lines are counted once. */
static size_t line_of(struct parse *p, const struct json *v)
{
    if (v->at.start >= p->line_end)
        return 0;
    for (; p->line_at < v->at.start; p->line_at++)
        p->line += p->diags->text[p->line_at] == '\n';
    return p->line;
}

static bool parse_step(struct parse *p, const struct json *object, struct scenario_step *step)
{
    if (!parse_type(p, object, JSON_OBJECT, "a step: an object with one action"))
        return false;
    if (p->steps_count == SCENARIO_STEPS_MAX)
        return parse_error(p, object, NULL, "more than %d steps", SCENARIO_STEPS_MAX);
    p->steps_at[p->steps_count++] = object;
    step->number = p->steps_count;
    step->line = line_of(p, object);
    const struct json *action = find_action(p, object);
    if (action == NULL)
        return false;
    step->action = (enum action_id)vocab_find_action(action->key);
    const struct json *when = json_get(object, "when"), *as = json_get(object, "as");
    if (when != NULL && as != NULL && !add_name(p, as, &p->bindings))
        return false; /* whom the moment is about has that name in the step itself */
    bool ok = parse_action(p, action, step);
    ok = parse_moment(p, object, step) && ok;
    ok = parse_for(p, object, step) && ok;
    return parse_names(p, object, step) && ok;
}

bool parse_steps(struct parse *p, const struct json *array, struct scenario_branch *ret)
{
    struct scenario_branch b = {.weight = 1};
    bool ok = true;
    uint64_t last_at = 0;
    if (!parse_type(p, array, JSON_ARRAY, "a list of steps"))
        return false;
    if (p->nesting == SCENARIO_NEST_MAX)
        return parse_error(p, array, NULL, "steps nested more than %d deep", SCENARIO_NEST_MAX);
    if (array->count > SCENARIO_STEPS_MAX)
        return parse_error(p, array, NULL, "more than %d steps", SCENARIO_STEPS_MAX);
    p->nesting++;
    b.steps = mem_array(array->count, sizeof(*b.steps));
    for (const struct json *v = array->child; v != NULL; v = v->next) {
        struct scenario_step *step = &b.steps[b.count++];
        ok = parse_step(p, v, step) && ok;
        if (step->has_at && step->at_ns < last_at)
            ok = parse_error(p, json_get(v, "at"), NULL, "earlier than the step before it");
        last_at = step->has_at ? step->at_ns : last_at;
    }
    p->nesting--;
    if (ok)
        *ret = b;
    else
        scenario_branch_free(&b);
    return ok;
}
