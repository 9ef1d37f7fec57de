/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person sees of a run: a line an event while it goes on, then the verdict. */
#ifndef EMULATOR_PROGRESS_H
#define EMULATOR_PROGRESS_H

#include "emulator/judging/judge.h"

struct progress_options {
    bool quiet; /* verdicts only */
};

/* "[4/4] split-brain-5   seed 0x… · 5 nodes · 8 clients · carrier …" */
void progress_head(const struct progress_options *o, const struct scenario *s, uint64_t seed);
/* A live_options.say. arg: struct progress_options. */
void progress_say(void *arg, uint64_t t_ns, const char *text);

/* Counted over all runs of one command. */
struct tally {
    uint64_t passed;
    uint64_t failed;  /* violated, unknown, or vacuous though asked for */
    uint64_t skipped; /* had nothing to compare and was not asked for */
};

/* A check: its verdict, its explanation, the events it names. */
void progress_result(const struct check_result *res, struct tally *tally);
/* The verdict lines; adds to tally. carrier may be NULL; began_ns: the clock of the traces at 0.0s.
 */
void progress_verdict(const struct judgement *j, const char *carrier, uint64_t began_ns,
                      struct tally *tally);
/* Where the result is, if it is kept (r->dir is not empty), and how to see it again: given is the
 * scenario as the user named it, command "run" or "sim", net the carrier asked for or NULL.
 * violated: a check is, which can be shrunk. */
void progress_tail(const struct scenario *s, const char *given, const char *command,
                   const char *net, const struct results *r, uint64_t seed, bool passed,
                   bool violated);
/* "N passed, N failed, N skipped", alone on the last line. */
void progress_tally(const struct tally *tally);

#endif
