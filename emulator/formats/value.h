/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values as histories write them: EDN, and JSON, which is the same tree with other punctuation.
 *
 * One reader for both, and not cJSON for the second: numbers are kept as they were written (a value
 * of 64 bits read as a double would equal its neighbours, and two different values that look equal
 * are a wrong verdict), every mistake has its line, a value is read where it stands in a file of
 * any size, and nesting costs no stack. cJSON is the independent reader in the tests. */
#ifndef EMULATOR_FORMATS_VALUE_H
#define EMULATOR_FORMATS_VALUE_H

#include "emulator/trace/reader.h"
#include "emulator/trace/texts.h"

#define VALUE_DEPTH_MAX 32
#define VALUE_NONE      UINT32_MAX

enum notation { NOTATION_EDN, NOTATION_JSON };

enum value_type {
    VALUE_NIL,    /* nil, null */
    VALUE_ATOM,   /* a number, true, a keyword, a symbol: text is what was written */
    VALUE_STRING, /* text is decoded */
    VALUE_LIST,   /* [] or () */
    VALUE_SET,    /* #{} */
    VALUE_MAP,    /* {}: its children are keys and values in turn */
};

/* One value of a tree; child and next are places in it, or VALUE_NONE. */
struct value {
    enum value_type type;
    uint32_t count; /* children */
    uint32_t child;
    uint32_t next;
    struct trace_text raw;  /* where it stands in the file */
    struct trace_text text; /* ATOM, STRING */
};

/* All-zero is empty. Reading again forgets what was read before, except decoded texts. */
struct value_tree {
    struct value *nodes; /* owned; nodes[0] is the root */
    size_t count;
    size_t cap;
    struct texts decoded;       /* strings that held escapes */
    struct trace_names nobody;  /* scratch wants a table of names, which stays empty */
    struct trace_reader escape; /* scratch for one string */
};

/* A place in a file. Invariant: at <= end. why, a constant sentence, is set by the first mistake,
 * which is on the line named. */
struct source {
    const char *at;
    const char *end;
    uint64_t line;
    enum notation notation;
    const char *why;
};

void value_tree_free(struct value_tree *t);

/* Steps over blanks, comments, and the commas that are blanks in EDN. */
void source_blanks(struct source *s);
/* Steps over what stands before a value and says nothing here: blanks and EDN tags. */
void source_prefix(struct source *s);

/* Reads one value into t and steps over it; false: s->why. O(length), no recursion. */
bool value_read(struct value_tree *t, struct source *s) MUST_CHECK;

/* The word of a keyword: ":ok" and "ok" are one. */
static inline struct trace_text keyword_word(struct trace_text text)
{
    bool colon = text.len > 0 && text.at[0] == ':';
    return colon ? (struct trace_text){text.at + 1, text.len - 1} : text;
}

/* Is it this key: ":key", "key"? */
bool value_is_key(const struct value *v, const char *key);
/* The value of a key (":key" in EDN, "key" in JSON) of the map at place `map`, or NULL. */
const struct value *value_get(const struct value_tree *t, uint32_t map, const char *key);
/* The i-th child, or NULL. */
const struct value *value_child(const struct value_tree *t, const struct value *of, uint32_t i);
/* Is it true or false? Which, in *ret. */
bool value_truth(const struct value *v, bool *ret);
/* The child behind this one, or NULL. */
static inline const struct value *value_next(const struct value_tree *t, const struct value *child)
{
    return child->next == VALUE_NONE ? NULL : &t->nodes[child->next];
}
/* Written the same but for blanks and escapes, whatever trees they stand in. O(length). */
bool value_same(const struct value *a, const struct value *b);
static inline bool value_is_collection(const struct value *v)
{
    return v->type == VALUE_LIST || v->type == VALUE_SET || v->type == VALUE_MAP;
}

#endif
