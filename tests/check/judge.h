/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A short trace and what is known beside it go in, the judges' word comes out as text. */
#ifndef CHECK_JUDGE_H
#define CHECK_JUDGE_H

#include "base/buf.h"
#include "emulator/check/check.h"

#define JUDGE_WANTS_MAX 4

/* An expectation of the scenario. */
struct judge_want {
    char name[32];
    char text[32];   /* borrowed by params */
    const char *who; /* a node */
    struct check_params params;
};

/* Everything about one run. Zero it; judge_free it. */
struct judge {
    struct buf lines; /* the trace as NDJSON */
    struct check_facts facts;
    struct judge_want wants[JUDGE_WANTS_MAX];
    size_t wants_count;
    bool tell_idle; /* name the checkers that had nothing to compare */
};

void judge_free(struct judge *j);

/* Appends to out, for every checker that is not content, its name and sentence, its explanation and
 * the events it names; when the first violation was known; and for what was wanted the verdict in
 * any case. Nothing: all is well. Fails on a trace that cannot be read, and on a verdict that does
 * not say what happened. */
int judge_run(const struct judge *j, struct buf *out, struct err *e) MUST_CHECK;

#endif
