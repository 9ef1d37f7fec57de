/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Delta debugging: from a list that fails to one of which no item, and if it is short no two items,
 * can be left out. Zeller & Hildebrandt, "Simplifying and isolating failure-inducing input", 2002;
 * here the halves are left out from the end on, because what stands behind a failure never helped
 * it. */
#ifndef SHRINK_DDMIN_H
#define SHRINK_DDMIN_H

#include "base/must.h"

#define DDMIN_PAIRS_MAX 12 /* items up to which pairs are tried */

/* Left out are the items at [from, to) and at [also_from, also_to) of the list; the second may be
 * empty. */
struct ddmin_cut {
    size_t from, to;
    size_t also_from, also_to;
};

struct ddmin_oracle {
    void *arg;
    /* Tries the list without the cuts, one cut after the other; 1: *ret is the first of them
     * without which it still fails, 0: there is none, negative: no more questions. */
    int (*first)(void *arg, const size_t *kept, size_t kept_count, const struct ddmin_cut *cuts,
                 size_t cuts_count, size_t *ret);
};

/* kept: *count items, any numbers; what is left of them in the same order. 0, or what the oracle
 * returned when it stopped: kept is what failed last then. */
int ddmin(const struct ddmin_oracle *oracle, size_t *kept, size_t *count) MUST_CHECK;

#endif
