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

/* Three voters; and the steps after which $l is a leader that nobody disputes. */
#define SIMRUN_CLUSTER \
    "\"voters\":3,\"config\":{\"election_timeout\":\"200ms..400ms\",\"heartbeat\":\"50ms\"}"
#define SIMRUN_LEADER \
    "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"10s\",\"as\":\"l\"},"
/* Runs these steps there, behind those, once with each of the seeds 1..seeds. Fails the test unless
 * they came true every time; not wanted: never. */
void simrun_comes_true(const char *steps, const char *rest, uint64_t seeds, bool wanted);

/* Fails the test unless every step was done and the run left true time alone. */
void simrun_assert_done(const struct simrun *r);
/* What a file of the run holds, as text; the caller frees it. */
char *simrun_file(const struct simrun *r, const char *name);
/* Deletes what the run left. */
void simrun_close(struct simrun *r);

#endif
