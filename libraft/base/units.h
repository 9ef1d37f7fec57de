/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durations, sizes, rates and shares: constants, parsing ("150ms", "64KiB", "10%"), printing. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include "base/must.h"

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull
#define KIB       1024ull
#define MIB       (1024ull * KIB)

/* Every parser takes the whole string, refuses a bare number where a unit is needed, negative
 * values and overflow, and returns 0 or -E_INVALID; *ret is untouched on failure.
 * Fractions are accepted ("1.5s"), signs and spaces are not. */
int units_duration(const char *text, uint64_t *ret_ns) MUST_CHECK;     /* ns us ms s m h */
int units_size(const char *text, uint64_t *ret_bytes) MUST_CHECK;      /* B KiB MiB GiB */
int units_rate(const char *text, uint64_t *ret_bits_per_s) MUST_CHECK; /* bit kbit mbit gbit */
int units_share(const char *text, double *ret_0_to_1) MUST_CHECK;      /* "10%", 0%..100% */
int units_ppm(const char *text, int64_t *ret_ppm) MUST_CHECK; /* "200ppm", may be negative */
/* "150ms..300ms"; low <= high. */
int units_duration_range(const char *text, uint64_t *ret_low_ns, uint64_t *ret_high_ns) MUST_CHECK;
/* Decimal digits only, up to max. */
int units_u64(const char *text, uint64_t max, uint64_t *ret) MUST_CHECK;

#define UNITS_TEXT_MAX 32
/* The shortest exact spelling: "150ms", "2s", "1500us". Returns out. */
const char *units_print_duration(uint64_t ns, char out[UNITS_TEXT_MAX]);

#endif
