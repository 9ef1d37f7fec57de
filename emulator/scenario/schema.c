/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The language as a JSON schema, for editors. Everything comes from the rows of vocab.h but the
 * keys of the top level and of its plain objects, which the parser names, too. */
#include "emulator/scenario/schema_inside.h"

#include <string.h>

/* ---- rows ---- */

static void property(struct jsonw *w, const struct param_spec *spec)
{
    schema_open(w, vocab_param_name(spec->id));
    if (spec->type == PARAM_TYPE_choice)
        schema_choices(w, spec->choices);
    else
        schema_ref(w, schema_type_name(spec->type));
    jsonw_end(w);
}

/* An object of a row's parameters; leaves the object's braces to the caller. */
static void row_object(struct jsonw *w, struct param_list row)
{
    bool must = false;
    schema_closed_object(w);
    for (size_t i = 0; i < row.count; i++) {
        property(w, &row.items[i]);
        must = must || row.items[i].rule == RULE_must;
    }
    jsonw_end(w);
    if (!must)
        return;
    jsonw_key(w, "required");
    jsonw_array(w);
    for (size_t i = 0; i < row.count; i++) {
        if (row.items[i].rule == RULE_must)
            jsonw_string(w, vocab_param_name(row.items[i].id));
    }
    jsonw_end(w);
}

static void condition_properties(struct jsonw *w)
{
    for (int i = 0; i < WAITS_COUNT; i++) {
        const struct wait_spec *spec = vocab_wait((enum wait_id)i);
        if (i == WAIT_time || i == WAIT_trigger)
            continue;
        schema_open(w, spec->name);
        jsonw_kv_string(w, "description", spec->text);
        if (i == WAIT_any || i == WAIT_all)
            schema_array(w, "condition");
        else
            row_object(w, spec->params);
        jsonw_end(w);
    }
}

static void define_condition(struct jsonw *w, const char *name, bool within)
{
    schema_open(w, name);
    schema_closed_object(w);
    condition_properties(w);
    if (within) {
        schema_open(w, "within");
        schema_ref(w, "duration");
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_end(w);
}

static void either(struct jsonw *w, const char *first, const char *second)
{
    jsonw_key(w, "anyOf");
    jsonw_array(w);
    jsonw_object(w);
    schema_ref(w, first);
    jsonw_end(w);
    jsonw_object(w);
    schema_ref(w, second);
    jsonw_end(w);
    jsonw_end(w);
}

static void step_keys(struct jsonw *w)
{
    static const struct {
        const char *key, *type;
    } keys[] = {{"at", "duration"},     {"after", "duration"}, {"place", "count"},
                {"within", "duration"}, {"for", "duration"},   {"label", "text"},
                {"as", "text"},         {"must", "boolean"},   {"background", "boolean"}};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        schema_open(w, keys[i].key);
        schema_ref(w, keys[i].type);
        jsonw_end(w);
    }
    schema_open(w, "when");
    either(w, "trigger", "condition");
    jsonw_end(w);
}

static void define_step(struct jsonw *w)
{
    schema_open(w, "step");
    schema_closed_object(w);
    step_keys(w);
    for (int i = 0; i < ACTIONS_COUNT; i++) {
        const struct action_spec *spec = vocab_action((enum action_id)i);
        schema_open(w, spec->name);
        jsonw_kv_string(w, "description", spec->text);
        if (i == ACTION_wait)
            either(w, "duration", "condition");
        else
            row_object(w, spec->params);
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_key(w, "oneOf");
    jsonw_array(w);
    for (int i = 0; i < ACTIONS_COUNT; i++) {
        jsonw_object(w);
        jsonw_key(w, "required");
        jsonw_array(w);
        jsonw_string(w, schema_action_name((unsigned)i));
        jsonw_end(w);
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_end(w);
}

static void define_expect(struct jsonw *w)
{
    schema_open(w, "expect");
    schema_closed_object(w);
    for (unsigned i = 0; i < CHECKER_SPELLINGS; i++) {
        const struct checker_spec *spec = vocab_checker(vocab_checker_meant(i));
        schema_open(w, vocab_checker_spelling(i));
        jsonw_key(w, "anyOf");
        jsonw_array(w);
        jsonw_object(w);
        jsonw_kv_bool(w, "const", true);
        jsonw_end(w);
        if (spec->params.count > 0) {
            jsonw_object(w);
            schema_type(w, "number");
            jsonw_end(w);
            jsonw_object(w);
            row_object(w, spec->params);
            jsonw_end(w);
        }
        jsonw_end(w);
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_end(w);
}

static void define_coverage(struct jsonw *w)
{
    schema_open(w, "coverage");
    schema_closed_object(w);
    for (int i = 0; i < COVERAGE_COUNT; i++) {
        schema_open(w, vocab_coverage_name((enum coverage_id)i));
        jsonw_kv_string(w, "description", vocab_coverage_text((enum coverage_id)i));
        jsonw_key(w, "type");
        jsonw_array(w);
        jsonw_string(w, "integer");
        jsonw_string(w, "boolean");
        jsonw_end(w);
        jsonw_kv_u64(w, "minimum", 1);
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_end(w);
}

static void definitions(struct jsonw *w)
{
    schema_open(w, "$defs");
    for (int i = 0; i < PARAM_TYPES_COUNT; i++) {
        schema_open(w, schema_type_name((enum param_type)i));
        schema_define_type(w, (enum param_type)i);
        jsonw_end(w);
    }
    schema_open(w, "impairments");
    row_object(w, vocab_impairments());
    jsonw_end(w);
    schema_open(w, "pairLink");
    row_object(w, vocab_action(ACTION_net_set)->params);
    jsonw_end(w);
    schema_open(w, "trigger");
    row_object(w, vocab_wait(WAIT_trigger)->params);
    jsonw_end(w);
    define_condition(w, "condition", false);
    define_condition(w, "final", true);
    define_step(w);
    define_expect(w);
    define_coverage(w);
    jsonw_end(w);
}

/* ---- the top level ---- */

/* Keys of a plain object: name, definition, or choices if they hold a '|'. */
struct key {
    const char *name, *type;
};

static void plain_object(struct jsonw *w, const char *name, const struct key *keys, size_t count)
{
    schema_open(w, name);
    schema_closed_object(w);
    for (size_t i = 0; i < count; i++) {
        schema_open(w, keys[i].name);
        if (strchr(keys[i].type, '|') != NULL)
            schema_choices(w, keys[i].type);
        else
            schema_ref(w, keys[i].type);
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_end(w);
}

static void list_key(struct jsonw *w, const char *key, const char *definition)
{
    schema_open(w, key);
    schema_array(w, definition);
    jsonw_end(w);
}

static void ref_key(struct jsonw *w, const char *key, const char *definition)
{
    schema_open(w, key);
    schema_ref(w, definition);
    jsonw_end(w);
}

static void cluster_key(struct jsonw *w)
{
    static const struct key counts[] = {{"voters", "count"},   {"learners", "count"},
                                        {"spare", "count"},    {"sut", "text"},
                                        {"versions", "texts"}, {"config", "pairs"}};
    schema_open(w, "cluster");
    schema_closed_object(w);
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        ref_key(w, counts[i].name, counts[i].type);
    static const char *const settings[] = {"perVersion", "perNode"};
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        schema_open(w, settings[i]);
        schema_type(w, "object");
        ref_key(w, "additionalProperties", "pairs");
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_key(w, "required");
    jsonw_array(w);
    jsonw_string(w, "voters");
    jsonw_end(w);
    jsonw_end(w);
}

static void links_key(struct jsonw *w)
{
    schema_open(w, "links");
    schema_closed_object(w);
    ref_key(w, "default", "impairments");
    list_key(w, "perPair", "pairLink");
    jsonw_end(w);
    jsonw_end(w);
}

static void negative_key(struct jsonw *w)
{
    schema_open(w, "negative");
    schema_type(w, "array");
    schema_open(w, "items");
    schema_closed_object(w);
    ref_key(w, "mutant", "text");
    schema_open(w, "violates");
    schema_names(w, vocab_checker_spelling, CHECKER_SPELLINGS);
    jsonw_end(w);
    jsonw_end(w);
    jsonw_end(w);
    jsonw_end(w);
}

static void head_keys(struct jsonw *w)
{
    static const char *const texts[] = {"$schema", "name", "why", "origin"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        ref_key(w, texts[i], "text");
    schema_open(w, "version");
    jsonw_key(w, "const");
    jsonw_u64(w, 1);
    jsonw_end(w);
    ref_key(w, "tags", "texts");
    ref_key(w, "overrides", "texts");
    schema_open(w, "needs");
    schema_array_of_names(w, schema_capability_name, CAPABILITIES_COUNT);
    jsonw_end(w);
    schema_open(w, "seed");
    jsonw_key(w, "type");
    jsonw_array(w);
    jsonw_string(w, "integer");
    jsonw_string(w, "string");
    jsonw_end(w);
    jsonw_end(w);
    schema_open(w, "run");
    schema_choices(w, RUNS_IN);
    jsonw_end(w);
}

void scenario_print_schema(struct buf *out)
{
    static const struct key budget[] = {{"virtual", "duration"},
                                        {"wall", "duration"},
                                        {"maxOps", "count"},
                                        {"checkerTime", "duration"},
                                        {"checkerMemory", "size"}};
    static const struct key clients[] = {{"count", "count"},
                                         {"model", SCENARIO_MODELS},
                                         {"ratePerS", "count"},
                                         {"keys", "count"},
                                         {"mix", "mix"},
                                         {"hot", "share"},
                                         {"value", "size"},
                                         {"timeout", "duration"},
                                         {"retry", "boolean"},
                                         {"sessions", "boolean"},
                                         {"idle", "boolean"},
                                         {"readMode", READ_MODES},
                                         {"attach", CLIENT_ATTACHES}};
    static const char *const required[] = {"version", "name", "cluster", "steps"};
    struct jsonw writer, *w = &writer;
    struct buf compact = {0};
    jsonw_init(w, &compact);
    jsonw_object(w);
    jsonw_kv_string(w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    jsonw_kv_string(w, "title", "raftlab scenario");
    schema_closed_object(w);
    head_keys(w);
    plain_object(w, "budget", budget, ARRAY_LEN(budget));
    cluster_key(w);
    links_key(w);
    plain_object(w, "clients", clients, ARRAY_LEN(clients));
    list_key(w, "steps", "step");
    ref_key(w, "expect", "expect");
    list_key(w, "finally", "final");
    ref_key(w, "coverage", "coverage");
    negative_key(w);
    jsonw_end(w);
    jsonw_key(w, "required");
    jsonw_array(w);
    for (size_t i = 0; i < ARRAY_LEN(required); i++)
        jsonw_string(w, required[i]);
    jsonw_end(w);
    definitions(w);
    jsonw_end(w);
    json_pretty(compact.data, compact.len, out);
    buf_free(&compact);
}
