/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was done to a lab, in its order and with its times: steps of the scenario language. */
#ifndef LAB_DEEDS_H
#define LAB_DEEDS_H

#include "emulator/scenario/by_hand.h"
#include "emulator/scenario/model.h"

/* One of them. Invariant: parsed has exactly one step. */
struct lab_deed {
    struct scenario *parsed; /* owned: the runner borrows its step as long as the lab lives */
    uint64_t at_ns;          /* since all nodes were started */
    bool went_on;            /* it took its time, and others were done meanwhile, perhaps */
    bool done;               /* else it came to nothing, and is not recorded */
};

/* A scenario says no more than SCENARIO_STEPS_MAX steps, and neither does a lab. */
struct lab_deeds {
    struct lab_deed *items; /* owned */
    size_t count, cap;
};

/* Takes the step on, as done. Errors: -E_LIMIT. */
int lab_deeds_add(struct lab_deeds *d, struct scenario *parsed, uint64_t at_ns,
                  struct err *e) MUST_CHECK;
/* Everything is undone at that time: a fault that has no end of its own, and no step that would end
 * it, gets one there. */
void lab_deeds_healed(struct lab_deeds *d, uint64_t at_ns);
void lab_deeds_free(struct lab_deeds *d);

/* What was done, as a scenario with the same cluster: every step at its time, and the end at
 * now_ns. Errors: -E_NOTFOUND (nothing was done), -E_INVALID (no scenario can say it). */
int lab_deeds_record(const struct lab_deeds *d, const struct scenario *base, uint64_t now_ns,
                     struct buf *out, struct err *e) MUST_CHECK;

#endif
