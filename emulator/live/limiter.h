/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds a process to what it may take, from outside: its share of a processor and its threads by a
 * control group, where there may be one; else by letting it stand still, and by the system's limits
 * for processes. Memory and files by those everywhere: what is to be seen is a call that is
 * refused, and a control group would kill the process, or take its pages away, instead. */
#ifndef LIVE_LIMITER_H
#define LIVE_LIMITER_H

#include "emulator/live/cgroup.h"
#include "emulator/runner/world.h"

#include <sys/resource.h>
#include <sys/types.h>
#include <uv.h>

#define LIMITER_BOUNDS 3

/* All-zero: nothing is limited, no process. */
struct limiter {
    struct world_limit limit;
    bool limited;                         /* limit says something */
    pid_t pid;                            /* 0: none */
    bool group;                           /* it leads one, and all of that is limited */
    struct cgroup cgroup;                 /* it is in, if there is a place for one */
    uv_timer_t *timer;                    /* owned by the loop while it is closing; NULL: none */
    bool paused;                          /* by somebody else: it stands still anyway */
    bool stands;                          /* it has had its share of this period */
    uint64_t period_ns;                   /* when that began */
    uint64_t base_ns;                     /* of the processor, had by then */
    bool bound[LIMITER_BOUNDS];           /* by us … */
    struct rlimit before[LIMITER_BOUNDS]; /* … and what held before */
};

/* What it may take from now on, whether it runs or not. Errors: -E_IO. */
int limiter_set(struct limiter *l, uv_loop_t *loop, const struct world_limit *limit,
                struct err *e) MUST_CHECK;
/* A process has started; it ends, or is told to: it is not held any more. */
int limiter_begin(struct limiter *l, uv_loop_t *loop, pid_t pid, bool group,
                  struct err *e) MUST_CHECK;
void limiter_end(struct limiter *l);
/* Somebody else has stopped it, or let it go on. */
void limiter_paused(struct limiter *l, bool paused);
/* Now and then: a process may have given itself other limits meanwhile, and there may be others. */
void limiter_tick(struct limiter *l);

/* Whether the system bounds the number of threads of who runs this: without a control group it does
 * not for root. */
bool limiter_bounds_threads(void);

#endif
