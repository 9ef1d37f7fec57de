/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a well-formed scenario can still get wrong, and what a world cannot do for it. */
#ifndef SCENARIO_LINT_H
#define SCENARIO_LINT_H

#include "emulator/scenario/parse.h"

/* 0, or -E_UNSUPPORTED: the step says something that a world would ignore. */
typedef int lint_refusal(const struct scenario_step *step, struct err *e);

/* What a world can do. Everything not in here is said before anything starts. */
struct lint_world {
    const char *name;      /* "live": used in sentences */
    enum world_id id;      /* WORLD_sim or WORLD_live */
    uint64_t capabilities; /* bit CAP_x */
    /* The same with nodes of that system, which is not raftd; NULL: it has none of those. */
    uint64_t (*others)(const char *sut);
    uint64_t checkers;    /* bit CHECKER_x; UINT64_MAX = do not ask */
    uint64_t coverage;    /* bit COVERAGE_x; UINT64_MAX = do not ask */
    lint_refusal *refuse; /* further words of single steps; NULL: none */
};
/* Bit CAP_x: what it can do with the nodes of that scenario. */
uint64_t lint_world_capabilities(const struct lint_world *w, const struct scenario *s);

/* Adds errors and warnings to src->diags; s must have come from src. world may be NULL: then only
 * the scenario itself is judged. Returns the number of errors added. */
size_t scenario_lint(const struct scenario *s, struct scenario_source *src,
                     const struct lint_world *world);

/* Bit CAP_x for all a world must be able to do to run it: `needs` of the file, and what its steps
 * ask for. */
uint64_t scenario_needs(const struct scenario *s);

#endif
