/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/vocab.h"

#include <string.h>

/* One array of parameters a row. */
#define P(name, type, rule, choices) {PARAM_##name, PARAM_TYPE_##type, RULE_##rule, choices},
#define X(id, name, area, cap, worlds, undo, text) \
    static const struct param_spec params_##id[] = {PARAMS_##id(P){0}};
SCENARIO_ACTIONS(X)
#undef X
#define X(id, cap, text) \
    static const struct param_spec params_wait_##id[] = {PARAMS_wait_##id(P){0}};
SCENARIO_WAITS(X)
#undef X
#define X(name, class, params) \
    static const struct param_spec params_check_of_##name[] = {PARAMS_##params(P){0}};
SCENARIO_CHECKERS(X)
#undef X
static const struct param_spec params_impair[] = {PARAMS_impair(P)};
#undef P

/* The arrays end in one unused element, so that a row without parameters is legal C. */
#define LIST(array)                 \
    {                               \
        array, ARRAY_LEN(array) - 1 \
    }

static const struct action_spec actions[ACTIONS_COUNT] = {
#define X(id, name, area, cap, worlds, undo, text) \
    {name, text, AREA_##area, CAP_##cap, WORLD_##worlds, UNDO_##undo, LIST(params_##id)},
    SCENARIO_ACTIONS(X)
#undef X
};

static const struct wait_spec waits[WAITS_COUNT] = {
#define X(id, cap, text) {#id, text, CAP_##cap, LIST(params_wait_##id)},
    SCENARIO_WAITS(X)
#undef X
};

static const struct checker_spec checkers[CHECKERS_COUNT] = {
#define X(name, class, params) {#name, CLASS_##class, LIST(params_check_of_##name)},
    SCENARIO_CHECKERS(X)
#undef X
};

static const char *const param_names[] = {
#define X(name) #name,
    SCENARIO_PARAM_NAMES(X)
#undef X
};

static const char *const param_type_texts[] = {
#define X(id, text) text,
    SCENARIO_PARAM_TYPES(X)
#undef X
};

static const char *const capability_names[] = {
#define X(id, text) #id,
    SCENARIO_CAPABILITIES(X)
#undef X
};

static const char *const capability_texts[] = {
#define X(id, text) text,
    SCENARIO_CAPABILITIES(X)
#undef X
};

static const char *const coverage_names[] = {
#define X(name, text) #name,
    SCENARIO_COVERAGE(X)
#undef X
};

static const char *const coverage_texts[] = {
#define X(name, text) text,
    SCENARIO_COVERAGE(X)
#undef X
};

static const char *const message_names[] = {
#define X(name) #name,
    SCENARIO_MESSAGES(X)
#undef X
};

static const char *const op_names[] = {
#define X(name) #name,
    SCENARIO_OPS(X)
#undef X
};

static const char *const shape_names[] = {
#define X(id, centre, text) #id,
    SCENARIO_SHAPES(X)
#undef X
};

static const enum undo_rule shape_centres[] = {
#define X(id, centre, text) UNDO_##centre,
    SCENARIO_SHAPES(X)
#undef X
};

static const char *const area_names[] = {"network", "process",  "clock", "disk",
                                         "admin",   "workload", "flow"};

_Static_assert(CAPABILITIES_COUNT <= 64 && CHECKERS_COUNT <= 64 && COVERAGE_COUNT <= 64,
               "sets of these are one word");
_Static_assert(MESSAGES_COUNT <= 32, "a set of messages is 32 bits");

const struct action_spec *vocab_action(enum action_id id)
{
    ASSERT((unsigned)id < ACTIONS_COUNT);
    return &actions[id];
}

const struct wait_spec *vocab_wait(enum wait_id id)
{
    ASSERT((unsigned)id < WAITS_COUNT);
    return &waits[id];
}

const struct checker_spec *vocab_checker(enum checker_id id)
{
    ASSERT((unsigned)id < CHECKERS_COUNT);
    return &checkers[id];
}

struct param_list vocab_impairments(void)
{
    return (struct param_list){params_impair, ARRAY_LEN(params_impair)};
}

#define NAME_OF(function, enumeration, table)  \
    const char *function(enum enumeration id)  \
    {                                          \
        ASSERT((size_t)id < ARRAY_LEN(table)); \
        return table[id];                      \
    }

NAME_OF(vocab_param_name, param_id, param_names)
NAME_OF(vocab_param_type_text, param_type, param_type_texts)
NAME_OF(vocab_capability_name, capability, capability_names)
NAME_OF(vocab_capability_text, capability, capability_texts)
NAME_OF(vocab_coverage_name, coverage_id, coverage_names)
NAME_OF(vocab_coverage_text, coverage_id, coverage_texts)
NAME_OF(vocab_message_name, message_id, message_names)
NAME_OF(vocab_op_name, op_id, op_names)
NAME_OF(vocab_area_name, area_id, area_names)
NAME_OF(vocab_shape_name, shape_id, shape_names)

bool vocab_is_word(const char *text, size_t max)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
            return false;
    }
    return len > 0 && len < max;
}

bool vocab_is_value(const char *text, bool whole)
{
    return vocab_is_word(text, VOCAB_VALUE_MAX) && strpbrk(text, whole ? "." : ".,") == NULL;
}

bool vocab_model_has(const char *model, enum op_id id)
{
#define O(op)        1u << OP_##op
#define X(name, ops) {#name, ops},
    static const struct {
        const char *name;
        unsigned ops;
    } models[] = {SCENARIO_MODEL_OPS(X)};
#undef X
#undef O
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        if (strcmp(models[i].name, model) == 0)
            return (models[i].ops >> id & 1) != 0;
    }
    UNREACHABLE(); /* the parser lets no other one through */
}

bool vocab_model_looks(const char *model, enum op_id id)
{
    bool takes = strcmp(model, "queue") == 0; /* whoever reads a queue takes */
    return (id == OP_read && !takes) || id == OP_scan;
}

bool vocab_shape_centre(enum shape_id id)
{
    ASSERT((size_t)id < ARRAY_LEN(shape_centres));
    return shape_centres[id] == UNDO_may;
}

int vocab_find_action(const char *name)
{
    for (int i = 0; i < ACTIONS_COUNT; i++) {
        if (strcmp(actions[i].name, name) == 0)
            return i;
    }
    return -1;
}

int vocab_find_wait(const char *name)
{
    for (int i = 0; i < WAITS_COUNT; i++) {
        if (strcmp(waits[i].name, name) == 0)
            return i;
    }
    return -1;
}

static const struct {
    const char *name;
    enum checker_id meant;
} aliases[CHECKER_ALIASES_COUNT] = {
#define X(name, meant) {#name, CHECKER_##meant},
    SCENARIO_CHECKER_ALIASES(X)
#undef X
};

const char *vocab_checker_spelling(unsigned i)
{
    ASSERT(i < CHECKER_SPELLINGS);
    return i < CHECKERS_COUNT ? checkers[i].name : aliases[i - CHECKERS_COUNT].name;
}

enum checker_id vocab_checker_meant(unsigned i)
{
    ASSERT(i < CHECKER_SPELLINGS);
    return i < CHECKERS_COUNT ? (enum checker_id)i : aliases[i - CHECKERS_COUNT].meant;
}

int vocab_find_checker(const char *name)
{
    for (unsigned i = 0; i < CHECKER_SPELLINGS; i++) {
        if (strcmp(vocab_checker_spelling(i), name) == 0)
            return (int)i;
    }
    return -1;
}

unsigned vocab_choice(const char *choices, const char *word)
{
    size_t len = strlen(word);
    for (unsigned i = 0;; i++) {
        size_t here = strcspn(choices, "|");
        if (here == len && memcmp(choices, word, len) == 0)
            return i;
        ASSERT(choices[here] == '|');
        choices += here + 1;
    }
}

static int find(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

int vocab_find_param(const char *name)
{
    return find(param_names, ARRAY_LEN(param_names), name);
}

int vocab_find_coverage(const char *name)
{
    return find(coverage_names, ARRAY_LEN(coverage_names), name);
}

int vocab_find_capability(const char *name)
{
    return find(capability_names, ARRAY_LEN(capability_names), name);
}

int vocab_find_message(const char *name)
{
    return find(message_names, ARRAY_LEN(message_names), name);
}

int vocab_find_op(const char *name)
{
    return find(op_names, ARRAY_LEN(op_names), name);
}

int vocab_find_shape(const char *name)
{
    return find(shape_names, ARRAY_LEN(shape_names), name);
}
