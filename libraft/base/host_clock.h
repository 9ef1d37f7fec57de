/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A host's clock and true time: what the one shows at a moment of the other, and when the one will
 * have come to a moment. A monotonic one never goes back, whatever is done to it: set back, it
 * stands until it would have come to where it stands. */
#ifndef BASE_HOST_CLOCK_H
#define BASE_HOST_CLOCK_H

#include "base/must.h"

/* A million of these is the right rate. */
#define HOST_CLOCK_PPM 1000000

/* Invariant: rate_ppm > -HOST_CLOCK_PPM. */
struct host_clock {
    uint64_t at_ns;    /* true time of the last change */
    uint64_t shown_ns; /* what it showed then */
    uint64_t owed_ns;  /* so much of its time has to pass then before it moves again */
    int64_t rate_ppm;  /* how much too fast it runs */
    bool frozen;
};

/* A right one that shows shown_ns at now_ns. All times below, but what a clock shows, are true
 * time, and now_ns is never before that of an earlier call. */
struct host_clock host_clock_new(uint64_t now_ns, uint64_t shown_ns);

uint64_t host_clock_read(const struct host_clock *c, uint64_t now_ns);
/* The first moment at which it shows shown_ns or more, if nothing is done to it until then; not
 * before its last change. UINT64_MAX: it never will. */
uint64_t host_clock_when(const struct host_clock *c, uint64_t shown_ns);

/* Ahead by by_ns, or back. */
void host_clock_jump(struct host_clock *c, uint64_t now_ns, int64_t by_ns);
/* The same of a wall clock, which does go back; not before 0. */
void host_clock_set(struct host_clock *c, uint64_t now_ns, int64_t by_ns);
/* At this rate from now on, or not at all. */
void host_clock_run(struct host_clock *c, uint64_t now_ns, int64_t rate_ppm, bool frozen);
/* It owes nothing any more: it moves on from where it stands. */
void host_clock_forgive(struct host_clock *c, uint64_t now_ns);
/* Until when it stands because it was set back, if nothing is done to it until then; UINT64_MAX: it
 * never moves. */
uint64_t host_clock_paid(const struct host_clock *c);

#endif
