/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seeded, splittable randomness (xoshiro256**): one named stream per purpose, no global state. */
#ifndef BASE_PRNG_H
#define BASE_PRNG_H

#include "base/must.h"

/* Plain data: copying it forks the stream. */
struct prng {
    uint64_t s[4];
};

struct prng prng_seed(uint64_t seed);
/* A stream of its own for one purpose; equal seed and name give the equal stream, and drawing
 * from one stream never moves another. */
struct prng prng_named(uint64_t seed, const char *name);

uint64_t prng_u64(struct prng *p);
/* Uniform in [0, bound), without bias; bound > 0. */
uint64_t prng_below(struct prng *p, uint64_t bound);
/* Uniform in [low, high); low < high. */
uint64_t prng_between(struct prng *p, uint64_t low, uint64_t high);
/* Uniform in [0, 1) with 53 bits. */
double prng_unit(struct prng *p);
/* True with the given probability (0..1). Always draws, so that streams stay aligned. */
bool prng_chance(struct prng *p, double probability);

/* The finalizer of splitmix64: a good mix of one word. */
uint64_t prng_mix(uint64_t x);

#endif
