/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run resolved: every step that was done, when, and on whom by name. Private to runner. */
#ifndef EMULATOR_RUNNER_RECORD_H
#define EMULATOR_RUNNER_RECORD_H

#include "emulator/scenario/model.h"

struct runner;
struct task;

/* A step as it was done. It owns its args and their selectors; texts are the scenario's. */
struct recorded {
    struct scenario_step step;
    struct scenario_condition when; /* of one that came before its event: what it waited for */
    bool waits;                     /* … and it has not come yet */
    bool failed;                    /* it was not done */
    char label[48];
};

struct record {
    struct recorded *steps[SCENARIO_STEPS_MAX]; /* owned; they stay where they are */
    size_t count;
    bool full; /* more was done than a scenario can say */
};

/* A step begins to wait for an event of these nodes, before the consequence of which it comes: if
 * it is done, that begins here. NULL: the record is full. */
struct recorded *record_reserve(struct runner *r, const struct scenario_step *step, nodeset nodes);
/* Resolves the step's selectors, does what is left, and remembers it. As action_perform. */
int record_perform(struct runner *r, struct task *t, const struct scenario_step *step,
                   nodeset *ret_nodes, struct err *e) MUST_CHECK;
/* A step that goes on, or waits for its moment, while the next ones are done. False: there is no
 * room for it, so they wait. */
bool record_aside(struct runner *r, struct task *t);
/* Its values, their selectors and its children, which are owned; texts are the scenario's. Depth:
 * SCENARIO_NEST_MAX. */
void record_condition_free(struct scenario_condition *c);
void record_free(struct record *record);

#endif
