/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two functions of xxHash that checksum.c wraps. */
#ifndef FREESTANDING_XXHASH_H
#define FREESTANDING_XXHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t XXH3_64bits(const void *data, size_t len);
uint64_t XXH3_64bits_withSeed(const void *data, size_t len, uint64_t seed);

#endif
