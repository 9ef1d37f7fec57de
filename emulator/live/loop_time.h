/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clock of a live run, and its instants for the loop's timers, which count milliseconds. */
#ifndef LIVE_LOOP_TIME_H
#define LIVE_LOOP_TIME_H

#include "base/units.h"

#include <time.h>
#include <uv.h>

static inline uint64_t loop_clock_ns(clockid_t clock)
{
    struct timespec now;
    int code = clock_gettime(clock, &now);
    ASSERT(code == 0);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* CLOCK_BOOTTIME, which stamps the nodes' traces too: what the emulator saw and what they did sort
 * into one order. */
static inline uint64_t loop_now_ns(void)
{
    return loop_clock_ns(CLOCK_BOOTTIME);
}

/* A timeout for uv_timer_start that ends at t_ns or up to a millisecond later, never earlier (the
 * loop's clock stands still while the machine is suspended). */
static inline uint64_t loop_until(const uv_loop_t *loop, uint64_t t_ns)
{
    uint64_t now_ns = loop_now_ns();
    if (t_ns <= now_ns)
        return 0;
    uint64_t loop_ns = loop_clock_ns(CLOCK_MONOTONIC); /* read later: the end is not too early */
    uint64_t end_ns = loop_ns + (t_ns - now_ns);
    uint64_t t_ms = end_ns / NS_PER_MS + (end_ns % NS_PER_MS != 0);
    uint64_t now_ms = uv_now(loop);
    return t_ms > now_ms ? t_ms - now_ms : 0;
}

#endif
