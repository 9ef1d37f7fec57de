/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/limits.h"

#include <stdio.h>

void ex_limit_text(enum ex_limit limit, char *ret, size_t size)
{
    static const struct {
        uint32_t number;
        const char *what;
    } all[] = {
#define X(name, number, what) {number, what},
        EX_LIMITS(X)
#undef X
    };
    (void)snprintf(ret, size, "%u %s", all[limit].number, all[limit].what);
}

uint64_t ex_ended_cramped(const struct ex_ended *e)
{
    uint64_t times = 0;
    for (int i = EX_LIMIT_TERMS + 1; i < EX_LIMITS_COUNT; i++)
        times += e->times[i];
    return times;
}
