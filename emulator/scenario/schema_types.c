/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The schema's value types. */
#include "emulator/scenario/schema_inside.h"

#include <stdio.h>
#include <string.h>

void schema_type(struct jsonw *w, const char *name)
{
    jsonw_kv_string(w, "type", name);
}

void schema_ref(struct jsonw *w, const char *definition)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "#/$defs/%s", definition);
    jsonw_kv_string(w, "$ref", text);
}

void schema_open(struct jsonw *w, const char *key)
{
    jsonw_key(w, key);
    jsonw_object(w);
}

void schema_choices(struct jsonw *w, const char *choices)
{
    char word[VALUE_TEXT_MAX];
    unsigned count = 1;
    for (const char *c = choices; *c != '\0'; c++)
        count += *c == '|';
    jsonw_key(w, "enum");
    jsonw_array(w);
    for (unsigned i = 0; i < count; i++)
        jsonw_string(w, print_choice(choices, i, word));
    jsonw_end(w);
}

static void strings_with(struct jsonw *w, const char *pattern, const char *text)
{
    schema_type(w, "string");
    jsonw_kv_string(w, "pattern", pattern);
    jsonw_kv_string(w, "description", text);
}

void schema_array(struct jsonw *w, const char *definition)
{
    schema_type(w, "array");
    schema_open(w, "items");
    schema_ref(w, definition);
    jsonw_end(w);
}

/* ---- definitions of the value types ---- */

static void one_of_two(struct jsonw *w, const char *text_pattern)
{
    jsonw_key(w, "anyOf");
    jsonw_array(w);
    jsonw_object(w);
    strings_with(w, text_pattern, "one");
    jsonw_end(w);
    jsonw_object(w);
    schema_type(w, "array");
    jsonw_kv_u64(w, "minItems", 1);
    schema_open(w, "items");
    strings_with(w, text_pattern, "one of several");
    jsonw_end(w);
    jsonw_end(w);
    jsonw_end(w);
}

/* "^(n[1-9][0-9]*|\\$[…]+|all|random\\([0-9]+\\)|…)$" */
static void selector_pattern(struct buf *out)
{
    buf_puts(out, "^(n[1-9][0-9]?|\\$[A-Za-z0-9_-]+");
    for (int i = SELECT_all; i < SELECTORS_COUNT; i++) {
        const char *form = selector_kind_form((enum selector_kind)i);
        buf_putf(out, "|%s%s", selector_kind_name((enum selector_kind)i),
                 form[0] == '\0'            ? ""
                 : strcmp(form, "(k)") == 0 ? "\\([0-9]+\\)"
                                            : "\\([A-Za-z0-9_-]+\\)");
    }
    buf_puts(out, ")$");
}

void schema_closed_object(struct jsonw *w)
{
    schema_type(w, "object");
    jsonw_kv_bool(w, "additionalProperties", false);
    schema_open(w, "properties");
    schema_open(w, "//");
    jsonw_end(w);
}

static void define_link(struct jsonw *w)
{
    jsonw_key(w, "anyOf");
    jsonw_array(w);
    jsonw_object(w);
    jsonw_kv_string(w, "const", "all");
    jsonw_end(w);
    jsonw_object(w);
    schema_closed_object(w);
    static const char *const ends[] = {"from", "to"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        schema_open(w, ends[i]);
        schema_ref(w, "who");
        jsonw_end(w);
    }
    schema_open(w, "direction");
    schema_choices(w, LINK_DIRECTIONS);
    jsonw_end(w);
    schema_open(w, "plane");
    schema_choices(w, LINK_PLANES);
    jsonw_end(w);
    schema_open(w, "message");
    schema_ref(w, "messages");
    jsonw_end(w);
    jsonw_end(w);
    jsonw_key(w, "required");
    jsonw_array(w);
    jsonw_string(w, "from");
    jsonw_end(w);
    jsonw_end(w);
    jsonw_end(w);
}

static void define_mix(struct jsonw *w)
{
    schema_closed_object(w);
    for (int i = 0; i < OPS_COUNT; i++) {
        schema_open(w, vocab_op_name((enum op_id)i));
        schema_type(w, "integer");
        jsonw_kv_u64(w, "minimum", 0);
        jsonw_end(w);
    }
    jsonw_end(w);
}

void schema_names(struct jsonw *w, const char *(*name)(unsigned), unsigned count)
{
    jsonw_key(w, "enum");
    jsonw_array(w);
    for (unsigned i = 0; i < count; i++)
        jsonw_string(w, name(i));
    jsonw_end(w);
}

const char *schema_action_name(unsigned i)
{
    return vocab_action((enum action_id)i)->name;
}

static const char *message_name(unsigned i)
{
    return vocab_message_name((enum message_id)i);
}

static const char *event_name(unsigned i)
{
    return trace_event_name((enum trace_event)i);
}

const char *schema_capability_name(unsigned i)
{
    return vocab_capability_name((enum capability)i);
}

void schema_array_of_names(struct jsonw *w, const char *(*name)(unsigned), unsigned count)
{
    schema_type(w, "array");
    schema_open(w, "items");
    schema_names(w, name, count);
    jsonw_end(w);
}

static const char *formula_name(unsigned i)
{
    return impair_distribution_name((enum impair_distribution)i);
}

static void define_distribution(struct jsonw *w)
{
    jsonw_key(w, "anyOf");
    jsonw_array(w);
    jsonw_object(w);
    schema_names(w, formula_name, IMPAIR_TABLE);
    jsonw_end(w);
    jsonw_object(w);
    schema_closed_object(w);
    schema_open(w, "table");
    schema_type(w, "array");
    jsonw_kv_u64(w, "minItems", 1);
    jsonw_kv_u64(w, "maxItems", IMPAIR_TABLE_MAX);
    schema_open(w, "items");
    schema_type(w, "integer");
    jsonw_end(w);
    jsonw_end(w);
    jsonw_end(w);
    jsonw_end(w);
    jsonw_end(w);
}

static void define_loss(struct jsonw *w)
{
    jsonw_kv_string(w, "description", vocab_param_type_text(PARAM_TYPE_loss));
    jsonw_key(w, "type");
    jsonw_array(w);
    jsonw_string(w, "string");
    jsonw_string(w, "object");
    jsonw_end(w);
}

static void define_pairs(struct jsonw *w)
{
    schema_type(w, "object");
    schema_open(w, "additionalProperties");
    jsonw_key(w, "type");
    jsonw_array(w);
    jsonw_string(w, "string");
    jsonw_string(w, "number");
    jsonw_string(w, "boolean");
    jsonw_end(w);
    jsonw_end(w);
}

static void list_of_lists(struct jsonw *w, const char *definition)
{
    schema_type(w, "array");
    schema_open(w, "items");
    schema_array(w, definition);
    jsonw_end(w);
}

static void shape_pattern(struct buf *out)
{
    buf_puts(out, "^(");
    for (int i = 0; i < SHAPES_COUNT; i++)
        buf_putf(out, "%s%s%s", i > 0 ? "|" : "", vocab_shape_name((enum shape_id)i),
                 vocab_shape_centre((enum shape_id)i) ? "(\\(.+\\))?" : "");
    buf_puts(out, ")$");
}

/* What a value of the type looks like; choices have no definition of their own. */
void schema_define_type(struct jsonw *w, enum param_type id)
{
    static const char duration[] = "^[0-9]+(\\.[0-9]{1,9})?(ns|us|ms|s|m|h|ET)$";
    const char *text = vocab_param_type_text(id);
    struct buf pattern = {0};
    switch (id) {
    case PARAM_TYPE_duration: strings_with(w, duration, text); break;
    case PARAM_TYPE_offset:
        strings_with(w, "^[+-]?[0-9]+(\\.[0-9]{1,9})?(ns|us|ms|s|m|h|ET)$", text);
        break;
    case PARAM_TYPE_size: strings_with(w, "^[0-9]+(\\.[0-9]{1,9})?(B|KiB|MiB|GiB)$", text); break;
    case PARAM_TYPE_rate:
        strings_with(w, "^[0-9]+(\\.[0-9]{1,9})?(bit|kbit|mbit|gbit)$", text);
        break;
    case PARAM_TYPE_share: strings_with(w, "^[0-9]+(\\.[0-9]{1,9})?%$", text); break;
    case PARAM_TYPE_ppm: strings_with(w, "^-?[0-9]+(\\.[0-9]{1,9})?ppm$", text); break;
    case PARAM_TYPE_count:
        schema_type(w, "integer");
        jsonw_kv_u64(w, "minimum", 0);
        break;
    case PARAM_TYPE_boolean: schema_type(w, "boolean"); break;
    case PARAM_TYPE_choice:
    case PARAM_TYPE_text: schema_type(w, "string"); break;
    case PARAM_TYPE_texts: schema_array(w, "text"); break;
    case PARAM_TYPE_who:
    case PARAM_TYPE_node:
        selector_pattern(&pattern);
        if (id == PARAM_TYPE_who)
            one_of_two(w, buf_str(&pattern));
        else
            strings_with(w, buf_str(&pattern), text);
        break;
    case PARAM_TYPE_link: define_link(w); break;
    case PARAM_TYPE_groups: schema_array(w, "who"); break;
    case PARAM_TYPE_shape:
        shape_pattern(&pattern);
        strings_with(w, buf_str(&pattern), text);
        break;
    case PARAM_TYPE_loss: define_loss(w); break;
    case PARAM_TYPE_distribution: define_distribution(w); break;
    case PARAM_TYPE_mix: define_mix(w); break;
    case PARAM_TYPE_pairs: define_pairs(w); break;
    case PARAM_TYPE_event: schema_names(w, event_name, TRACE_EVENTS_COUNT); break;
    case PARAM_TYPE_messages: schema_array_of_names(w, message_name, MESSAGES_COUNT); break;
    case PARAM_TYPE_actions: schema_array_of_names(w, schema_action_name, ACTIONS_COUNT); break;
    case PARAM_TYPE_impairment: schema_type(w, "string"); break;
    case PARAM_TYPE_ramped: schema_type(w, "string"); break;
    case PARAM_TYPE_steps: schema_array(w, "step"); break;
    case PARAM_TYPE_branches: list_of_lists(w, "step"); break;
    case PARAM_TYPE_weights: schema_array(w, "count"); break;
    case PARAM_TYPES_COUNT: UNREACHABLE();
    }
    buf_free(&pattern);
}

static const char *const type_names[PARAM_TYPES_COUNT] = {
#define X(id, text) #id,
    SCENARIO_PARAM_TYPES(X)
#undef X
};

const char *schema_type_name(enum param_type id)
{
    ASSERT((unsigned)id < PARAM_TYPES_COUNT);
    return type_names[id];
}
