/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of a scenario in reading order, nested ones included, with a guess at when they start.
 */
#ifndef SCENARIO_WALK_H
#define SCENARIO_WALK_H

#include "emulator/scenario/model.h"

struct walk {
    /* Called before a step's own nested steps; depth counts from 0. early_ns: the step cannot start
     * before; likely_ns: with a guess at every wait. Both since all nodes were started; of
     * repeated steps it is the first round. */
    void (*visit)(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                  uint64_t likely_ns, void *arg);
    void *arg;
};

/* Returns the likely end. */
uint64_t scenario_walk(const struct scenario *s, const struct walk *w);

/* The same, for those whom neither depth nor times concern. */
void scenario_each_step(const struct scenario *s,
                        void (*visit)(const struct scenario_step *step, void *arg), void *arg);

#endif
