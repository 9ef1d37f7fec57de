/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clocks of a run's hosts, and the faults that steps do to them: each runs as the newest fault
 * wants it that is in force for it. */
#ifndef EMULATOR_CLOCKS_H
#define EMULATOR_CLOCKS_H

#include "base/host_clock.h"
#include "emulator/runner/world.h"

#define CLOCK_RULES_MAX 64

/* A fault of clocks in force. Invariant: number 0 = free. */
struct clock_rule {
    uint64_t number;
    nodeset nodes;
    struct world_clock what;
    bool ahead; /* strobe: it jumps back next */
};

struct clocks {
    unsigned nodes_count;
    struct host_clock of[LIMIT_MEMBERS]; /* whoever opens this makes them */
    struct clock_rule rules[CLOCK_RULES_MAX];
    uint64_t numbers;
    bool wall; /* they are wall clocks: set back, they show what they have shown */
    /* Told when a clock runs otherwise than before. */
    void (*changed)(void *arg, unsigned node);
    void *arg;
};

/* Of all calls, now_ns is never before that of an earlier one. A strobe jumps at once, and then at
 * each clocks_strobe, which is due period_ns later. Errors: -E_LIMIT. */
int clocks_add(struct clocks *c, uint64_t now_ns, nodeset nodes, const struct world_clock *fault,
               uint64_t *ret_number, struct err *e) MUST_CHECK;
/* Of a strobe: it jumps. False: it has ended. */
bool clocks_strobe(struct clocks *c, uint64_t now_ns, uint64_t number);
/* Until when a clock is not right because of it; UINT64_MAX: it does not end by itself; 0: over. */
uint64_t clocks_until(const struct clocks *c, uint64_t number);
/* These nodes are out of it, and go on at the right rate from what they show. */
void clocks_remove(struct clocks *c, uint64_t now_ns, uint64_t number, nodeset nodes);
/* NULL: it is over. */
const struct clock_rule *clocks_rule(const struct clocks *c, uint64_t number);

#endif
