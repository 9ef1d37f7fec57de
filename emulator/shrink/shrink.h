/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a scenario that fails to a smaller one that fails the same way. What "fails the same way"
 * means, and in which world, is the oracle's business. */
#ifndef EMULATOR_SHRINK_SHRINK_H
#define EMULATOR_SHRINK_SHRINK_H

#include "emulator/scenario/lint.h"

/* What a run of a scenario that fails was like. */
struct shrink_hit {
    size_t which;  /* of the scenarios asked about */
    uint64_t seed; /* with which it fails */
    uint64_t virtual_ns;
    uint64_t operations; /* of clients */
};

struct shrink_oracle {
    void *arg;
    /* Whether one of the scenarios fails the same way, with `seed` or one of those that follow from
     * it: tried in order, scenario by scenario and seed by seed, so that the answer is always the
     * same. 1: *ret is the first that fails; 0: none; negative: no more questions, and why in e. */
    int (*first)(void *arg, const struct scenario *const *list, size_t count, uint64_t seed,
                 struct shrink_hit *ret, struct err *e);
};

struct shrink_size {
    size_t steps, nodes, clients, config_keys;
    size_t values; /* in the resolved file */
    uint64_t operations, virtual_ns;
};

struct shrink_options {
    struct shrink_oracle oracle;
    const struct lint_world *world;
    /* After each gain; what: "steps", "nodes", … Optional. */
    void (*say)(void *arg, const char *what, const struct shrink_size *now);
    void *say_arg;
};

struct shrink_result {
    struct buf text; /* the scenario's file; the caller's to free, empty if it does not fail */
    uint64_t seed;   /* also in the file */
    struct shrink_size before, after;
    bool whole;     /* nothing more can be taken away; false: the oracle stopped before */
    uint64_t tried; /* scenarios asked about */
};

/* The scenario is borrowed. 1: *ret is smaller or as it was; 0: the scenario itself does not fail,
 * and text is empty. Negative: the oracle's error before the first answer, or -E_INVALID: the
 * scenario is refused. When the oracle stops later, the best so far is the result. */
int shrink(const struct shrink_options *o, const struct scenario *s, uint64_t seed,
           struct shrink_result *ret, struct err *e) MUST_CHECK;

/* The text of a scenario with other words about itself, as scenario_print has them. */
void shrink_retell(const struct buf *text, const char *name, const char *why, const char *origin,
                   struct buf *ret);

#endif
