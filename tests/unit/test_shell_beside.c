/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shell's processes beside it: who waits for a silent node is never the shell. */
#include "raftctl/shell/jobs.h"
#include "raftctl/shell/keys.h"
#include "raftctl/shell/scout.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 60000 /* generous: a machine may be slow */

/* A node that takes connections, and never says a word. */
static char folder[] = "/tmp/raftctl-beside-XXXXXX";
static struct sockaddr_un silent = {.sun_family = AF_UNIX};
static struct endpoint endpoint;
static int listener;

static int set_up(void **state)
{
    (void)state;
    struct err e = {0};
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(silent.sun_path, sizeof(silent.sun_path), "%s/node", folder);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (const struct sockaddr *)&silent, sizeof(silent)) < 0 ||
        listen(listener, 16) < 0)
        return -1;
    return endpoint_parse(span_str(silent.sun_path), &endpoint, &e);
}

static int tear_down(void **state)
{
    (void)state;
    (void)close(listener);
    (void)unlink(silent.sun_path);
    return rmdir(folder);
}

static void wait_readable(int fd)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&pollfd, 1, PATIENCE_MS), 1);
}

/* Dead, with its ends closed; who closes `child` still collects it. */
static void wait_gone(pid_t pid)
{
    siginfo_t ignored;
    assert_int_equal(waitid(P_PID, (id_t)pid, &ignored, WEXITED | WNOWAIT), 0);
}

static void keys_of_a_silent_node(void **state)
{
    (void)state;
    struct keys keys;
    struct err e = {0};
    struct buf found = {0};
    assert_int_equal(keys_open(&keys, &endpoint, 1, &e), 0);
    keys_ask(&keys, "user:", &found); /* comes back, with nothing */
    keys_ask(&keys, "user:1", &found);
    assert_int_equal(found.len, 0);
    assert_int_equal(kill(keys.child.pid, SIGKILL), 0);
    wait_gone(keys.child.pid);
    for (int i = 0; i < 2; i++) /* an end with questions unread is told once as a reset */
        keys_ask(&keys, "user:", &found);
    assert_int_equal(keys.child.fd, -1); /* it is noticed that nobody answers any more */
    keys_ask(&keys, "user:", &found);
    assert_int_equal(found.len, 0);
    keys_close(&keys);
}

static void view_of_a_silent_node(void **state)
{
    (void)state;
    static struct scout_view view;
    struct scout scout;
    struct err e = {0};
    assert_int_equal(scout_open(&scout, &endpoint, 1, &e), 0);
    scout_poke(&scout);
    wait_readable(scout_fd(&scout));
    assert_true(scout_take(&scout, &view));
    assert_true(view.looked);
    assert_false(view.reached);
    assert_int_equal(kill(scout.child.pid, SIGKILL), 0);
    while (scout_fd(&scout) >= 0) {
        wait_readable(scout_fd(&scout));
        (void)scout_take(&scout, &view);
    }
    scout_close(&scout);
}

static int start(struct jobs *jobs, const char *verb, const char *word)
{
    char first[32], second[32], *words[] = {first, second, NULL};
    struct err e = {0};
    const char *const defaults[CTL_OPTIONS_COUNT] = {[OPT_ENDPOINTS] = endpoint.text};
    (void)snprintf(first, sizeof(first), "%s", verb);
    (void)snprintf(second, sizeof(second), "%s", word);
    return jobs_start(jobs, words, 2, defaults, verb, false, &e);
}

static void what_a_job_says(void **state)
{
    (void)state;
    struct jobs jobs = {.count = 0};
    struct buf said = {0};
    assert_int_equal(start(&jobs, "manual", "-v"), 1);
    do {
        wait_readable(jobs.jobs[0].child.fd);
    } while (!jobs_read(&jobs, 0, &said));
    assert_int_equal(jobs.count, 0);
    assert_non_null(strstr(buf_str(&said), ".SH VERBS\n"));
    assert_non_null(strstr(buf_str(&said), "\n[1] manual: ended\n"));
    buf_reset(&said);
    assert_int_equal(start(&jobs, "manual", "--nonsense"), 1);
    do {
        wait_readable(jobs.jobs[0].child.fd);
    } while (!jobs_read(&jobs, 0, &said));
    assert_non_null(strstr(buf_str(&said), "not an option of raftctl"));
    assert_non_null(strstr(buf_str(&said), "\n[1] manual: ended (exit 64)\n"));
    buf_free(&said);
}

/* The shell was busy meanwhile: of all the pictures the last one counts, in any form. */
static void pictures(void **state)
{
    (void)state;
    struct jobs jobs = {.count = 0};
    struct buf said = {0};
    struct err e = {0};
    char top[] = "top", json[] = "-ojson", count[] = "-n3", repeat[] = "--repeat=1ms";
    char *words[] = {top, json, count, repeat, NULL};
    const char *const defaults[CTL_OPTIONS_COUNT] = {[OPT_ENDPOINTS] = "unix:/nonexistent"};
    assert_int_equal(jobs_start(&jobs, words, 4, defaults, "top", true, &e), 1);
    wait_gone(jobs.jobs[0].child.pid);
    assert_true(jobs_read(&jobs, 0, &said));
    const char *text = buf_str(&said), *first = strstr(text, "{\"v\":1,");
    assert_ptr_equal(first, text);
    assert_null(strstr(first + 1, "{\"v\":1,"));
    assert_null(strchr(text, SINK_PICTURE_END));
    assert_non_null(strstr(text, "\n[1] top: ended (exit "));
    buf_free(&said);
}

static void jobs_are_stopped(void **state)
{
    (void)state;
    struct jobs jobs = {.count = 0};
    for (int i = 0; i < JOBS_MAX; i++)
        assert_int_equal(start(&jobs, "wait", "leader"), i + 1);
    assert_int_equal(start(&jobs, "wait", "leader"), -E_LIMIT);
    struct buf told = {0};
    assert_int_equal(jobs_stop(&jobs, 3, &told), 1);
    assert_int_equal(jobs_stop(&jobs, 3, &told), 0);
    assert_string_equal(buf_str(&told), "[3] wait: ended\n");
    assert_int_equal(jobs.jobs[2].number, 4);
    assert_int_equal(start(&jobs, "wait", "leader"), JOBS_MAX + 1);
    buf_reset(&told);
    assert_int_equal(jobs_stop(&jobs, 0, &told), JOBS_MAX);
    assert_int_equal(jobs.count, 0);
    static const char in_order[] = "[1] wait: ended\n[2] wait: ended\n[4] wait: ended\n";
    assert_memory_equal(buf_str(&told), in_order, sizeof(in_order) - 1);
    buf_free(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_a_silent_node), cmocka_unit_test(view_of_a_silent_node),
        cmocka_unit_test(what_a_job_says),       cmocka_unit_test(pictures),
        cmocka_unit_test(jobs_are_stopped),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
