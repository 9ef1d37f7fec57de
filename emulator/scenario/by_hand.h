/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One step of somebody beside a run, from its JSON: read, checked and complained about by the
 * language's own parser and lint. */
#ifndef SCENARIO_BY_HAND_H
#define SCENARIO_BY_HAND_H

#include "emulator/scenario/lint.h"

/* What is wrong with it. */
struct by_hand_fault {
    struct place at; /* in the JSON; DIAG_NOWHERE: in none of its words */
    char hint[128];  /* what would be right; or "" */
};

/* The step as a scenario of its own, with the members and clients of s and this as its only step,
 * owned by the caller. Errors: -E_INVALID, -E_UNSUPPORTED (the world cannot do it), both with a
 * sentence in e, and what can be said besides in *ret_fault. */
int scenario_by_hand(const struct scenario *s, const char *json, const struct lint_world *world,
                     struct scenario **ret, struct by_hand_fault *ret_fault,
                     struct err *e) MUST_CHECK;

#endif
