/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leader leases: while a quorum has promised to vote for nobody, nobody else can lead, and a read
 * needs no round. They hold only if no clock's rate is off by more than was said. T 6.4.1. */
#ifndef CORE_LEASE_H
#define CORE_LEASE_H

#include "core/state.h"

/* Clock rates that are off by half measure nothing: below this many parts per million. */
#define LEASE_DRIFT_PPM_MAX 500000u

/* When a promise of hold_ns, given after start_ns on this clock, has ended for the one who gave it:
 * not before the returned moment of this clock. */
uint64_t lease_expiry(uint64_t start_ns, uint64_t hold_ns, uint64_t drift_ppm);

/* When the first of these promises (by slot) ends without which an election could be won, under
 * either configuration. */
uint64_t lease_value(struct quorum latest, struct quorum committed, const uint64_t *expiries);

/* Nobody else can lead before this moment; 0: no lease. RAFT_NEVER: alone it is a quorum. */
uint64_t lease_until(const struct raft *r);

/* A read may be answered now at the commit index. */
bool lease_holds(const struct raft *r, uint64_t now_ns);

/* A member is told to campaign: whoever asks at its behest overrides all promises, and the message
 * may arrive late. No lease for the rest of the term. */
void lease_forbid(struct turn *t);

/* Says so when the lease has begun or ended since it was looked at last. */
void lease_note(struct turn *t);

/* Leadership ends, and the lease with it; the next term begins without one. */
void lease_clear(struct turn *t);

#endif
