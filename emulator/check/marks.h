/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first value seen at an index (of a term): a window of fixed size over the run. */
#ifndef EMULATOR_CHECK_MARKS_H
#define EMULATOR_CHECK_MARKS_H

#include "emulator/check/checker.h"

/* Multiples of 64 have slots of their own: nodes emit those at the same places, so the window over
 * them reaches a million entries back; other ends of ranges are kept for 8192 entries. */
#define MARKS_STRIDE 64u
#define MARKS_SPARSE 16384u
#define MARKS_DENSE  8192u
#define MARKS_WAYS   2u /* terms kept at one index */

struct mark_slot {
    uint64_t index; /* 0 = free */
    uint64_t term;
    uint64_t value;
    struct event_ref first;
};

/* All-zero is empty. */
struct marks {
    struct mark_slot sparse[MARKS_SPARSE][MARKS_WAYS];
    struct mark_slot dense[MARKS_DENSE][MARKS_WAYS];
};

/* What stands at (index, term), else NULL after putting value there. Marks older than the window
 * are neither kept nor found. */
const struct mark_slot *marks_meet(struct marks *m, uint64_t index, uint64_t term, uint64_t value,
                                   struct event_ref ref);

#endif
