/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/lease.h"

#define PPM 1000000u
/* Longer promises are not relied on; it keeps the products below 2^63. */
#define HOLD_NS_MAX 3600000000000u

/* The promise lasts hold / (1 + drift) of true time at least, and an interval of that much true
 * time is shown by this clock as at least that times (1 - drift). */
uint64_t lease_expiry(uint64_t start_ns, uint64_t hold_ns, uint64_t drift_ppm)
{
    ASSERT(drift_ppm < LEASE_DRIFT_PPM_MAX);
    uint64_t hold = hold_ns < HOLD_NS_MAX ? hold_ns : HOLD_NS_MAX;
    return start_ns + hold * (PPM - drift_ppm) / (PPM + drift_ppm);
}

uint64_t lease_value(struct quorum latest, struct quorum committed, const uint64_t *expiries)
{
    uint64_t a = quorum_value(latest, expiries), b = quorum_value(committed, expiries);
    return a < b ? a : b;
}

uint64_t lease_until(const struct raft *r)
{
    uint64_t expiries[LIMIT_MEMBERS];
    if (!r->lease_reads || r->lease_forbidden || r->role != RAFT_LEADER)
        return 0;
    for (uint32_t i = 0; i < r->slots_end; i++) {
        const struct progress *p = &r->progress[i];
        bool promised = p->id != 0 && p->promise_ns != 0;
        expiries[i] = promised ? lease_expiry(p->promise_ns, p->hold_ns, r->clock_drift_ppm) : 0;
        if (p->id == r->self)
            expiries[i] = RAFT_NEVER; /* it votes for nobody without leaving office first */
    }
    return lease_value(r->quorum, r->quorum_committed, expiries);
}

bool lease_holds(const struct raft *r, uint64_t now_ns)
{
    return r->role == RAFT_LEADER && r->commit >= r->noop_index && now_ns < lease_until(r);
}

static void ended(struct turn *t)
{
    t->r->lease_held = false;
    turn_reason(t, RAFT_BECAUSE_LEASE_ENDED, 0, t->r->term, 0);
}

void lease_note(struct turn *t)
{
    struct raft *r = t->r;
    uint64_t until = lease_until(r);
    bool held = t->now < until && until != RAFT_NEVER;
    if (r->lease_held && !held) {
        ended(t);
    } else if (!r->lease_held && held) {
        r->lease_held = true;
        turn_reason(t, RAFT_BECAUSE_LEASE_TAKEN, 0, until, 0);
    }
}

void lease_forbid(struct turn *t)
{
    t->r->lease_forbidden = true;
    lease_note(t);
}

void lease_clear(struct turn *t)
{
    if (t->r->lease_held)
        ended(t);
    t->r->lease_forbidden = false;
}
