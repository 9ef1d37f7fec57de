/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines between the laboratory and an adapter, both ways: PROTOCOL.md in C. */
#ifndef EMULATOR_ADAPTERS_LINES_H
#define EMULATOR_ADAPTERS_LINES_H

#include "base/buf.h"
#include "base/err.h"

#define ADAPTER_PROTOCOL  1
#define ADAPTER_LINE_MAX  (1u << 20)
#define ADAPTER_ERROR_MAX 200

/* word: what is asked. */
#define ADAPTER_QUESTIONS(X) X(hello) X(start) X(stop) X(leader) X(join) X(remove) X(op)

enum adapter_question {
#define X(word) ADAPTER_##word,
    ADAPTER_QUESTIONS(X)
#undef X
        ADAPTER_QUESTIONS_COUNT
};

int adapter_question_find(const char *word); /* an adapter_question, or -1 */

/* word: operations, and what else an adapter may say it can. */
#define ADAPTER_ABILITIES(X) X(read) X(write) X(append) X(cas) X(increment) X(leader) X(members)

enum adapter_ability {
#define X(word) ADAPTER_CAN_##word,
    ADAPTER_ABILITIES(X)
#undef X
        ADAPTER_ABILITIES_COUNT
};

const char *adapter_ability_name(enum adapter_ability can);
int adapter_ability_find(const char *word); /* an adapter_ability, or -1 */

/* ---- writing ---- */

struct pair_list; /* emulator/scenario/model.h */

/* A question. Which members count follows from what; all are borrowed. */
struct adapter_ask {
    uint64_t id;
    enum adapter_question what;
    unsigned founders;               /* start: n1 to that one found the cluster */
    const struct pair_list *configs; /* start: settings; of a key given twice the later counts */
    size_t configs_count;
    const char *node;                 /* start: whom to join (NULL: nobody); join, remove: who */
    uint64_t time_ms;                 /* stop: grace; op: timeout */
    enum adapter_ability kind;        /* op */
    const char *key, *value, *expect; /* op; NULL: none */
};
/* Appends the line. */
void adapter_ask_write(const struct adapter_ask *ask, struct buf *out);

enum adapter_is { ADAPTER_OK, ADAPTER_FAIL, ADAPTER_UNKNOWN };

/* An answer; all-zero is {"is":"ok"}. Texts are borrowed. */
struct adapter_tell {
    enum adapter_is is;
    char error[ADAPTER_ERROR_MAX]; /* "CODE sentence"; fail, unknown */
    const char *result;            /* of an op; NULL: null */
    bool has_done, done;           /* cas */
    uint64_t index;                /* 0: not told */
    bool has_leader;
    const char *leader;  /* NULL: nobody known */
    const char *name;    /* hello; NULL: it is no answer to that */
    const char *version; /* hello */
    uint32_t can;        /* hello: bit ADAPTER_CAN_x */
};
void adapter_tell_write(uint64_t id, const struct adapter_tell *tell, struct buf *out);
/* It is a failure of that text. */
void adapter_tell_error(struct adapter_tell *tell, enum adapter_is is, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* ---- reading ---- */

struct json; /* emulator/scenario/json.h */
struct adapter_line_doc;

/* A line that was read. Its texts live until adapter_line_free. */
struct adapter_line {
    struct adapter_line_doc *doc; /* owned */
    const struct json *root;      /* an object */
    uint64_t id;
};
/* Errors: -E_INVALID: no JSON object, or without an id. */
int adapter_line_read(const char *text, size_t len, struct adapter_line *ret,
                      struct err *e) MUST_CHECK;
void adapter_line_free(struct adapter_line *line); /* all-zero is fine */

/* A member that is a string or a number, as text; NULL: absent, or something else. */
const char *adapter_line_text(const struct adapter_line *line, const char *member);
bool adapter_line_has(const struct adapter_line *line, const char *member); /* null counts, too */
bool adapter_line_true(const struct adapter_line *line, const char *member);
uint64_t adapter_line_number(const struct adapter_line *line, const char *member,
                             uint64_t otherwise);
/* The i-th text of an array; NULL: there is none. */
const char *adapter_line_item(const struct adapter_line *line, const char *member, size_t i);
/* A text of an object; NULL: absent. */
const char *adapter_line_of(const struct adapter_line *line, const char *member, const char *key);

/* The answer's `is`. Errors: -E_INVALID: it has none. */
int adapter_line_is(const struct adapter_line *line, enum adapter_is *ret,
                    struct err *e) MUST_CHECK;
/* Abilities that are known here. */
uint32_t adapter_line_can(const struct adapter_line *line);

#endif
