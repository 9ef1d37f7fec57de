/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether round trip and sync together are short beside the election timeout, as Raft needs ("the
 * broadcast time should be an order of magnitude less", thesis 3.9): at a leader, the time from an
 * append to its commit. R-TIME-3. */
#ifndef NODE_PACE_H
#define NODE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_WAITING 64  /* appends under way that are timed; more are not */
#define PACE_SAMPLES 500 /* in one judgement: enough for a 99th percentile */

/* All zero is a good beginning. Invariants: waiting holds rising indexes; slow <= samples. */
struct pace {
    struct {
        uint64_t index;
        uint64_t at_ns;
    } waiting[PACE_WAITING];
    unsigned waiting_count;
    unsigned samples;
    unsigned slow;          /* of them, longer than the limit */
    unsigned slow_permille; /* of the last whole judgement */
};

/* A new leader begins anew; what waits now will not be its own to time. */
void pace_restart(struct pace *p);
/* Entries up to index were appended at now_ns. Precondition: index rises. */
void pace_appended(struct pace *p, uint64_t index, uint64_t now_ns);
/* Everything up to commit is committed. True: PACE_SAMPLES appends have been judged, and more than
 * one in a hundred took longer than limit_ns. */
bool pace_committed(struct pace *p, uint64_t commit, uint64_t now_ns, uint64_t limit_ns);

#endif
