/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults nobody wrote: one of an alphabet of actions, with parameters drawn, as the text of a step.
 * Every fault drawn ends by itself: whoever is killed or stopped starts again. */
#ifndef SCENARIO_FUZZ_H
#define SCENARIO_FUZZ_H

#include "base/buf.h"
#include "base/prng.h"
#include "emulator/scenario/model.h"

#define SCENARIO_FUZZ_OPEN_MAX 16 /* faults at once */

/* Whether there is something to draw of it. */
bool scenario_fuzz_can(enum action_id action);
/* Whom it happens to must leave somebody out: links lead from them to the rest. */
bool scenario_fuzz_needs_rest(enum action_id action);
/* It happens to nobody in particular, and harms no node. */
bool scenario_fuzz_is_harmless(enum action_id action);

/* For whom and how long at most. */
struct scenario_fuzz {
    nodeset who;    /* not empty */
    uint64_t et_ns; /* the lower end of the election timeout */
    uint64_t ns;    /* no fault lasts longer; at least a microsecond */
};

/* Appends `"net.cut":{…},"for":"120ms"`, the members of a step. Returns how long it lasts, at most
 * f->ns. Precondition: scenario_fuzz_can(action). */
uint64_t scenario_fuzz_draw(enum action_id action, const struct scenario_fuzz *f, struct prng *rnd,
                            struct buf *out);

#endif
