/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a run failed, and whether another failed the same way: the check that decided its verdict is
 * the same, or, where the run itself died, its last words are. */
#ifndef EMULATOR_FAILURE_H
#define EMULATOR_FAILURE_H

#include "emulator/trials/sweep.h"

enum failure_kind {
    FAILURE_NONE,  /* passed, vacuous, unknown, or cannot run: nothing was shown */
    FAILURE_CHECK, /* a check is violated */
    FAILURE_DIED,  /* the run broke off: an assertion, a signal */
};

struct failure {
    enum failure_kind kind;
    char what[SWEEP_SENTENCE_MAX]; /* the check's name, or the last words */
};

/* exit_code and sentence as in a sweep's report: "CHECK: what happened". */
struct failure failure_of(int exit_code, const char *sentence);
bool failure_same(const struct failure *a, const struct failure *b);

/* A failure that shows in some runs only counts when fails of runs do. More runs are wanted until
 * that is decided, and no longer. */
enum failure_votes { VOTES_OPEN, VOTES_FAILS, VOTES_PASSES };
enum failure_votes failure_votes(unsigned failed, unsigned passed, unsigned runs, unsigned fails);

#endif
