/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the passes share: candidates are made from `base`, and the first that fails is the new
 * `best`. Private to shrink. */
#ifndef SHRINK_ATTEMPT_H
#define SHRINK_ATTEMPT_H

#include "emulator/shrink/draft.h"
#include "emulator/shrink/memo.h"
#include "emulator/shrink/shrink.h"

struct shrink {
    const struct shrink_options *o;
    struct draft base; /* as a pass found it: stays until the pass ends, and its values with it */
    struct draft best; /* the newest that fails */
    struct shrink_hit run; /* of best */
    struct memo memo;
    uint64_t tried;
    uint64_t gains;
    struct err stopped; /* why the oracle stopped; code 0: it did not */
};

/* A candidate: base with these changes, which the caller owns. */
struct attempt {
    const struct draft_edit *edits;
    size_t count;
};

/* What a candidate must have won to be worth a run. Each pass has one, so that no two passes can
 * undo each other for ever. */
enum attempt_gain {
    GAIN_VALUES, /* fewer values in the file */
    GAIN_SIZE,   /* no more values, and something in it smaller: the pass knows what */
};

/* 1: attempts[*ret] is the first that fails, and now best; 0: none does; negative: the oracle
 * stopped. Candidates that are refused, the same as best, or known not to fail cost nothing. what:
 * for the progress line. */
int attempt_first(struct shrink *s, const char *what, enum attempt_gain gain,
                  const struct attempt *attempts, size_t count, size_t *ret) MUST_CHECK;

/* Makes best the base. Values of the old one are gone. */
void attempt_rebase(struct shrink *s);

/* Sizes of best. */
struct shrink_size attempt_size(const struct shrink *s);

/* A list of values of the base. */
struct values {
    const struct json **items;
    size_t count;
};
void values_add(struct values *list, const struct json *v);
void values_free(struct values *list);

/* The steps of a list of steps (the value "steps"), level 0, or of all lists at that level inside:
 * level 1 is what stands in a repeat or a branch, and so on. */
void values_steps(const struct json *root, unsigned level, struct values *list);

/* ---- passes: each from base to best; 0, or the oracle's negative ---- */

/* Expectations, coverage, end conditions: what is judged beside what fails. */
int pass_ends(struct shrink *s) MUST_CHECK;
/* Steps, level by level. */
int pass_steps(struct shrink *s) MUST_CHECK;
/* Everything else that can be left out, level by level. */
int pass_members(struct shrink *s) MUST_CHECK;
/* Fewer nodes; names of those that are gone become names of others. */
int pass_nodes(struct shrink *s) MUST_CHECK;
/* Steps in place of the repeat, branch or choice around them. */
int pass_unwrap(struct shrink *s) MUST_CHECK;
/* Shorter times, smaller numbers. */
int pass_values(struct shrink *s) MUST_CHECK;

#endif
