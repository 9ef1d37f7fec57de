/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorting by times, digit by digit: they span little of 64 bits, so there are few digits. */
#ifndef EMULATOR_CHECK_LIN_SORT_H
#define EMULATOR_CHECK_LIN_SORT_H

#include "base/must.h"

struct lin_timed {
    uint64_t at;
    uint32_t what;
};

/* Sorts items by `at`; equal ones stay in their order. room has space for as many. O(n) for each
 * byte in which they differ. */
void lin_sort(struct lin_timed *items, struct lin_timed *room, size_t count);

#endif
