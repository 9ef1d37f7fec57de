/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a way ends although nothing is wrong: at a bound of what was asked for, or because there is
 * no room in here for what would come. */
#ifndef EXPLORE_LIMITS_H
#define EXPLORE_LIMITS_H

#include "emulator/explore/message.h"

#define EX_MESSAGES  48 /* on their way at most */
#define EX_SENT      24 /* by one event */
#define EX_OVERTAKEN 8  /* by one message, of which each may be lost or late */

/* The first is the model's, all others are this tool's own. name, number, of what */
#define EX_LIMITS(X)                                        \
    X(TERMS, 0, "terms")                                    \
    X(LOG, EX_LOG, "entries in a log")                      \
    X(WRITES, EX_WRITES, "writes that wait for one disk")   \
    X(SENT, EX_SENT, "messages sent at once")               \
    X(MESSAGES, EX_MESSAGES, "messages on their way")       \
    X(OVERTAKEN, EX_OVERTAKEN, "messages overtaken by one") \
    X(CONFIGS, EX_CONFIGS - 1, "different configurations")  \
    X(ATTEMPTS, UINT8_MAX, "pre-votes that one server asks for")

enum ex_limit {
#define X(name, number, what) EX_LIMIT_##name,
    EX_LIMITS(X)
#undef X
        EX_LIMITS_COUNT
};

/* So many times each ended a way. */
struct ex_ended {
    uint64_t times[EX_LIMITS_COUNT];
};

/* One of the tool's own, as "20 entries in a log". */
void ex_limit_text(enum ex_limit limit, char *ret, size_t size);
/* By all of the tool's own. */
uint64_t ex_ended_cramped(const struct ex_ended *e);

#endif
