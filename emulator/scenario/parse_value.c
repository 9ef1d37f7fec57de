/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values with units, names and lists of them. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/scenario/parse_inside.h"

#include <stdio.h>
#include <string.h>

/* A string is needed; a bare number gets the hint how it would look with a unit. */
static bool with_unit(struct parse *p, const struct json *v, enum param_type type, const char *unit)
{
    if (v->type == JSON_STRING)
        return true;
    char hint[96];
    (void)snprintf(hint, sizeof(hint), "a bare number has no unit; did you mean \"%.24s%s\"?",
                   v->type == JSON_NUMBER ? v->text : "", unit);
    return parse_error(p, v, v->type == JSON_NUMBER ? hint : NULL, "expected %s, not %s",
                       vocab_param_type_text(type), json_type_name(v->type));
}

static bool bad_text(struct parse *p, const struct json *v, enum param_type type)
{
    return parse_error(p, v, NULL, "\"%.40s\": expected %s", v->text, vocab_param_type_text(type));
}

/* "3ET", "1.5ET": the number is read as seconds and then scaled. */
static int election_timeouts(const char *text, uint64_t et_ns, uint64_t *ret_ns)
{
    char seconds[UNITS_TEXT_MAX];
    uint64_t ns;
    size_t len = strlen(text);
    if (len < 3 || len >= sizeof(seconds) || strcmp(text + len - 2, "ET") != 0)
        return -E_INVALID;
    memcpy(seconds, text, len - 2);
    memcpy(seconds + len - 2, "s", 2);
    if (units_duration(seconds, &ns) < 0)
        return -E_INVALID;
    unsigned __int128 product = (unsigned __int128)ns * et_ns / NS_PER_S;
    *ret_ns = product > UINT64_MAX ? UINT64_MAX : (uint64_t)product;
    return 0;
}

static bool duration_text(struct parse *p, const struct json *v, const char *text,
                          enum param_type type, uint64_t *ret_ns)
{
    uint64_t ns;
    if (units_duration(text, &ns) < 0 && election_timeouts(text, p->et_ns, &ns) < 0)
        return bad_text(p, v, type);
    if (ns > PARSE_NS_MAX)
        return parse_error(p, v, NULL, "\"%.40s\" is longer than 30 days", v->text);
    *ret_ns = ns;
    return true;
}

bool parse_duration(struct parse *p, const struct json *v, uint64_t *ret_ns)
{
    return with_unit(p, v, PARAM_TYPE_duration, "ms") &&
           duration_text(p, v, v->text, PARAM_TYPE_duration, ret_ns);
}

bool parse_patience(struct parse *p, const struct json *v, uint64_t *ret_ns)
{
    uint64_t ns = 0;
    if (!parse_duration(p, v, &ns))
        return false;
    if (ns == 0)
        return parse_error(p, v, NULL, "a limit of nothing");
    *ret_ns = ns;
    return true;
}

static bool parse_offset(struct parse *p, const struct json *v, int64_t *ret_ns)
{
    uint64_t ns = 0;
    if (!with_unit(p, v, PARAM_TYPE_offset, "ms"))
        return false;
    bool sign = v->text[0] == '-' || v->text[0] == '+';
    if (!duration_text(p, v, v->text + sign, PARAM_TYPE_offset, &ns))
        return false;
    *ret_ns = v->text[0] == '-' ? -(int64_t)ns : (int64_t)ns;
    return true;
}

bool parse_size(struct parse *p, const struct json *v, uint64_t *ret_bytes)
{
    return with_unit(p, v, PARAM_TYPE_size, "B") &&
           (units_size(v->text, ret_bytes) == 0 || bad_text(p, v, PARAM_TYPE_size));
}

bool parse_value_size(struct parse *p, const struct json *v, uint64_t *ret_bytes)
{
    uint64_t bytes;
    if (!parse_size(p, v, &bytes))
        return false;
    if (bytes > LIMIT_ENTRY_BYTES)
        return parse_error(p, v, NULL, "a value of more than 8 MiB fits no entry");
    *ret_bytes = bytes;
    return true;
}

bool parse_share(struct parse *p, const struct json *v, double *ret)
{
    return with_unit(p, v, PARAM_TYPE_share, "%") &&
           (units_share(v->text, ret) == 0 || bad_text(p, v, PARAM_TYPE_share));
}

bool parse_count(struct parse *p, const struct json *v, uint64_t min, uint64_t max, uint64_t *ret)
{
    uint64_t n;
    if (!parse_type(p, v, JSON_NUMBER, "a whole number"))
        return false;
    if (json_u64(v, UINT64_MAX, &n) < 0)
        return parse_error(p, v, NULL, "%.40s: expected a whole number of 0 or more", v->text);
    if (n < min || n > max)
        return parse_error(p, v, NULL, "%.40s: must be %llu..%llu", v->text,
                           (unsigned long long)min, (unsigned long long)max);
    *ret = n;
    return true;
}

bool parse_bool(struct parse *p, const struct json *v, bool *ret)
{
    if (!parse_type(p, v, JSON_BOOL, "true or false"))
        return false;
    *ret = v->truth;
    return true;
}

static bool is_text(struct parse *p, const struct json *v)
{
    if (!parse_type(p, v, JSON_STRING, "a string"))
        return false;
    if (strlen(v->text) > PARSE_TEXT_MAX)
        return parse_error(p, v, NULL, "a string of more than %d bytes", PARSE_TEXT_MAX);
    return true;
}

bool parse_text(struct parse *p, const struct json *v, char **ret)
{
    if (!is_text(p, v))
        return false;
    *ret = mem_strdup(v->text);
    return true;
}

bool parse_texts(struct parse *p, const struct json *v, struct text_list *ret)
{
    if (!parse_type(p, v, JSON_ARRAY, "a list of strings"))
        return false;
    if (v->count > PARSE_LIST_MAX)
        return parse_error(p, v, NULL, "a list of more than %d strings", PARSE_LIST_MAX);
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        if (!is_text(p, c))
            return false;
    }
    ret->items = mem_array(v->count, sizeof(*ret->items));
    for (const struct json *c = v->child; c != NULL; c = c->next)
        ret->items[ret->count++] = mem_strdup(c->text);
    return true;
}

/* Names of actions, for the alphabet of random faults. */
static bool parse_actions(struct parse *p, const struct json *v, struct text_list *ret)
{
    if (!parse_type(p, v, JSON_ARRAY, "a list of action names"))
        return false;
    const char *names[ACTIONS_COUNT];
    char hint[96];
    for (int i = 0; i < ACTIONS_COUNT; i++)
        names[i] = vocab_action((enum action_id)i)->name;
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        if (!is_text(p, c))
            return false;
        if (vocab_find_action(c->text) < 0)
            return parse_error(p, c, parse_nearest(c->text, names, ACTIONS_COUNT, hint),
                               "unknown action \"%.40s\"", c->text);
    }
    return parse_texts(p, v, ret);
}

/* The i-th of "a|b|c" in out; false behind the last. */
#define CHOICE_MAX 24
static bool nth_choice(const char *choices, unsigned i, char out[CHOICE_MAX])
{
    for (; i > 0; i--) {
        choices = strchr(choices, '|');
        if (choices == NULL)
            return false;
        choices++;
    }
    size_t len = strcspn(choices, "|");
    ASSERT(len < CHOICE_MAX);
    memcpy(out, choices, len);
    out[len] = '\0';
    return true;
}

#define CHOICES_MAX 16

bool parse_choice(struct parse *p, const struct json *v, const char *choices, unsigned *ret)
{
    char words[CHOICES_MAX][CHOICE_MAX], hint[96];
    const char *names[CHOICES_MAX];
    unsigned count = 0;
    while (count < CHOICES_MAX && nth_choice(choices, count, words[count])) {
        names[count] = words[count];
        count++;
    }
    if (v->type != JSON_STRING)
        return parse_error(p, v, NULL, "expected one of %s, not %s", choices,
                           json_type_name(v->type));
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(v->text, names[i]) == 0) {
            *ret = i;
            return true;
        }
    }
    return parse_error(p, v, parse_nearest(v->text, names, count, hint),
                       "\"%.40s\": expected one of %s", v->text, choices);
}

bool parse_mix(struct parse *p, const struct json *v, struct scenario_mix *ret)
{
    const char *names[OPS_COUNT];
    struct scenario_mix mix = {0};
    uint64_t sum = 0;
    for (int i = 0; i < OPS_COUNT; i++)
        names[i] = vocab_op_name((enum op_id)i);
    if (!parse_type(p, v, JSON_OBJECT, "an object of weights, as {\"read\":50,\"write\":50}") ||
        !parse_known_keys(p, v, names, OPS_COUNT, "a mix of operations"))
        return false;
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        if (is_comment(c))
            continue;
        uint64_t *weight = &mix.weight[vocab_find_op(c->key)];
        if (!parse_count(p, c, 0, 1000000, weight))
            return false;
        sum += *weight;
    }
    if (sum == 0)
        return parse_error(p, v, NULL, "every weight is 0: no operation would be chosen");
    *ret = mix;
    return true;
}

static bool is_scalar(const struct json *v)
{
    return v->type == JSON_STRING || v->type == JSON_NUMBER || v->type == JSON_BOOL;
}

bool parse_pairs(struct parse *p, const struct json *v, struct pair_list *ret)
{
    if (!parse_type(p, v, JSON_OBJECT, "an object"))
        return false;
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        if (!is_comment(c) && !is_scalar(c))
            return parse_error(p, c, NULL, "expected a string, a number or a boolean, not %s",
                               json_type_name(c->type));
        if (c->type == JSON_STRING && !is_text(p, c))
            return false;
    }
    ret->items = mem_array(v->count, sizeof(*ret->items));
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        if (is_comment(c))
            continue;
        const char *text = c->type == JSON_BOOL ? (c->truth ? "true" : "false") : c->text;
        ret->items[ret->count++] = (struct pair){.key = mem_strdup(c->key),
                                                 .value = mem_strdup(text),
                                                 .is_text = c->type == JSON_STRING};
    }
    return true;
}

bool parse_event(struct parse *p, const struct json *v, enum trace_event *ret)
{
    char hint[96];
    const char *names[TRACE_EVENTS_COUNT];
    if (!parse_type(p, v, JSON_STRING, "the name of a trace event"))
        return false;
    int found = trace_event_find(v->text, strlen(v->text));
    if (found >= 0) {
        *ret = (enum trace_event)found;
        return true;
    }
    for (int i = 0; i < TRACE_EVENTS_COUNT; i++)
        names[i] = trace_event_name((enum trace_event)i);
    return parse_error(p, v, parse_nearest(v->text, names, TRACE_EVENTS_COUNT, hint),
                       "unknown event \"%.40s\"", v->text);
}

/* {"gilbert":{"p":…,"r":…}} */
static bool parse_gilbert(struct parse *p, const struct json *v, struct scenario_loss *ret)
{
    static const char *const names[] = {"p", "r"};
    struct scenario_loss loss = {.model = LOSS_gilbert};
    if (!parse_type(p, v, JSON_OBJECT, "{\"p\":\"1%\",\"r\":\"20%\"}") ||
        !parse_known_keys(p, v, names, ARRAY_LEN(names), "gilbert"))
        return false;
    const struct json *into = json_get(v, "p"), *out_of = json_get(v, "r");
    if (into == NULL || out_of == NULL)
        return parse_key_error(p, v, NULL, "gilbert needs \"p\" and \"r\"");
    if (!parse_share(p, into, &loss.p) || !parse_share(p, out_of, &loss.r))
        return false;
    *ret = loss;
    return true;
}

static bool parse_burst(struct parse *p, const struct json *v, struct scenario_loss *ret)
{
    static const char *const names[] = {"lenPackets"};
    struct scenario_loss loss = {.model = LOSS_burst};
    if (!parse_type(p, v, JSON_OBJECT, "{\"lenPackets\":5}") ||
        !parse_known_keys(p, v, names, ARRAY_LEN(names), "burst"))
        return false;
    const struct json *len = json_get(v, "lenPackets");
    if (len == NULL)
        return parse_key_error(p, v, NULL, "burst needs \"lenPackets\"");
    if (!parse_count(p, len, 1, 1000000, &loss.len_packets))
        return false;
    *ret = loss;
    return true;
}

static bool parse_loss(struct parse *p, const struct json *v, struct scenario_loss *ret)
{
    if (v->type == JSON_STRING && strcmp(v->text, "bernoulli") == 0) {
        *ret = (struct scenario_loss){.model = LOSS_bernoulli};
        return true;
    }
    const struct json *gilbert = json_get(v, "gilbert"), *burst = json_get(v, "burst");
    if (v->count == 1 && gilbert != NULL)
        return parse_gilbert(p, gilbert, ret);
    if (v->count == 1 && burst != NULL)
        return parse_burst(p, burst, ret);
    return parse_error(p, v, NULL, "expected %s", vocab_param_type_text(PARAM_TYPE_loss));
}

/* The name of a parameter of links that a ramp can move. */
static bool parse_impairment(struct parse *p, const struct json *v, uint64_t *ret)
{
    struct param_list row = vocab_impairments();
    char choices[160] = "";
    unsigned index;
    size_t used = 0;
    enum param_id ids[CHOICES_MAX];
    unsigned count = 0;
    for (size_t i = 0; i < row.count; i++) {
        if (row.items[i].type == PARAM_TYPE_choice || row.items[i].type == PARAM_TYPE_loss ||
            row.items[i].type == PARAM_TYPE_distribution || row.items[i].id == PARAM_mtu)
            continue;
        int n = snprintf(choices + used, sizeof(choices) - used, "%s%s", used > 0 ? "|" : "",
                         vocab_param_name(row.items[i].id));
        ASSERT(n > 0 && used + (size_t)n < sizeof(choices) && count < CHOICES_MAX);
        used += (size_t)n;
        ids[count++] = row.items[i].id;
    }
    if (!parse_choice(p, v, choices, &index))
        return false;
    *ret = ids[index];
    return true;
}

static bool parse_choice_text(struct parse *p, const struct json *v, const char *choices,
                              char **ret)
{
    unsigned index;
    if (!parse_choice(p, v, choices, &index))
        return false;
    *ret = mem_strdup(v->text);
    return true;
}

static bool parse_rate(struct parse *p, const struct json *v, uint64_t *ret)
{
    return with_unit(p, v, PARAM_TYPE_rate, "kbit") &&
           (units_rate(v->text, ret) == 0 || bad_text(p, v, PARAM_TYPE_rate));
}

static bool parse_ppm(struct parse *p, const struct json *v, int64_t *ret)
{
    return with_unit(p, v, PARAM_TYPE_ppm, "ppm") &&
           (units_ppm(v->text, ret) == 0 || bad_text(p, v, PARAM_TYPE_ppm));
}

bool parse_simple(struct parse *p, const struct json *v, const struct param_spec *spec,
                  struct scenario_value *ret)
{
    switch (spec->type) {
    case PARAM_TYPE_duration: return parse_duration(p, v, &ret->u64);
    case PARAM_TYPE_offset: return parse_offset(p, v, &ret->i64);
    case PARAM_TYPE_size: return parse_size(p, v, &ret->u64);
    case PARAM_TYPE_rate: return parse_rate(p, v, &ret->u64);
    case PARAM_TYPE_share: return parse_share(p, v, &ret->share);
    case PARAM_TYPE_ppm: return parse_ppm(p, v, &ret->i64);
    case PARAM_TYPE_count:
        return parse_count(p, v, 0, spec->id == PARAM_code ? PARSE_CODE_MAX : PARSE_COUNT_MAX,
                           &ret->u64);
    case PARAM_TYPE_boolean: return parse_bool(p, v, &ret->boolean);
    case PARAM_TYPE_choice: return parse_choice_text(p, v, spec->choices, &ret->text);
    case PARAM_TYPE_text: return parse_text(p, v, &ret->text);
    case PARAM_TYPE_texts: return parse_texts(p, v, &ret->texts);
    case PARAM_TYPE_actions: return parse_actions(p, v, &ret->texts);
    case PARAM_TYPE_loss: return parse_loss(p, v, &ret->loss);
    case PARAM_TYPE_distribution:
        return parse_distribution(p, v, spec->choices, &ret->distribution);
    case PARAM_TYPE_mix: return parse_mix(p, v, &ret->mix);
    case PARAM_TYPE_pairs: return parse_pairs(p, v, &ret->pairs);
    case PARAM_TYPE_event: return parse_event(p, v, &ret->event);
    case PARAM_TYPE_impairment: return parse_impairment(p, v, &ret->u64);
    case PARAM_TYPE_who:
    case PARAM_TYPE_node:
    case PARAM_TYPE_link:
    case PARAM_TYPE_groups:
    case PARAM_TYPE_shape:
    case PARAM_TYPE_messages:
    case PARAM_TYPE_ramped:
    case PARAM_TYPE_steps:
    case PARAM_TYPE_branches:
    case PARAM_TYPE_weights:
    case PARAM_TYPES_COUNT: break;
    }
    UNREACHABLE();
}
