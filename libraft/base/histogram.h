/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often which latency: a log-linear histogram, exact to 1.6 % at any size. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include "base/must.h"

/* Below 64 every value has a bucket of its own; above, each power of two is cut into 64. */
#define HISTOGRAM_FINE_BITS 6
#define HISTOGRAM_FINE      (1u << HISTOGRAM_FINE_BITS)
#define HISTOGRAM_BUCKETS   ((64 - HISTOGRAM_FINE_BITS + 1) * HISTOGRAM_FINE)

/* Plain data; all zero is empty. Invariant: count is the sum of the buckets. */
struct histogram {
    uint64_t count;
    uint64_t max;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t value);

/* The value that the given share (0..1) of all values does not exceed: the nearest rank, as the
 * top of its bucket but never above the largest value. 0 when empty. */
uint64_t histogram_at(const struct histogram *h, double share);

/* The largest value that falls into a bucket. */
uint64_t histogram_top(unsigned bucket);

#endif
