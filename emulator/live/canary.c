/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/canary.h"

#include "base/units.h"

#include <signal.h>
#include <time.h>

#define BEAT_NS (5 * NS_PER_MS)

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static void *sing(void *arg)
{
    struct canary *c = arg;
    uint64_t last = now_ns();
    while (!atomic_load(&c->stop)) {
        struct timespec beat = {.tv_nsec = (long)BEAT_NS};
        (void)nanosleep(&beat, NULL);
        uint64_t now = now_ns();
        if (now - last > atomic_load(&c->worst_ns))
            atomic_store(&c->worst_ns, now - last);
        last = now;
    }
    return NULL;
}

int canary_start(struct canary *c, struct err *e)
{
    sigset_t all, before;
    atomic_init(&c->stop, false);
    atomic_init(&c->worst_ns, 0);
    /* Signals are the loop's. */
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&c->thread, NULL, sing, c);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    c->running = failed == 0;
    return failed == 0 ? 0 : err_set_errno(e, -E_IO, failed, "canary: thread");
}

uint64_t canary_stop(struct canary *c)
{
    if (c->running) {
        atomic_store(&c->stop, true);
        (void)pthread_join(c->thread, NULL);
        c->running = false;
    }
    return atomic_load(&c->worst_ns);
}
