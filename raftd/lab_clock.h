/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clocks of the process where a laboratory bends them: the one that the node lives by, and the
 * wall clock; the host's, seen through a model (base/host_clock.h) that the laboratory says. */
#ifndef RAFTD_LAB_CLOCK_H
#define RAFTD_LAB_CLOCK_H

#include "base/host_clock.h"

struct lab_parts;
struct lab_words;
struct err;

/* All-zero: it is the host's. */
struct lab_clock {
    bool bent; /* the model counts */
    struct host_clock model;
    uint64_t shown_ns; /* by the model, at last: it never goes back, whatever it is told; not of a
                        * wall clock */
};

/* What it shows at that moment of the host's clock. */
uint64_t lab_clock_read(struct lab_clock *c, uint64_t host_ns);
/* The moment of the host's clock at which it will show shown_ns or more; UINT64_MAX: never. */
uint64_t lab_clock_when(const struct lab_clock *c, uint64_t shown_ns);

/* What a wall clock shows when the host's shows wall_ns, since 1970. */
uint64_t lab_clock_wall(const struct lab_clock *c, uint64_t host_ns, uint64_t wall_ns);

/* clock at=T shown=T owed=NS rate=PPM frozen=no|yes: the whole state of the model, as it was at
 * `at` of the host's clock, which is not in the future. wall: the same of the wall clock. */
int lab_clock_command(const struct lab_parts *parts, struct lab_words *w, struct err *e) MUST_CHECK;
int lab_clock_wall_command(const struct lab_parts *parts, struct lab_words *w,
                           struct err *e) MUST_CHECK;

#endif
