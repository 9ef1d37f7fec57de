/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/turn.h"

#include "base/units.h"

#include <time.h>

uint64_t turn_now_ns(void)
{
    struct timespec now;
    int code = clock_gettime(CLOCK_BOOTTIME, &now);
    ASSERT(code == 0);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t turn_node_ns(const struct turn *turn)
{
    uint64_t now_ns = turn_now_ns();
    return turn->clock == NULL ? now_ns : lab_clock_read(turn->clock, now_ns);
}

uint64_t turn_when_ns(const struct turn *turn, uint64_t node_ns)
{
    return turn->clock == NULL ? node_ns : lab_clock_when(turn->clock, node_ns);
}

/* An active idle handle keeps the loop from waiting; it has nothing to do itself. */
static void nothing(uv_idle_t *idle)
{
    (void)idle;
}

void turn_again(struct turn *turn)
{
    (void)uv_idle_start(&turn->again, nothing);
}

void turn_alloc(struct turn *turn, uv_buf_t *ret)
{
    *ret = uv_buf_init(turn->read_bytes, (unsigned)turn->read_size);
}
