/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "netem/user/forward.h"

#define EVENT_TIMER   NETEM_ENDPOINTS_MAX
#define EVENT_WAKE    (NETEM_ENDPOINTS_MAX + 1)
#define EVENTS_MAX    (NETEM_ENDPOINTS_MAX + 2)
#define IDLE_FLUSH_MS 100

/* Sends everything that is due, earliest first. Packets for one destination go out together; none
 * stays in a batch, so that nothing leaves after the lock was given up. */
static void run_due(struct carrier *c)
{
    const struct timerq_item *first = timerq_peek(&c->heap);
    uint64_t now_ns = first == NULL ? 0 : mono_now_ns();
    while (first != NULL && first->due_ns <= now_ns) {
        wire_due(c, timerq_pop(&c->heap), now_ns);
        first = timerq_peek(&c->heap);
    }
    for (int p = 0; p < c->endpoints_count; p++) {
        if (c->ports[p].out_count > 0)
            port_flush(c, &c->ports[p]);
    }
}

static void arm(struct carrier *c)
{
    const struct timerq_item *first = timerq_peek(&c->heap);
    uint64_t due_ns = first == NULL ? 0 : first->due_ns;
    if (due_ns == c->armed_ns)
        return;
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(due_ns / 1000000000u),
                                         .tv_nsec = (long)(due_ns % 1000000000u)}};
    ASSERT(timerfd_settime(c->timer_fd, TFD_TIMER_ABSTIME, &at, NULL) == 0);
    c->armed_ns = due_ns;
}

static void drain(int fd)
{
    uint64_t count;
    while (read(fd, &count, sizeof(count)) > 0)
        ;
}

static void on_event(struct carrier *c, uint32_t which)
{
    if (which == EVENT_WAKE) {
        drain(c->wake_fd);
        return;
    }
    if (which == EVENT_TIMER) {
        drain(c->timer_fd);
        c->armed_ns = 0;
        return;
    }
    for (int round = 0; round < PORT_ROUNDS_MAX; round++) {
        if (port_receive(c, &c->ports[which]) < PORT_BATCH)
            break;
    }
    run_due(c);
}

static void note_cpu(struct carrier *c)
{
    struct timespec t;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0)
        c->cpu_ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *loop_main(void *arg)
{
    struct carrier *c = arg;
    struct epoll_event events[EVENTS_MAX];
    bool stop = false;
    bool flush_later = false;
    while (!stop) {
        int count = epoll_wait(c->epoll_fd, events, EVENTS_MAX, flush_later ? IDLE_FLUSH_MS : -1);
        pthread_mutex_lock(&c->lock);
        for (int i = 0; i < count; i++)
            on_event(c, events[i].data.u32);
        run_due(c);
        arm(c);
        note_cpu(c);
        if (count == 0 && c->capture != NULL)
            pcapng_flush(c->capture);
        flush_later = c->capture != NULL && pcapng_pending(c->capture);
        stop = c->stop;
        pthread_mutex_unlock(&c->lock);
    }
    return NULL;
}

static int watch(struct carrier *c, int fd, uint32_t which, struct err *e)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = which};
    if (epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        return err_set_errno(e, -E_IO, errno, "netem: epoll");
    return 0;
}

static int watch_all(struct carrier *c, struct err *e)
{
    c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    c->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->epoll_fd < 0 || c->timer_fd < 0 || c->wake_fd < 0)
        return err_set_errno(e, -E_IO, errno, "netem: carrier: timer and events");
    int r = watch(c, c->timer_fd, EVENT_TIMER, e);
    if (r == 0)
        r = watch(c, c->wake_fd, EVENT_WAKE, e);
    for (int p = 0; p < c->endpoints_count && r == 0; p++)
        r = watch(c, c->ports[p].fd, (uint32_t)p, e);
    return r;
}

/* Ahead of ordinary processes where that is allowed (as root): with busy neighbours it keeps most
 * packets on time. Where it is not, lateness is measured all the same. */
static void prefer(pthread_t thread)
{
    struct sched_param p = {.sched_priority = 1};
    (void)pthread_setschedparam(thread, SCHED_FIFO, &p);
}

int loop_start(struct carrier *c, struct err *e)
{
    sigset_t all;
    sigset_t before;
    int r = watch_all(c, e);
    if (r < 0)
        return r;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the program's business */
    int error = pthread_create(&c->thread, NULL, loop_main, c);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0)
        return err_set_errno(e, -E_IO, error, "netem: carrier: start a thread");
    c->thread_runs = true;
    prefer(c->thread);
    return 0;
}

void loop_wake(struct carrier *c)
{
    const uint64_t one = 1;
    ssize_t n = write(c->wake_fd, &one, sizeof(one));
    ASSERT(n == (ssize_t)sizeof(one) || errno == EAGAIN); /* EAGAIN: awake already */
}

void loop_stop(struct carrier *c)
{
    if (c->thread_runs) {
        pthread_mutex_lock(&c->lock);
        c->stop = true;
        pthread_mutex_unlock(&c->lock);
        loop_wake(c);
        pthread_join(c->thread, NULL);
        c->thread_runs = false;
    }
    if (c->epoll_fd >= 0)
        close(c->epoll_fd);
    if (c->timer_fd >= 0)
        close(c->timer_fd);
    if (c->wake_fd >= 0)
        close(c->wake_fd);
}
