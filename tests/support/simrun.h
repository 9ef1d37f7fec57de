/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario given as text, run in virtual time in a directory of its own. */
#ifndef TESTS_SUPPORT_SIMRUN_H
#define TESTS_SUPPORT_SIMRUN_H

#include "emulator/sim/sim.h"

#include <limits.h>

struct simrun {
    char dir[64];
    struct sim_outcome outcome;
};

/* steps: what stands between the brackets of "steps"; cluster: inside its braces; rest: after the
 * steps, with its comma, or "". Fails the test unless the scenario is right and the world can do
 * it; whether its steps came true is for the test to judge. */
void simrun(struct simrun *r, uint64_t seed, const char *cluster, const char *steps,
            const char *rest);
/* Fails the test unless every step was done and the run left true time alone. */
void simrun_assert_done(const struct simrun *r);
/* What a file of the run holds, as text; the caller frees it. */
char *simrun_file(const struct simrun *r, const char *name);
/* Deletes what the run left. */
void simrun_close(struct simrun *r);

#endif
