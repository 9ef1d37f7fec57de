/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of the scenario language, each in one row of vocab_actions.h or vocab_words.h. Parser,
 * printer, lint, schema.json and reports read these rows; nothing else knows a word of the
 * language. Here: the ids made from the rows, and the tables by id and by spelling. */
#ifndef SCENARIO_VOCAB_H
#define SCENARIO_VOCAB_H

#include "base/must.h"
#include "emulator/scenario/vocab_actions.h"
#include "emulator/scenario/vocab_words.h"

enum capability {
#define X(id, text) CAP_##id,
    SCENARIO_CAPABILITIES(X)
#undef X
        CAPABILITIES_COUNT
};

enum param_type {
#define X(id, text) PARAM_TYPE_##id,
    SCENARIO_PARAM_TYPES(X)
#undef X
        PARAM_TYPES_COUNT
};

enum param_id {
#define X(name) PARAM_##name,
    SCENARIO_PARAM_NAMES(X)
#undef X
        PARAMS_COUNT
};

enum action_id {
#define X(id, name, area, cap, worlds, undo, text) ACTION_##id,
    SCENARIO_ACTIONS(X)
#undef X
        ACTIONS_COUNT
};

enum wait_id {
#define X(id, cap, text) WAIT_##id,
    SCENARIO_WAITS(X)
#undef X
        WAITS_COUNT
};

enum checker_id {
#define X(name, class, params) CHECKER_##name,
    SCENARIO_CHECKERS(X)
#undef X
        CHECKERS_COUNT
};

/* A checker by its own name, or by another. */
enum checker_spelling {
#define X(name, meant) SPELLING_##name,
    SCENARIO_CHECKER_ALIASES(X)
#undef X
        CHECKER_ALIASES_COUNT
};
#define CHECKER_SPELLINGS ((unsigned)CHECKERS_COUNT + (unsigned)CHECKER_ALIASES_COUNT)

enum coverage_id {
#define X(name, text) COVERAGE_##name,
    SCENARIO_COVERAGE(X)
#undef X
        COVERAGE_COUNT
};

enum message_id {
#define X(name) MESSAGE_##name,
    SCENARIO_MESSAGES(X)
#undef X
        MESSAGES_COUNT
};

enum op_id {
#define X(name) OP_##name,
    SCENARIO_OPS(X)
#undef X
        OPS_COUNT
};

enum shape_id {
#define X(id, centre, text) SHAPE_##id,
    SCENARIO_SHAPES(X)
#undef X
        SHAPES_COUNT
};

enum area_id {
    AREA_network,
    AREA_process,
    AREA_clock,
    AREA_disk,
    AREA_admin,
    AREA_workload,
    AREA_flow
};
enum world_id { WORLD_sim = 1, WORLD_live = 2, WORLD_both = 3 };
enum param_rule { RULE_must, RULE_may, RULE_one, RULE_some };
enum undo_rule { UNDO_no, UNDO_may, UNDO_must };
enum expect_class { CLASS_safety, CLASS_client, CLASS_quality, CLASS_process };

/* One parameter of a row. */
struct param_spec {
    enum param_id id;
    enum param_type type;
    enum param_rule rule;
    const char *choices; /* "a|b|c" for PARAM_TYPE_choice, else "" */
};

struct param_list {
    const struct param_spec *items;
    size_t count;
};

struct action_spec {
    const char *name; /* "net.partition" */
    const char *text;
    enum area_id area;
    enum capability capability;
    enum world_id worlds;
    enum undo_rule undo;
    struct param_list params;
};

struct wait_spec {
    const char *name;
    const char *text;
    enum capability capability;
    struct param_list params;
};

struct checker_spec {
    const char *name;
    enum expect_class class;
    struct param_list params;
};

const struct action_spec *vocab_action(enum action_id id);
const struct wait_spec *vocab_wait(enum wait_id id);
const struct checker_spec *vocab_checker(enum checker_id id);
/* All names under which checkers are known, their own first. i < CHECKER_SPELLINGS. */
const char *vocab_checker_spelling(unsigned i);
enum checker_id vocab_checker_meant(unsigned i);
struct param_list vocab_impairments(void); /* PARAMS_impair, for links.default */

const char *vocab_param_name(enum param_id id);
const char *vocab_param_type_text(enum param_type type);
const char *vocab_capability_name(enum capability id);
const char *vocab_capability_text(enum capability id);
const char *vocab_coverage_name(enum coverage_id id);
const char *vocab_coverage_text(enum coverage_id id);
const char *vocab_message_name(enum message_id id);
const char *vocab_op_name(enum op_id id);
/* Whether clients of the model (one of SCENARIO_MODELS) have such an operation in their mix, and
 * whether it only looks at the data. */
bool vocab_model_has(const char *model, enum op_id id);
bool vocab_model_looks(const char *model, enum op_id id);
/* A key or a value that somebody asks for: a request, a history and a sentence can all carry it as
 * it is. max: bytes, with its end. */
#define VOCAB_KEY_MAX   40
#define VOCAB_VALUE_MAX 64
bool vocab_is_word(const char *text, size_t max);
/* The same of a value, which has no dot, and if it is not all that a key holds no comma. */
bool vocab_is_value(const char *text, bool whole);
const char *vocab_area_name(enum area_id id);
const char *vocab_shape_name(enum shape_id id);
bool vocab_shape_centre(enum shape_id id); /* may name a centre */

/* Which of "a|b|c" the word is, counted from 0; it must be one of them, as the parser sees to. */
unsigned vocab_choice(const char *choices, const char *word);

/* The id of a spelling, or -1. */
int vocab_find_action(const char *name);
int vocab_find_wait(const char *name);
int vocab_find_param(const char *name);
int vocab_find_checker(const char *name); /* a spelling */
int vocab_find_coverage(const char *name);
int vocab_find_capability(const char *name);
int vocab_find_message(const char *name);
int vocab_find_op(const char *name);
int vocab_find_shape(const char *name);

#endif
