/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The noise guard: a thread that sleeps a little, over and over, and keeps the longest it was ever
 * away. What held it up held up the nodes too, and no liveness verdict may blame them for it. */
#ifndef LIVE_CANARY_H
#define LIVE_CANARY_H

#include "base/err.h"

#include <pthread.h>
#include <stdatomic.h>

struct canary {
    pthread_t thread;
    atomic_bool stop;
    atomic_uint_fast64_t worst_ns;
    bool running;
};

/* The struct must stay where it is until canary_stop. Errors: -E_IO. */
int canary_start(struct canary *c, struct err *e) MUST_CHECK;
/* Returns the worst gap between two beats; 0 if it never ran. May be called again. */
uint64_t canary_stop(struct canary *c);

#endif
