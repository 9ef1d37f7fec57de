/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A history that was read, for the files of this folder. */
#ifndef EMULATOR_FORMATS_INSIDE_H
#define EMULATOR_FORMATS_INSIDE_H

#include "emulator/formats/readers.h"
#include "emulator/trace/history.h"

struct foreign {
    /* Our own format in a file of its own: owned, its name; it is read anew each time. */
    char *path;
    char *bytes;      /* else owned: all that was read */
    const char *data; /* in bytes, behind a byte order mark */
    size_t len;
    enum format format;
    struct events events; /* empty for our own format */
    struct texts made;    /* texts that are not in the file as they are needed */
    enum lin_data model;
    bool independent;  /* every value is [key value] */
    bool transactions; /* some hold several operations */
    size_t playing;    /* the event whose records are given at the moment */
    bool mixed;        /* own format: keys of several models */
};

/* Gives all records of a history in our own format, from its file or its bytes (own_play). */
int foreign_play_own(const struct foreign *f, foreign_take take, void *arg,
                     struct err *e) MUST_CHECK;

/* ---- values as the texts of records (texts.c); errors name the line ---- */

/* A number, string, keyword: equal values get equal texts and others do not. nil: {NULL, 0}. */
int text_scalar(struct foreign *f, const struct value *v, uint32_t line, struct trace_text *ret,
                struct err *e) MUST_CHECK;
/* The bytes of a string, as they are; other scalars as written. */
int text_bytes(const struct value *v, uint32_t line, struct trace_text *ret,
               struct err *e) MUST_CHECK;
/* An element of a list, set or queue, after `comma` if asked for: it holds no other comma. */
int text_element(struct foreign *f, const struct value *v, bool comma, uint32_t line,
                 struct trace_text *ret, struct err *e) MUST_CHECK;
/* ",ELEMENT" for each; {NULL, 0} for none. */
int text_elements(struct foreign *f, const struct value_tree *t, const struct value *v,
                  uint32_t line, struct trace_text *ret, struct err *e) MUST_CHECK;
/* A whole number, {NULL, 0} if it is `none`. */
int text_number(const struct value *v, const char *none, uint32_t line, struct trace_text *ret,
                struct err *e) MUST_CHECK;

/* Reads the value of an event into t; a root of VALUE_NIL if none was told. It was read before, so
 * it cannot fail. */
const struct value *event_value(const struct foreign *f, const struct event *event,
                                struct value_tree *t);
/* The same without the key of an independent history, which goes to *ret_key. NULL when the value
 * is no pair. */
const struct value *event_inner(const struct foreign *f, const struct event *event,
                                struct value_tree *t, const struct value **ret_key);

#endif
