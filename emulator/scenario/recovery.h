/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a cluster may take to work again once nothing hinders it any more. */
#ifndef SCENARIO_RECOVERY_H
#define SCENARIO_RECOVERY_H

#include "emulator/scenario/model.h"

/* Within which a leader with a committed entry of its own term must be there, as long as a quorum
 * is connected and its disks and clocks work: longer only once in a million cases. Units: ns.
 * Source: R-INV-27. */
uint64_t scenario_recovery_ns(const struct scenario *s);

/* The nodes that shall recover while the others stay broken: `core` of the expectation `recovers`;
 * NULL: there is no such phase. */
const struct selectors *scenario_core(const struct scenario *s);
/* Within which they must: `within` of `recovers`, else scenario_recovery_ns. */
uint64_t scenario_core_within_ns(const struct scenario *s);
/* The same for the whole cluster, once every fault is over: here a client has to write, and may
 * have to give up an older question first. */
uint64_t scenario_within_ns(const struct scenario *s);

#endif
