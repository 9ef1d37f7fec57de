/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/prng.h"

uint64_t prng_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct prng prng_seed(uint64_t seed)
{
    struct prng p;
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15u;
        p.s[i] = prng_mix(seed);
    }
    return p;
}

struct prng prng_named(uint64_t seed, const char *name)
{
    for (; *name != '\0'; name++)
        seed = prng_mix(seed ^ (uint8_t)*name);
    return prng_seed(seed);
}

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t prng_u64(struct prng *p)
{
    uint64_t result = rotl(p->s[1] * 5, 7) * 9;
    uint64_t t = p->s[1] << 17;
    p->s[2] ^= p->s[0];
    p->s[3] ^= p->s[1];
    p->s[1] ^= p->s[2];
    p->s[0] ^= p->s[3];
    p->s[2] ^= t;
    p->s[3] = rotl(p->s[3], 45);
    return result;
}

uint64_t prng_below(struct prng *p, uint64_t bound)
{
    ASSERT(bound > 0);
    uint64_t threshold = -bound % bound; /* values below it would be drawn once too often */
    for (;;) {
        uint64_t x = prng_u64(p);
        if (x >= threshold)
            return x % bound;
    }
}

uint64_t prng_between(struct prng *p, uint64_t low, uint64_t high)
{
    ASSERT(low < high);
    return low + prng_below(p, high - low);
}

double prng_unit(struct prng *p)
{
    return (double)(prng_u64(p) >> 11) * 0x1.0p-53;
}

bool prng_chance(struct prng *p, double probability)
{
    return prng_unit(p) < probability;
}
