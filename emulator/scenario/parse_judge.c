/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must come out: expectations, coverage, end conditions, mutants that must be caught. */
#include "base/mem.h"
#include "emulator/scenario/parse_inside.h"

#include <string.h>

static bool unknown_name(struct parse *p, const struct json *v, const char *word,
                         const char *const *names, size_t count, const char *what)
{
    char hint[96];
    const char *nearest = parse_nearest(word, names, count, hint);
    if (v->key != NULL && v->key == word)
        return parse_key_error(p, v, nearest, "unknown %s \"%.40s\"", what, word);
    return parse_error(p, v, nearest, "unknown %s \"%.40s\"", what, word);
}

/* The spelling of a checker, or -1 after complaining. */
static int find_checker(struct parse *p, const struct json *v, const char *word)
{
    const char *names[CHECKER_SPELLINGS];
    int found = vocab_find_checker(word);
    if (found >= 0)
        return found;
    for (unsigned i = 0; i < CHECKER_SPELLINGS; i++)
        names[i] = vocab_checker_spelling(i);
    (void)unknown_name(p, v, word, names, CHECKER_SPELLINGS, "checker");
    return -1;
}

/* "elections":3 is short for "elections":{"max":3}. */
static bool parse_number(struct parse *p, const struct json *v, const struct checker_spec *spec,
                         struct scenario_args *ret)
{
    const struct param_spec *only = spec->params.count == 1 ? &spec->params.items[0] : NULL;
    struct scenario_value value = {0};
    if (only == NULL || only->type != PARAM_TYPE_count)
        return parse_error(p, v, NULL, "%s: a number says nothing here, expected true%s",
                           spec->name, spec->params.count > 0 ? " or parameters" : "");
    value.id = only->id;
    value.type = only->type;
    if (!parse_count(p, v, 0, PARSE_COUNT_MAX, &value.u64))
        return false;
    *ret = (struct scenario_args){.items = mem_dup(&value, sizeof(value)), .count = 1};
    return true;
}

/* true where the checker has parameters that must be given is an error. */
static bool check_bare(struct parse *p, const struct json *v, const struct checker_spec *spec)
{
    for (size_t i = 0; i < spec->params.count; i++) {
        if (spec->params.items[i].rule == RULE_must)
            return parse_error(p, v, NULL, "%s needs \"%s\"", spec->name,
                               vocab_param_name(spec->params.items[i].id));
    }
    return true;
}

static bool parse_parameters(struct parse *p, const struct json *v, const struct checker_spec *spec,
                             struct scenario_args *ret)
{
    const struct json *within = json_get(v, "within");
    uint64_t ignored;
    return (within == NULL || parse_patience(p, within, &ignored)) &&
           parse_args(p, v, spec->params, spec->name, ret);
}

static bool parse_expectation(struct parse *p, const struct json *v, struct scenario_expect *ret)
{
    int id = find_checker(p, v, v->key);
    if (id < 0)
        return false;
    ret->spelling = (unsigned)id;
    ret->checker = vocab_checker_meant(ret->spelling);
    const struct checker_spec *spec = vocab_checker(ret->checker);
    switch (v->type) {
    case JSON_BOOL:
        if (!v->truth)
            return parse_error(p, v, "leave it out instead",
                               spec->class == CLASS_safety ? "safety cannot be switched off"
                                                           : "an expectation cannot be false");
        return check_bare(p, v, spec);
    case JSON_NUMBER: return parse_number(p, v, spec, &ret->args);
    case JSON_OBJECT: return parse_parameters(p, v, spec, &ret->args);
    case JSON_NULL:
    case JSON_STRING:
    case JSON_ARRAY: break;
    }
    return parse_error(p, v, NULL, "%s: expected true, a number or an object of parameters",
                       spec->name);
}

bool parse_expect(struct parse *p, const struct json *v)
{
    bool ok = true;
    if (!parse_type(p, v, JSON_OBJECT, "an object of checkers, as {\"linearizable\":true}"))
        return false;
    p->s->expects = mem_array(v->count, sizeof(*p->s->expects));
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        if (is_comment(c))
            continue;
        if (parse_expectation(p, c, &p->s->expects[p->s->expects_count]))
            p->s->expects_count++;
        else
            ok = false;
    }
    return ok;
}

bool parse_coverage(struct parse *p, const struct json *v)
{
    const char *names[COVERAGE_COUNT];
    bool ok = true;
    if (!parse_type(p, v, JSON_OBJECT, "an object of counters, as {\"elections\":2}"))
        return false;
    for (int i = 0; i < COVERAGE_COUNT; i++)
        names[i] = vocab_coverage_name((enum coverage_id)i);
    p->s->covers = mem_array(v->count, sizeof(*p->s->covers));
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        if (is_comment(c))
            continue;
        struct scenario_cover cover = {.at_least = 1};
        int id = vocab_find_coverage(c->key);
        if (id < 0) {
            ok = unknown_name(p, c, c->key, names, COVERAGE_COUNT, "coverage counter");
            continue;
        }
        cover.counter = (enum coverage_id)id;
        bool good = (c->type == JSON_BOOL && c->truth) ||
                    parse_count(p, c, 1, PARSE_COUNT_MAX, &cover.at_least);
        if (good)
            p->s->covers[p->s->covers_count++] = cover;
        ok = ok && good;
    }
    return ok;
}

bool parse_finally(struct parse *p, const struct json *v)
{
    bool ok = true;
    if (!parse_type(p, v, JSON_ARRAY, "a list of conditions"))
        return false;
    if (v->count > PARSE_LIST_MAX)
        return parse_error(p, v, NULL, "more than %d conditions", PARSE_LIST_MAX);
    p->s->finals = mem_array(v->count, sizeof(*p->s->finals));
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        struct scenario_final final = {0};
        const struct json *within = json_get(c, "within");
        const struct json *key = parse_condition_key(p, c, "within");
        bool good = key != NULL &&
                    (within == NULL || parse_patience(p, within, &final.within_ns)) &&
                    parse_condition(p, key, 1, &final.condition);
        if (good)
            p->s->finals[p->s->finals_count++] = final;
        ok = ok && good;
    }
    return ok;
}

static bool parse_mutant(struct parse *p, const struct json *v, struct scenario_negative *ret)
{
    static const char *const names[] = {"mutant", "violates"};
    const struct json *mutant = json_get(v, "mutant"), *violates = json_get(v, "violates");
    if (!parse_type(p, v, JSON_OBJECT, "{\"mutant\":ID,\"violates\":CHECKER}") ||
        !parse_known_keys(p, v, names, ARRAY_LEN(names), "a negative case"))
        return false;
    if (mutant == NULL || violates == NULL)
        return parse_key_error(p, v, NULL, "a negative case needs \"mutant\" and \"violates\"");
    if (!parse_type(p, violates, JSON_STRING, "the name of a checker"))
        return false;
    int id = find_checker(p, violates, violates->text);
    if (id < 0)
        return false;
    ret->violates = vocab_checker_meant((unsigned)id);
    return parse_text(p, mutant, &ret->mutant);
}

bool parse_negative(struct parse *p, const struct json *v)
{
    bool ok = true;
    if (!parse_type(p, v, JSON_ARRAY, "a list of mutants that must be caught"))
        return false;
    if (v->count > PARSE_LIST_MAX)
        return parse_error(p, v, NULL, "more than %d negative cases", PARSE_LIST_MAX);
    p->s->negatives = mem_array(v->count, sizeof(*p->s->negatives));
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        if (parse_mutant(p, c, &p->s->negatives[p->s->negatives_count]))
            p->s->negatives_count++;
        else
            ok = false;
    }
    return ok;
}
