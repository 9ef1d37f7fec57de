/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/histogram.h"

static unsigned bucket_of(uint64_t value)
{
    if (value < HISTOGRAM_FINE)
        return (unsigned)value;
    unsigned top = 63 - (unsigned)__builtin_clzll(value);
    unsigned shift = top - HISTOGRAM_FINE_BITS;
    return (shift + 1) * HISTOGRAM_FINE + (unsigned)(value >> shift) - HISTOGRAM_FINE;
}

uint64_t histogram_top(unsigned bucket)
{
    if (bucket < HISTOGRAM_FINE)
        return bucket;
    unsigned shift = bucket / HISTOGRAM_FINE - 1;
    uint64_t fine = HISTOGRAM_FINE + bucket % HISTOGRAM_FINE;
    return ((fine + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, uint64_t value)
{
    h->buckets[bucket_of(value)]++;
    h->count++;
    if (value > h->max)
        h->max = value;
}

uint64_t histogram_at(const struct histogram *h, double share)
{
    ASSERT(share >= 0 && share <= 1);
    if (h->count == 0)
        return 0;
    double exact = share * (double)h->count;
    uint64_t rank = (uint64_t)exact;
    rank += (double)rank < exact || rank == 0;
    uint64_t seen = 0;
    for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++) {
        seen += h->buckets[b];
        if (seen >= rank)
            return histogram_top(b) < h->max ? histogram_top(b) : h->max;
    }
    return h->max;
}
