/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/user/lateness.h"

/* Values below 8 have a bucket each; above, the three bits behind the leading one choose among the
 * eight buckets of their power of two. */
static unsigned bucket_of(uint64_t ns)
{
    if (ns < 8)
        return (unsigned)ns;
    unsigned power = 63u - (unsigned)__builtin_clzll(ns);
    return (power - 2) * 8 + (unsigned)(ns >> (power - 3) & 7);
}

static uint64_t bucket_end_ns(unsigned bucket)
{
    if (bucket < 8)
        return bucket;
    unsigned power = bucket / 8 + 2;
    return ((8ull + bucket % 8 + 1) << (power - 3)) - 1;
}

void lateness_add(struct lateness *l, uint64_t late_ns)
{
    l->buckets[bucket_of(late_ns)]++;
    l->count++;
    if (late_ns > l->max_ns)
        l->max_ns = late_ns;
}

uint64_t lateness_quantile_ns(const struct lateness *l, double share)
{
    double wanted = share * (double)l->count;
    uint64_t seen = 0;
    if (l->count == 0)
        return 0;
    for (unsigned b = 0; b < LATENESS_BUCKETS; b++) {
        seen += l->buckets[b];
        if (seen > 0 && (double)seen >= wanted)
            return bucket_end_ns(b) < l->max_ns ? bucket_end_ns(b) : l->max_ns;
    }
    return l->max_ns;
}
