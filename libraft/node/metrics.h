/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is counted while a node runs, for those who watch it from outside. */
#ifndef NODE_METRICS_H
#define NODE_METRICS_H

#include "base/must.h"

#define METRICS_BUCKETS 13 /* beside the one without a bound */

struct latency {
    uint64_t buckets[METRICS_BUCKETS + 1]; /* how many took at most so long, each once */
    uint64_t count;
    uint64_t sum_ns;
};

struct metrics {
    struct latency writes; /* answered OK, of own clients: from arrival to answer */
    struct latency reads;
    uint64_t outcomes[4]; /* by enum peer_outcome, of own clients' data commands */
    uint64_t leader_changes;
    uint64_t ticks; /* entries appended here for the clock alone */
};

struct node;
struct request;

void metrics_answered(struct node *n, const struct request *r);

#endif
