/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process in a control group: it gets its share of a processor without being stopped, as many
 * threads as it may have, and nothing is left of the group. Needs a machine that lets us make one.
 */
#include "base/units.h"
#include "emulator/live/limiter.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static uint64_t now_ns(clockid_t clock)
{
    struct timespec t;
    assert_int_equal(clock_gettime(clock, &t), 0);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* What it had of the processor while `ns` went by. */
static double share_of(pid_t pid, uint64_t ns)
{
    clockid_t clock;
    assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
    uint64_t begin = now_ns(CLOCK_MONOTONIC), used = now_ns(clock), now;
    const struct timespec nap = {.tv_nsec = (long)(50 * NS_PER_MS)};
    do {
        (void)nanosleep(&nap, NULL);
        now = now_ns(CLOCK_MONOTONIC);
    } while (now - begin < ns);
    return (double)(now_ns(clock) - used) / (double)(now - begin);
}

static pid_t start_spinning(void)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            ;
    }
    return pid;
}

static void end(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Others want the processor as well: it is looked at until it had more than that. */
static bool gets_more_than(double share, pid_t pid)
{
    bool more = false;
    for (unsigned looks = 0; looks < 15 && !more; looks++)
        more = share_of(pid, 2 * NS_PER_S) > share;
    return more;
}

/* A share above what it may have, twice: periods begin where they like. */
static void test_processor(void **state)
{
    struct limiter l = {0};
    struct world_limit limit = WORLD_UNLIMITED;
    struct stat there;
    struct err e = {0};
    uv_loop_t loop;
    (void)state;
    pid_t pid = start_spinning();
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(limiter_begin(&l, &loop, pid, false, &e), 0);
    assert_int_equal(l.cgroup.path[0], '\0'); /* not before something is bound */
    limit.cpu = 0.1;
    assert_int_equal(limiter_set(&l, &loop, &limit, &e), 0);
    assert_null(l.timer); /* nobody stops it and lets it go on */
    assert_int_equal(stat(l.cgroup.path, &there), 0);
    assert_true(share_of(pid, 2 * NS_PER_S) < 0.2);
    limit.cpu = 1;
    assert_int_equal(limiter_set(&l, &loop, &limit, &e), 0);
    assert_true(gets_more_than(0.2, pid));
    limit.cpu = 0.001; /* less than the kernel takes for a bound */
    assert_int_equal(limiter_set(&l, &loop, &limit, &e), 0);
    char path[CGROUP_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s", l.cgroup.path);
    limiter_end(&l);
    end(pid);
    limiter_end(&l);
    assert_int_equal(stat(path, &there), -1);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void *wait_for_ever(void *arg)
{
    for (;;)
        (void)pause();
    return arg;
}

/* Told to, it starts threads until it is refused one, or has ten, and says how many. */
static void start_threads(int in, int out)
{
    char byte;
    pthread_t thread;
    while (read(in, &byte, 1) == 1) {
        for (byte = 0; byte < 10 && pthread_create(&thread, NULL, wait_for_ever, NULL) == 0; byte++)
            ;
        if (write(out, &byte, 1) != 1)
            break;
    }
    _exit(0);
}

static void test_threads(void **state)
{
    struct limiter l = {0};
    struct world_limit limit = WORLD_UNLIMITED;
    struct err e = {0};
    uv_loop_t loop;
    int to[2], from[2];
    char got = 0;
    (void)state;
    assert_true(pipe(to) == 0 && pipe(from) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        start_threads(to[0], from[1]);
    }
    assert_int_equal(uv_loop_init(&loop), 0);
    limit.threads = 4;
    assert_int_equal(limiter_set(&l, &loop, &limit, &e), 0);
    assert_int_equal(limiter_begin(&l, &loop, pid, false, &e), 0);
    assert_int_equal(write(to[1], "", 1), 1);
    assert_int_equal(read(from[0], &got, 1), 1);
    assert_int_equal(got, 3); /* and the one that starts them */
    end(pid);
    limiter_end(&l);
    assert_int_equal(l.cgroup.path[0], '\0');
    assert_int_equal(uv_loop_close(&loop), 0);
    close(to[0]), close(to[1]), close(from[0]), close(from[1]);
}

/* Who looks for a place sweeps there, but not what may be a neighbour's. */
static void test_a_neighbour(void **state)
{
    struct cgroup g;
    struct stat there;
    struct err e = {0};
    int status = 0;
    (void)state;
    assert_int_equal(cgroup_make(&g, cgroup_place(NULL), &e), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)execl("/proc/self/exe", "test_limiter", "look", (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(stat(g.path, &there), 0);
    assert_true(cgroup_end(&g));
}

int main(int argc, char **argv)
{
    const char *why;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processor),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_a_neighbour),
    };
    if (cgroup_place(&why) == NULL) {
        (void)printf("no control group can be made here: %s\n", why);
        return 77;
    }
    if (argc > 1 && strcmp(argv[1], "look") == 0)
        return 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
