/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is seen of a run from beside it. */
#include "emulator/live/stay.h"

#include "emulator/live/loop_time.h"
#include "emulator/live/run.h"

uv_loop_t *live_loop(struct live *l)
{
    return &l->loop;
}

struct runner *live_runner(struct live *l)
{
    return l->runner;
}

const struct observer *live_observer(const struct live *l)
{
    return &l->observer;
}

const struct netem *live_net(const struct live *l)
{
    return l->net;
}

unsigned live_hosts(const struct live *l)
{
    return l->hosts;
}

uint64_t live_now_ns(void)
{
    return loop_now_ns();
}

bool live_interrupted(const struct live *l)
{
    return l->outcome->interrupted;
}

bool live_failed(struct live *l, struct err *ret)
{
    if (l->failed.code == 0)
        return false;
    *ret = l->failed;
    l->failed = (struct err){0};
    l->did_not_start = false;
    return true;
}
