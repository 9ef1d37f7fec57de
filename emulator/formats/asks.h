/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the call of an event asks: one thing, or several at once (a drain, a transaction). */
#ifndef EMULATOR_FORMATS_ASKS_H
#define EMULATOR_FORMATS_ASKS_H

#include "emulator/formats/inside.h"

/* One turn through a history. */
struct play {
    struct foreign *f;
    foreign_take take;
    void *arg;
    struct err *e;
    struct value_tree call;
    struct value_tree answer;
    uint64_t *first;   /* owned; by event: the number of its first operation */
    uint64_t next;     /* operation number */
    uint32_t *lives;   /* owned; by process: how often it ended with an unknown outcome */
    uint64_t enqueues; /* in the whole history */
    uint64_t unknown_drains;
    uint64_t steps; /* of counters: all that was asked for, each way, added up */
};

/* One thing that a call asks. */
struct ask {
    const struct event *call;
    const struct event *answer; /* NULL = there is none */
    enum verb verb;
    enum history_kind kind;
    const struct value *key;   /* or NULL: the event's, or none */
    const struct value *asked; /* never NULL */
    const struct value *told;  /* by the answer, whatever it is; NULL: by none, or not looked at */
    const struct value *answered;  /* the same of an ok answer, else NULL */
    bool outside;                  /* it changes nothing and tells nothing */
    const struct value *part;      /* of several: the next of them … */
    const struct value *told_part; /* … and what the answer says of it, or NULL */
};

/* Names the line in p->e. Returns -E_CORRUPT. */
int ask_strange(struct play *p, uint32_t line, const char *what);

/* The answer of a speaks of something else than its call. Names both lines; returns -E_CORRUPT. */
int answer_strange(struct play *p, const struct ask *a);
/* Of one thing asked: does the answer repeat what was asked, tell what was asked for, or leave it
 * out? Else -E_CORRUPT. One that is not ok may have a reason instead: a keyword, a string. */
int answer_fits(struct play *p, const struct ask *a) MUST_CHECK;

/* Of a->call and a->answer: the values of the call and, where it is needed, of its answer, without
 * their common key. They live until the next is opened. Errors, here and below: -E_CORRUPT, a value
 * that makes no sense there, naming its line. */
int ask_open(struct play *p, struct ask *a, bool calls) MUST_CHECK;
/* How many operations stand behind a call that is open. Once, before the first is taken. */
int64_t ask_count(struct play *p, struct ask *a) MUST_CHECK;
/* The next thing asked, of so many. */
int ask_next(struct play *p, struct ask *of, struct ask *ret) MUST_CHECK;

#endif
