/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock_look: by how much the clock of a node, and the one the emulator stamps with, are ahead of
 * the monotonic clock, which stands still while a machine is suspended. Whole thousands of seconds.
 */
#include "emulator/live/loop_time.h"
#include "raftd/turn.h"

#include <stdio.h>
#include <time.h>

#define GRAIN_S 1000

static unsigned long long ahead_s(uint64_t now_ns)
{
    uint64_t ns = now_ns - loop_clock_ns(CLOCK_MONOTONIC);
    return (ns + NS_PER_S * GRAIN_S / 2) / (NS_PER_S * GRAIN_S) * GRAIN_S;
}

int main(void)
{
    printf("raftd's clock is %llu s ahead\n", ahead_s(turn_now_ns()));
    printf("the emulator's clock is %llu s ahead\n", ahead_s(loop_now_ns()));
    return 0;
}
