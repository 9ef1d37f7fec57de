/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the parser share. Every parse_x returns false after it has complained. */
#ifndef SCENARIO_PARSE_INSIDE_H
#define SCENARIO_PARSE_INSIDE_H

#include "base/units.h"
#include "emulator/scenario/parse.h"

#define PARSE_NAMES_MAX 256  /* bindings and marks, each */
#define PARSE_LIST_MAX  64   /* entries of tags, versions, flags … */
#define PARSE_TEXT_MAX  4096 /* bytes of one string */
#define PARSE_NS_MAX    (30ull * 24 * 3600 * NS_PER_S)
#define PARSE_RATE_MAX  1000000             /* operations of clients a second */
#define PARSE_KEYS_MAX  1000000             /* that clients ask for */
#define PARSE_OPS_MAX   1000000             /* of one step */
#define PARSE_CODE_MAX  255                 /* of a process that exits */
#define PARSE_COUNT_MAX 1000000000000000ull /* log positions included; exact as a double, too */

/* Names given so far, borrowed from the JSON tree. */
struct names {
    const char *items[PARSE_NAMES_MAX];
    size_t count;
};

struct parse {
    struct scenario *s;
    struct diags *diags;
    size_t nodes_count; /* 1.. LIMIT_MEMBERS, known before any selector is read */
    uint64_t et_ns;     /* ET */
    struct names bindings, marks;
    const struct json **steps_at; /* room for SCENARIO_STEPS_MAX: steps in reading order */
    unsigned steps_count;
    unsigned nesting;     /* of steps */
    bool in_loop;         /* inside repeat or every */
    size_t line_at, line; /* how far lines were counted; line from 1 */
    size_t line_end;      /* where the file ends and what it includes begins */
    bool failed;
};

/* Complains about a value (or its key); always returns false. hint may be NULL. */
bool parse_error(struct parse *p, const struct json *v, const char *hint, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
bool parse_key_error(struct parse *p, const struct json *v, const char *hint, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* Whether v is of that type; complains otherwise, with what was expected. */
bool parse_type(struct parse *p, const struct json *v, enum json_type type, const char *expected);
/* Complains about every key of the object that is none of the names ("//" is always fine). */
bool parse_known_keys(struct parse *p, const struct json *object, const char *const *names,
                      size_t count, const char *what);
bool is_comment(const struct json *v);
/* "did you mean \"x\"?" in out, or NULL if nothing is near. */
const char *parse_nearest(const char *word, const char *const *names, size_t count, char out[96]);

/* ---- parse_value.c: single values. what: for sentences, usually the key. ---- */
bool parse_duration(struct parse *p, const struct json *v, uint64_t *ret_ns);
bool parse_patience(struct parse *p, const struct json *v, uint64_t *ret_ns); /* not 0 */
bool parse_size(struct parse *p, const struct json *v, uint64_t *ret_bytes);
bool parse_value_size(struct parse *p, const struct json *v, uint64_t *ret_bytes); /* clients' */
bool parse_share(struct parse *p, const struct json *v, double *ret);
bool parse_count(struct parse *p, const struct json *v, uint64_t min, uint64_t max, uint64_t *ret);
bool parse_bool(struct parse *p, const struct json *v, bool *ret);
bool parse_text(struct parse *p, const struct json *v, char **ret);
bool parse_texts(struct parse *p, const struct json *v, struct text_list *ret);
/* Index of the string among choices "a|b|c". */
bool parse_choice(struct parse *p, const struct json *v, const char *choices, unsigned *ret);
bool parse_mix(struct parse *p, const struct json *v, struct scenario_mix *ret);
bool parse_pairs(struct parse *p, const struct json *v, struct pair_list *ret);
bool parse_event(struct parse *p, const struct json *v, enum trace_event *ret);
/* parse_distribution.c: one of the choices, or {"table":[…]}. */
bool parse_distribution(struct parse *p, const struct json *v, const char *choices,
                        struct scenario_distribution *ret);
/* A value of one of the simple types (no selector, link, step). */
bool parse_simple(struct parse *p, const struct json *v, const struct param_spec *spec,
                  struct scenario_value *ret);

/* ---- parse_where.c: selectors, links, groups, shapes ---- */
bool parse_who(struct parse *p, const struct json *v, struct selectors *ret);
bool parse_node(struct parse *p, const struct json *v, struct selectors *ret);
bool parse_link(struct parse *p, const struct json *v, struct scenario_link *ret);
bool parse_groups(struct parse *p, const struct json *v, struct scenario_groups *ret);
bool parse_shape(struct parse *p, const struct json *v, struct scenario_shape *ret);
bool parse_messages(struct parse *p, const struct json *v, uint32_t *ret);

/* ---- parse_args.c ---- */
/* The parameters of a row. what names the row in sentences: "net.partition". */
bool parse_args(struct parse *p, const struct json *object, struct param_list row, const char *what,
                struct scenario_args *ret);
/* Bounds of impairments that only hold together. */
bool parse_check_impairments(struct parse *p, const struct json *object,
                             const struct scenario_args *args);
/* The same of one impairment that a ramp takes to that end. */
bool parse_check_ramped(struct parse *p, const struct json *v, enum param_id moved,
                        const struct scenario_value *end);

/* ---- parse_step.c, parse_condition.c ---- */
bool parse_steps(struct parse *p, const struct json *array, struct scenario_branch *ret);
/* key: the member of an object that is the condition: "leader":{…}. */
bool parse_condition(struct parse *p, const struct json *member, unsigned nesting,
                     struct scenario_condition *ret);
/* The only condition key of the object beside the names in `beside`; complains if none or two. */
const struct json *parse_condition_key(struct parse *p, const struct json *object,
                                       const char *beside);
bool parse_trigger(struct parse *p, const struct json *object, struct scenario_condition *ret);
/* parse_event.c: the object's `where`, if it has one, names fields of that event and values they
 * can have. */
bool parse_event_where(struct parse *p, const struct json *object, enum trace_event ev);

/* ---- parse_cluster.c, parse_judge.c ---- */
bool parse_cluster(struct parse *p, const struct json *v);
bool parse_links(struct parse *p, const struct json *v);
bool parse_clients(struct parse *p, const struct json *v);
bool parse_expect(struct parse *p, const struct json *v);
bool parse_coverage(struct parse *p, const struct json *v);
bool parse_finally(struct parse *p, const struct json *v);
bool parse_negative(struct parse *p, const struct json *v);

#endif
