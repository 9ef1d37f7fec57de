/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which steps bend clocks, and which of them beyond what leases are told to bear. */
#ifndef SCENARIO_CLOCKS_H
#define SCENARIO_CLOCKS_H

#include "emulator/scenario/model.h"

/* A clock of this rate stands, and one that is faster than this many times measures nothing. */
#define SCENARIO_CLOCK_PPM_MIN (-1000000)
#define SCENARIO_CLOCK_PPM_MAX 99000000

/* By how much the rate of any clock may be off: the least max_clock_drift of the nodes. */
uint64_t scenario_clock_drift_ppm(const struct scenario *s);
bool scenario_lease_reads(const struct scenario *s); /* a node grants them */
/* It does to a clock what no bound on its rate covers: leases promise nothing from then on. */
bool scenario_clock_beyond(const struct scenario *s, const struct scenario_step *step);

struct scenario_clocks {
    bool faults;                        /* a step bends clocks */
    const struct scenario_step *beyond; /* the first one beyond what leases bear; or NULL */
};
struct scenario_clocks scenario_clocks_of(const struct scenario *s);

#define SCENARIO_CLOCKS_TEXT_MAX 128
/* "step 3, clock.jump, is beyond the 100000ppm that leases bear". NULL: nothing is, or nobody
 * grants leases. Returns out. */
const char *scenario_clocks_beyond(const struct scenario *s, char out[SCENARIO_CLOCKS_TEXT_MAX]);

#endif
