/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How late packets left, as a histogram of logarithmic buckets 12 % wide. */
#ifndef NETEM_USER_LATENESS_H
#define NETEM_USER_LATENESS_H

#include "base/must.h"

#define LATENESS_BUCKETS 496 /* 8 a power of two, 62 powers */

/* All zero is empty. */
struct lateness {
    uint64_t buckets[LATENESS_BUCKETS];
    uint64_t count;
    uint64_t max_ns;
};

void lateness_add(struct lateness *l, uint64_t late_ns);
/* The upper end of the bucket below which `share` (0..1) of the values lie; 0 when empty. */
uint64_t lateness_quantile_ns(const struct lateness *l, double share);

#endif
