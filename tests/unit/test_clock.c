/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftd's clock, and the one the emulator stamps with, count the time a machine was suspended:
 * R-TIME-4, R-READ-10. In a time namespace in which they are far from the monotonic clock. */
#include "emulator/live/loop_time.h"
#include "raftd/turn.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SUSPENDED_S 100000
#define EXIT_SKIP   77

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        (void)close(fd);
    return good;
}

static bool near(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) < 1000 * NS_PER_S;
}

/* In a process of its own, since a time namespace is for those born into it. */
static int look(void)
{
    uint64_t slept = SUSPENDED_S * NS_PER_S;
    uint64_t monotonic = loop_clock_ns(CLOCK_MONOTONIC), boottime = loop_clock_ns(CLOCK_BOOTTIME);
    if (near(monotonic, boottime) || boottime < slept)
        return EXIT_SKIP; /* the offset did not take */
    bool good = near(turn_now_ns(), boottime) && near(loop_now_ns(), boottime);
    return good ? 0 : 1;
}

/* Exit code of look(), or EXIT_SKIP where there are no time namespaces. */
static int look_suspended(void)
{
    char offset[64];
    if (unshare(CLONE_NEWTIME) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWTIME) < 0)
        return EXIT_SKIP;
    (void)snprintf(offset, sizeof(offset), "boottime %d 0", SUSPENDED_S);
    if (!write_file("/proc/self/timens_offsets", offset))
        return EXIT_SKIP;
    pid_t child = fork();
    if (child == 0)
        _exit(look());
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
        return 1;
    return WEXITSTATUS(status);
}

static int outcome;

static void one_clock_through_suspension(void **state)
{
    (void)state;
    if (outcome == EXIT_SKIP)
        skip();
    assert_int_equal(outcome, 0);
}

/* The loop counts by another clock: what is due by ours is due there, not earlier. */
static void loop_timers_are_not_early(void **state)
{
    uv_loop_t loop;
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    for (unsigned i = 0; i < 1000; i++) {
        uv_update_time(&loop);
        uint64_t began_ms = uv_now(&loop), now_ns = loop_now_ns();
        uint64_t wait_ms = loop_until(&loop, now_ns + 5 * NS_PER_MS);
        /* The loop's clock is cut to milliseconds: when it shows the end, 5 ms have passed. */
        assert_true(wait_ms >= 5);
        assert_true((began_ms + wait_ms) * NS_PER_MS >=
                    loop_clock_ns(CLOCK_MONOTONIC) + 5 * NS_PER_MS - (loop_now_ns() - now_ns));
    }
    assert_int_equal(loop_until(&loop, loop_now_ns() - 1), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    pid_t child = fork();
    int status = 0;
    if (child == 0)
        _exit(look_suspended());
    if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status))
        outcome = WEXITSTATUS(status);
    else
        outcome = 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_clock_through_suspension),
        cmocka_unit_test(loop_timers_are_not_early),
    };
    int failed = cmocka_run_group_tests_name("clock", tests, NULL, NULL);
    if (failed == 0 && outcome == EXIT_SKIP) {
        print_message("no time namespaces here\n");
        return EXIT_SKIP;
    }
    return failed;
}
