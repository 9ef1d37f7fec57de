/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking again, as long as there is time for an answer. */
#ifndef RAFTCTL_PATIENCE_H
#define RAFTCTL_PATIENCE_H

#include "base/units.h"
#include "raftctl/verbs.h"

/* A wait that is no longer needs no word. */
#define PATIENCE_SILENT_NS (3 * NS_PER_S)

/* The time that a verb was given, and the attempt under way. Monotonic nanoseconds. */
struct patience {
    uint64_t timeout_ns, deadline_ns;
    uint64_t began_ns;
};

/* All of the verb's time, from now on. */
struct patience patience_new(const struct ctl *ctl);

/* An attempt begins; what is left of the time, 1 at least. */
uint64_t patience_begin(struct patience *p);

/* Rests a moment and returns true, if there is time for another attempt; false at once if not, or
 * if it is to stop. One that begins with hardly any time left gets no answer, which would say less
 * than the one before did, and of a command leaves open whether it was done. */
bool patience_again(const struct patience *p);

#endif
