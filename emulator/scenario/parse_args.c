/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row's parameters: known names, right types, and the rules must, one and some. */
#include "base/mem.h"
#include "emulator/scenario/parse_inside.h"

#include <stdio.h>
#include <string.h>

#define ROW_MAX 20 /* parameters of the longest row, with room */

static const struct param_spec *find_spec(struct param_list row, const char *name)
{
    for (size_t i = 0; i < row.count; i++) {
        if (strcmp(vocab_param_name(row.items[i].id), name) == 0)
            return &row.items[i];
    }
    return NULL;
}

static bool is_clients(const struct selectors *who)
{
    for (size_t i = 0; i < who->count; i++) {
        if (!selector_is_client(&who->items[i]))
            return false;
    }
    return true;
}

static bool has_client(const struct selectors *who)
{
    for (size_t i = 0; i < who->count; i++) {
        if (selector_is_client(&who->items[i]))
            return true;
    }
    return false;
}

/* Nodes where nodes belong, clients where clients belong. */
static bool parse_who_of(struct parse *p, const struct json *v, const struct param_spec *spec,
                         struct selectors *ret)
{
    bool clients = spec->id == PARAM_client;
    struct selectors who;
    bool ok = spec->type == PARAM_TYPE_node ? parse_node(p, v, &who) : parse_who(p, v, &who);
    if (!ok)
        return false;
    if (clients ? is_clients(&who) : !has_client(&who)) {
        *ret = who;
        return true;
    }
    selectors_free(&who);
    return parse_error(p, v, NULL,
                       clients ? "clients are needed here: \"client(0)\" or \"clients\""
                               : "nodes are needed here, not clients");
}

static void free_branches(struct scenario_branches *b)
{
    for (size_t i = 0; i < b->count; i++)
        scenario_branch_free(&b->items[i]);
    mem_free(b->items);
}

static bool parse_branches(struct parse *p, const struct json *v, bool one,
                           struct scenario_branches *ret)
{
    struct scenario_branches b = {0};
    bool ok = true;
    if (!one && (v->type != JSON_ARRAY || v->count == 0 || v->count > LIMIT_MEMBERS))
        return parse_error(p, v, NULL, "expected a list of 1..%d lists of steps", LIMIT_MEMBERS);
    b.items = mem_array(one ? 1 : v->count, sizeof(*b.items));
    for (const struct json *c = one ? v : v->child; c != NULL; c = one ? NULL : c->next) {
        struct scenario_branch *branch = &b.items[b.count++];
        branch->weight = 1;
        ok = parse_steps(p, c, branch) && ok;
    }
    if (ok)
        *ret = b;
    else
        free_branches(&b);
    return ok;
}

static bool parse_one(struct parse *p, const struct json *v, const struct param_spec *spec,
                      struct scenario_value *ret)
{
    ret->id = spec->id;
    ret->type = spec->type;
    switch (spec->type) {
    case PARAM_TYPE_who:
    case PARAM_TYPE_node: return parse_who_of(p, v, spec, &ret->who);
    case PARAM_TYPE_link: return parse_link(p, v, &ret->link);
    case PARAM_TYPE_groups: return parse_groups(p, v, &ret->groups);
    case PARAM_TYPE_shape: return parse_shape(p, v, &ret->shape);
    case PARAM_TYPE_messages: return parse_messages(p, v, &ret->messages);
    case PARAM_TYPE_steps: return parse_branches(p, v, true, &ret->branches);
    case PARAM_TYPE_branches: return parse_branches(p, v, false, &ret->branches);
    case PARAM_TYPE_duration:
    case PARAM_TYPE_offset:
    case PARAM_TYPE_size:
    case PARAM_TYPE_rate:
    case PARAM_TYPE_share:
    case PARAM_TYPE_ppm:
    case PARAM_TYPE_count:
    case PARAM_TYPE_boolean:
    case PARAM_TYPE_choice:
    case PARAM_TYPE_text:
    case PARAM_TYPE_texts:
    case PARAM_TYPE_loss:
    case PARAM_TYPE_distribution:
    case PARAM_TYPE_mix:
    case PARAM_TYPE_pairs:
    case PARAM_TYPE_event:
    case PARAM_TYPE_actions:
    case PARAM_TYPE_impairment: return parse_simple(p, v, spec, ret);
    case PARAM_TYPE_ramped:  /* resolve_ramp */
    case PARAM_TYPE_weights: /* resolve_weights */
    case PARAM_TYPES_COUNT: break;
    }
    UNREACHABLE();
}

/* from and to of a ramp have the type of the parameter it moves. */
static bool resolve_ramp(struct parse *p, const struct json *object, struct scenario_args *args)
{
    const struct scenario_value *moved = scenario_arg(args, PARAM_parameter);
    struct param_list row = vocab_impairments();
    if (moved == NULL)
        return true; /* its absence was complained about */
    struct param_spec spec = {0};
    for (size_t i = 0; i < row.count; i++) {
        if (row.items[i].id == (enum param_id)moved->u64)
            spec = row.items[i];
    }
    static const enum param_id ends[] = {PARAM_from, PARAM_to};
    bool ok = true;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        const struct json *v = json_get(object, vocab_param_name(ends[i]));
        struct scenario_value value = {0};
        spec.id = ends[i];
        if (v == NULL || !parse_one(p, v, &spec, &value) ||
            !parse_check_ramped(p, v, (enum param_id)moved->u64, &value))
            ok = false;
        else
            args->items[args->count++] = value;
    }
    return ok;
}

/* Weights move into the branches they belong to. */
static bool resolve_weights(struct parse *p, const struct json *v, struct scenario_args *args)
{
    for (size_t i = 0; i < args->count; i++) {
        struct scenario_branches *b = &args->items[i].branches;
        if (args->items[i].type != PARAM_TYPE_branches)
            continue;
        if (v->type != JSON_ARRAY || v->count != b->count)
            return parse_error(p, v, NULL, "expected a list of %zu weights, one a branch",
                               b->count);
        uint64_t sum = 0;
        for (size_t k = 0; k < b->count; k++) {
            if (!parse_count(p, json_at(v, k), 0, 1000000, &b->items[k].weight))
                return false;
            sum += b->items[k].weight;
        }
        return sum > 0 || parse_error(p, v, NULL, "every weight is 0: no branch would be chosen");
    }
    return true;
}

/* The names of a row with that rule: "groups or shape". */
static void names_of(struct param_list row, enum param_rule rule, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < row.count; i++) {
        if (row.items[i].rule != rule || used >= size)
            continue;
        int n = snprintf(out + used, size - used, "%s\"%s\"", used > 0 ? " or " : "",
                         vocab_param_name(row.items[i].id));
        used += n > 0 ? (size_t)n : 0;
    }
}

static bool check_rules(struct parse *p, const struct json *object, struct param_list row,
                        const char *what)
{
    size_t ones = 0, somes = 0, given_ones = 0, given_somes = 0;
    char names[256];
    bool ok = true;
    for (size_t i = 0; i < row.count; i++) {
        const struct param_spec *spec = &row.items[i];
        bool given = json_get(object, vocab_param_name(spec->id)) != NULL;
        if (spec->rule == RULE_must && !given)
            ok = parse_key_error(p, object, NULL, "%s needs \"%s\": %s", what,
                                 vocab_param_name(spec->id), vocab_param_type_text(spec->type));
        ones += spec->rule == RULE_one;
        somes += spec->rule == RULE_some;
        given_ones += spec->rule == RULE_one && given;
        given_somes += spec->rule == RULE_some && given;
    }
    if (ones > 0 && given_ones != 1) {
        names_of(row, RULE_one, names, sizeof(names));
        ok = parse_key_error(p, object, NULL, "%s needs exactly one of %s", what, names);
    }
    if (somes > 0 && given_somes == 0) {
        names_of(row, RULE_some, names, sizeof(names));
        ok = parse_key_error(p, object, NULL, "%s needs %s", what, names);
    }
    return ok;
}

static bool parse_members(struct parse *p, const struct json *object, struct param_list row,
                          struct scenario_args *args)
{
    bool ok = true;
    const struct json *ramped = NULL, *weights = NULL;
    for (const struct json *v = object->child; v != NULL; v = v->next) {
        const struct param_spec *spec = is_comment(v) ? NULL : find_spec(row, v->key);
        struct scenario_value value = {0};
        if (spec == NULL)
            continue; /* complained about already */
        if (spec->type == PARAM_TYPE_ramped)
            ramped = v;
        else if (spec->type == PARAM_TYPE_weights)
            weights = v;
        else if (parse_one(p, v, spec, &value))
            args->items[args->count++] = value;
        else
            ok = false;
    }
    if (ramped != NULL)
        ok = resolve_ramp(p, object, args) && ok;
    if (weights != NULL && ok)
        ok = resolve_weights(p, weights, args);
    return ok;
}

bool parse_args(struct parse *p, const struct json *object, struct param_list row, const char *what,
                struct scenario_args *ret)
{
    const char *names[ROW_MAX] = {NULL};
    ASSERT(row.count <= ROW_MAX);
    for (size_t i = 0; i < row.count; i++)
        names[i] = vocab_param_name(row.items[i].id);
    if (object->type != JSON_OBJECT)
        return parse_error(p, object, NULL, "%s: expected an object of its parameters, not %s",
                           what, json_type_name(object->type));
    bool ok = parse_known_keys(p, object, names, row.count, what);
    ok = check_rules(p, object, row, what) && ok;
    struct scenario_args args = {.items = mem_array(row.count, sizeof(*args.items))};
    ok = parse_members(p, object, row, &args) && ok;
    if (ok)
        *ret = args;
    else
        scenario_args_free(&args);
    return ok;
}

static bool check_packets(struct parse *p, const struct json *v, enum param_id id, uint64_t count)
{
    if ((id != PARAM_gapPackets && id != PARAM_queuePackets) || count <= IMPAIR_LIMIT_PACKETS_MAX)
        return true;
    return parse_error(p, v, NULL, "%s: at most %u", vocab_param_name(id),
                       IMPAIR_LIMIT_PACKETS_MAX);
}

bool parse_check_impairments(struct parse *p, const struct json *object,
                             const struct scenario_args *args)
{
    for (size_t i = 0; i < args->count; i++) {
        if (!check_packets(p, object, args->items[i].id, args->items[i].u64))
            return false;
    }
    /* The rest of the link is not known here: a delay may have been set before. */
    struct impairment link = {.delay_ns = 1};
    struct err e;
    scenario_impair(args, &link);
    if (link.delay_ns == 0 && scenario_arg(args, PARAM_reorder) == NULL)
        link.delay_ns = 1;
    if (impairment_check(&link, &e) < 0)
        return parse_error(p, object, NULL, "%s", e.text);
    return true;
}

bool parse_check_ramped(struct parse *p, const struct json *v, enum param_id moved,
                        const struct scenario_value *end)
{
    struct impairment link = {.delay_ns = 1};
    struct err e;
    if (!check_packets(p, v, moved, end->u64))
        return false;
    if (moved == PARAM_rate && end->u64 == 0)
        return parse_error(p, v, "begin at a large rate, or take the limit away with net.set",
                           "a rate of 0 is no limit: there is no way from or to it");
    scenario_impair_set(&link, moved, end);
    if (moved != PARAM_reorder && impairment_check(&link, &e) < 0)
        return parse_error(p, v, NULL, "%s", e.text);
    return true;
}
