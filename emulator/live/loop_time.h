/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instants of the monotonic clock for the loop's timers, which count milliseconds. */
#ifndef LIVE_LOOP_TIME_H
#define LIVE_LOOP_TIME_H

#include "base/units.h"

#include <uv.h>

/* A timeout for uv_timer_start that ends at t_ns or up to a millisecond later, never earlier. */
static inline uint64_t loop_until(const uv_loop_t *loop, uint64_t t_ns)
{
    uint64_t t_ms = t_ns / NS_PER_MS + (t_ns % NS_PER_MS != 0);
    uint64_t now_ms = uv_now(loop);
    return t_ms > now_ms ? t_ms - now_ms : 0;
}

#endif
