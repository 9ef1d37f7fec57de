/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One element that comes and goes: there or not there. */
#ifndef EMULATOR_CHECK_LIN_FLAG_H
#define EMULATOR_CHECK_LIN_FLAG_H

#include "emulator/check/lin/set.h"

struct flag_op {
    uint64_t call_ns;
    uint64_t ret_ns; /* HISTORY_NEVER: it may happen or not */
    uint32_t pos;
    bool changes; /* to `state`, from the other one; else it saw `state` */
    bool state;   /* the element is there */
};

/* In the order of their calls, beginning with that state. The operation that cannot be placed by
 * the time of its return, or count: the history is legal. O(n log n). */
size_t lin_flag_walk(const struct flag_op *ops, size_t count, bool state);

/* Why `failed` cannot be placed. Uses ops up. */
void lin_flag_explain(const struct lin_key *key, struct flag_op *ops, size_t count, size_t failed,
                      struct lin_finding *why);

#endif
