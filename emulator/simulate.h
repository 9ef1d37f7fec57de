/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One seed of one scenario in virtual time, from an empty directory to a judged one: what the
 * commands that simulate have in common. */
#ifndef EMULATOR_SIMULATE_H
#define EMULATOR_SIMULATE_H

#include "emulator/judge.h"
#include "emulator/scenario/model.h"
#include "emulator/sim/sim.h"

/* All borrowed. */
struct simulation {
    const struct scenario *scenario;
    const char *runs; /* where simulate makes results; NULL: it is there, and empty */
    uint64_t seed;
    void (*say)(void *arg, uint64_t t_ns, const char *text);
    void *say_arg;
    const struct sim_watch *watch; /* or NULL */
    struct results results;
};

/* Makes the directory and runs the scenario in it. Errors as of sim_run and results_create; what
 * was made of the directory then stays, for the caller to remove: dir is empty if nothing was. */
int simulate(struct simulation *run, struct sim_outcome *ret, struct err *e) MUST_CHECK;

/* Writes what a run is into its directory: the scenario, and then (out is not NULL) run.json. */
int simulate_write(const struct simulation *run, const struct sim_outcome *out,
                   struct err *e) MUST_CHECK;

/* Judges what simulate left. *ret is freed with judgement_free. Errors: no verdict. */
int simulate_judge(const struct simulation *run, const struct sim_outcome *out,
                   struct judgement *ret, struct err *e) MUST_CHECK;

#endif
