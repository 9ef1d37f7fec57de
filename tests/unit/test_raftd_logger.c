/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon's log never waits for its reader; its last descriptors are not for clients. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "raftd/logger.h"
#include "raftd/system.h"

static int kept, ends[2];

static int log_into_a_pipe(void **state)
{
    (void)state;
    kept = dup(STDERR_FILENO);
    if (kept < 0 || pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
        return -1;
    return dup2(ends[1], STDERR_FILENO) < 0 ? -1 : 0;
}

static int log_as_before(void **state)
{
    (void)state;
    (void)dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static void say(const char *text)
{
    const struct logger log = {.level = ENV_INFO, .node = "n1"};
    logger_write(&log, ENV_ABOUT_PROCESS, ENV_INFO, text);
}

static size_t read_all(char *out, size_t room)
{
    size_t len = 0;
    ssize_t n;
    while (len < room && (n = read(ends[0], out + len, room - len)) > 0)
        len += (size_t)n;
    return len;
}

/* If it waited, this test would never end. */
static void a_full_pipe_loses_lines_and_says_so(void **state)
{
    static char out[1 << 17], text[2001];
    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    for (int i = 0; i < 100; i++) /* more than a pipe takes */
        say(text);
    size_t len = read_all(out, sizeof(out));
    assert_true(len > 4096 && len < 100 * sizeof(text));
    say("heard again");
    len = read_all(out, sizeof(out) - 1);
    out[len] = '\0';
    const char *gap = strstr(out, " lines of this log are lost: nobody read it\n");
    assert_non_null(gap);
    assert_non_null(strstr(gap, "heard again\n"));
    say("once");
    len = read_all(out, sizeof(out) - 1);
    out[len] = '\0';
    assert_null(strstr(out, "lost"));
}

/* What comes next is a line of its own. */
static void a_line_that_was_cut_is_ended(void **state)
{
    static char out[1 << 17], text[8001];
    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    say("so that no whole number of long ones fits");
    for (int i = 0; i < 20; i++)
        say(text);
    size_t len = read_all(out, sizeof(out));
    assert_true(len > 4096 && out[len - 1] == 'x');
    say("heard again");
    len = read_all(out, sizeof(out) - 1);
    out[len] = '\0';
    assert_int_equal(out[0], '\n');
    assert_non_null(strstr(out, "lost: nobody read it\n"));
    say("once");
    len = read_all(out, sizeof(out) - 1);
    assert_true(len > 0 && out[0] != '\n');
}

static void the_last_descriptors_are_spared(void **state)
{
    struct rlimit before, few;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 64;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_true(system_files_left(20));
    assert_false(system_files_left(63));
    assert_false(system_files_left(60));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_pipe_loses_lines_and_says_so, log_into_a_pipe,
                                        log_as_before),
        cmocka_unit_test_setup_teardown(a_line_that_was_cut_is_ended, log_into_a_pipe,
                                        log_as_before),
        cmocka_unit_test(the_last_descriptors_are_spared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
