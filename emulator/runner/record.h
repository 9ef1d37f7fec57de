/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run resolved: every step that was done, when, and on whom by name. Private to runner. */
#ifndef EMULATOR_RUNNER_RECORD_H
#define EMULATOR_RUNNER_RECORD_H

#include "emulator/scenario/model.h"

struct runner;
struct task;

/* Steps as they were done. Each owns its args and their selectors; texts are the scenario's. */
struct record {
    struct scenario_step *steps[SCENARIO_STEPS_MAX]; /* owned; they stay where they are */
    char labels[SCENARIO_STEPS_MAX][48];
    size_t count;
    bool full; /* more was done than a scenario can say */
};

/* Resolves the step's selectors, does what is left, and remembers it. As action_perform. */
int record_perform(struct runner *r, struct task *t, const struct scenario_step *step,
                   uint64_t *ret_nodes, struct err *e) MUST_CHECK;
/* A step that goes on while the next ones are done. */
void record_aside(struct runner *r, struct task *t);
void record_free(struct record *record);

#endif
