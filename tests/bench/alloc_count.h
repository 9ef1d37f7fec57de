/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often this program has asked the C library for memory: malloc and its relatives are counted
 * on their way. Under a sanitizer, which brings an allocator of its own, nothing is counted. */
#ifndef BENCH_ALLOC_COUNT_H
#define BENCH_ALLOC_COUNT_H

#include <stdbool.h>
#include <stdint.h>

bool alloc_counted(void);
/* Allocations, and sizes that changed, since the program began. */
uint64_t alloc_count(void);

#endif
