/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole runs in the live world, in this process: test_live_smoke RAFTD user|kernel|auto. */
#include "tests/support/liverun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_a_quiet_cluster(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run =
        liverun("{\"version\":1,\"name\":\"quiet\",\"cluster\":{\"voters\":3},"
                "\"clients\":{\"count\":4,\"model\":\"register\",\"ratePerS\":100,\"keys\":3},"
                "\"steps\":[{\"wait\":{\"leader\":{}},\"within\":\"30s\"},"
                "{\"wait\":{\"ops\":{\"ok\":50}},\"within\":\"60s\"},{\"wait\":\"1s\"},"
                "{\"load.stop\":{}}],"
                "\"finally\":[{\"leader\":{}}]}");
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_true(run->outcome.first_leader_ns > 0);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    assert_int_equal(run->outcome.trace_lost, 0);
    assert_true(run->outcome.counters.delivered > 0);
    liverun_look(run, 3, &seen);
    assert_true(seen.events[TRACE_becameLeader] >= 1);
    assert_int_equal(seen.events[TRACE_boot], 3);
    assert_int_equal(seen.events[TRACE_crashed], 3);
    assert_int_equal(seen.stops, 3);
    assert_true(seen.ops[HISTORY_OK] >= 50);
    assert_int_equal(seen.events[TRACE_clientInvoke], seen.events[TRACE_clientReturn]);
    assert_int_equal(seen.torn, 0);
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* Every way a step can end a process, and a partition around it. */
static void test_faults(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run =
        liverun("{\"version\":1,\"name\":\"faults\",\"cluster\":{\"voters\":3},"
                "\"links\":{\"default\":{\"delay\":\"1ms\"}},"
                "\"clients\":{\"count\":5,\"model\":\"append\",\"ratePerS\":200,\"keys\":2,"
                "\"timeout\":\"1s\",\"attach\":\"leader\"},"
                "\"steps\":[{\"wait\":{\"leader\":{}},\"within\":\"30s\"},"
                "{\"proc.kill\":{\"who\":\"leader\"},\"as\":\"old\"},"
                "{\"wait\":{\"ops\":{\"ok\":50}},\"within\":\"60s\"},"
                "{\"proc.start\":{\"who\":\"$old\"}},"
                "{\"wait\":{\"caughtUp\":{\"who\":\"all\",\"lagEntries\":5}},\"within\":\"60s\"},"
                "{\"proc.restart\":{\"who\":\"random(1)\",\"gap\":\"0s\"}},"
                "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"60s\"},"
                "{\"proc.pause\":{\"who\":\"leader\"},\"for\":\"1s\"},"
                "{\"wait\":\"1200ms\"},"
                "{\"proc.stop\":{\"who\":\"random(1)\"},\"as\":\"stopped\"},"
                "{\"proc.start\":{\"who\":\"$stopped\"}},"
                "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"60s\"},"
                "{\"net.partition\":{\"groups\":[[\"leader\"],[\"rest\"]]},\"for\":\"1s\"},"
                "{\"wait\":\"1200ms\"},"
                "{\"wait\":{\"ops\":{\"ok\":50}},\"within\":\"60s\"},"
                "{\"load.stop\":{}}],"
                "\"finally\":[{\"leader\":{}},{\"caughtUp\":{\"who\":\"all\"}}]}");
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    assert_true(run->outcome.counters.cut > 0);
    assert_true(run->outcome.runner.healed_at_ns > 0);
    liverun_look(run, 3, &seen);
    assert_int_equal(seen.kills, 2); /* the kill and the restart */
    assert_int_equal(seen.stops, 1 + 3);
    assert_int_equal(seen.events[TRACE_boot], 3 + 3);
    assert_true(seen.events[TRACE_fault] >= 8);
    assert_true(seen.ops[HISTORY_OK] >= 100);
    assert_int_equal(seen.events[TRACE_clientInvoke], seen.events[TRACE_clientReturn]);
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* A program that only complains: what a daemon with a bad configuration is. */
static void test_a_node_that_does_not_start(void **state)
{
    (void)state;
    char path[] = "/tmp/live-smoke-program-XXXXXX";
    const char script[] = "#!/bin/sh\necho starting >&2\necho the reason >&2\n"
                          "echo \"error  fix: the way out\" >&2\nexit 78\n";
    const char *real = liverun_raftd;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, script, sizeof(script) - 1), sizeof(script) - 1);
    assert_int_equal(fchmod(fd, 0755), 0);
    assert_int_equal(close(fd), 0);
    liverun_raftd = path;
    struct liverun *run = liverun("{\"version\":1,\"name\":\"no-start\",\"cluster\":{\"voters\":1},"
                                  "\"steps\":[{\"wait\":{\"leader\":{}},\"within\":\"30s\"}]}");
    liverun_raftd = real;
    assert_int_equal(unlink(path), 0);
    assert_int_equal(run->code, -E_CLOSED);
    assert_string_equal(run->e.text, "n1 did not start: exit 78: the reason; fix: the way out");
    liverun_free(run);
}

/* One that has run before, and then ends at once, has crashed: it is no machine that cannot run it.
 */
static void test_a_node_that_does_not_start_again(void **state)
{
    (void)state;
    struct liverun *run =
        liverun("{\"version\":1,\"name\":\"not-again\",\"cluster\":{\"voters\":1},"
                "\"steps\":[{\"wait\":{\"leader\":{}},\"within\":\"30s\"},"
                "{\"proc.kill\":{\"who\":\"n1\"}},"
                "{\"proc.start\":{\"who\":\"n1\",\"flags\":[\"--no-such-option\"]}},"
                "{\"wait\":{\"exit\":{\"who\":\"n1\",\"code\":64}},\"within\":\"60s\"}]}");
    liverun_assert_ran(run);
    assert_int_equal(run->outcome.unplanned_exits, 1);
    liverun_free(run);
}

static void test_a_wait_that_runs_out(void **state)
{
    (void)state;
    struct liverun *run = liverun("{\"version\":1,\"name\":\"in-vain\",\"cluster\":{\"voters\":3},"
                                  "\"steps\":[{\"wait\":{\"commit\":{\"atLeast\":1000000}},"
                                  "\"within\":\"200ms\"}]}");
    assert_int_equal(run->code, 0);
    assert_true(run->outcome.runner.failed);
    assert_non_null(strstr(run->outcome.runner.sentence, "did not happen within 200ms"));
    liverun_free(run);
}

static void test_an_interrupted_run(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run =
        liverun_with("{\"version\":1,\"name\":\"interrupted\",\"cluster\":{\"voters\":3},"
                     "\"clients\":{\"count\":2},"
                     "\"steps\":[{\"wait\":{\"leader\":{}},\"within\":\"60s\"},"
                     "{\"proc.kill\":{\"who\":\"leader\"}},{\"wait\":\"100s\"}]}",
                     2);
    assert_int_equal(run->code, 0);
    assert_true(run->outcome.interrupted);
    assert_true(run->outcome.runner.failed);
    assert_string_equal(run->outcome.runner.sentence, "interrupted");
    liverun_look(run, 3, &seen); /* whole, for all that */
    assert_int_equal(seen.kills, 1);
    assert_int_equal(seen.stops, 3);
    assert_int_equal(seen.events[TRACE_clientInvoke], seen.events[TRACE_clientReturn]);
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* A learner is there from the start, a spare node joins, one starts on an empty directory. */
static void test_newcomers(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run =
        liverun("{\"version\":1,\"name\":\"newcomers\",\"cluster\":{\"voters\":1,\"learners\":1,"
                "\"spare\":1},\"steps\":["
                "{\"wait\":{\"config\":{\"voters\":\"n1\",\"learners\":\"n2\",\"committed\":true}},"
                "\"within\":\"60s\"},"
                "{\"member.add\":{\"who\":\"n3\",\"as\":\"learner\",\"timeout\":\"60s\"}},"
                "{\"wait\":{\"caughtUp\":{\"who\":[\"n2\",\"n3\"]}},\"within\":\"60s\"},"
                "{\"member.remove\":{\"who\":\"n3\",\"timeout\":\"60s\"}},"
                "{\"proc.restart\":{\"who\":\"n3\",\"keepData\":false,"
                "\"flags\":[\"--log-level\",\"debug\"]}},"
                "{\"wait\":{\"event\":{\"type\":\"boot\",\"who\":\"n3\"}},\"within\":\"60s\"},"
                "{\"member.add\":{\"who\":\"n3\",\"as\":\"learner\",\"timeout\":\"60s\"}},"
                "{\"wait\":{\"caughtUp\":{\"who\":\"n3\"}},\"within\":\"60s\"}]}");
    liverun_assert_ran(run);
    liverun_look(run, 3, &seen);
    assert_int_equal(seen.events[TRACE_boot], 4);
    assert_true(seen.events[TRACE_configCommitted] >= 4);
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* Found before anything starts: nothing is wrong with it, and the sentence says what cannot be. */
static void assert_refused(const char *text, const char *sentence)
{
    struct buf said = {0};
    scenario_free(liverun_lint(text, NULL, &said));
    if (strstr(buf_str(&said), sentence) == NULL)
        fail_msg("not refused with \"%s\": %s", sentence, buf_str(&said));
    buf_free(&said);
}

static void test_what_this_world_cannot_do_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"version\":1,\"name\":\"plane\",\"cluster\":{\"voters\":1},"
                   "\"clients\":{\"count\":1},\"steps\":["
                   "{\"repeat\":{\"times\":2,\"steps\":[{\"load.stop\":{}},"
                   "{\"net.isolate\":{\"who\":\"n1\",\"plane\":\"admin\"},\"for\":\"1s\"}]}}]}",
                   "step 3: plane: the live world cannot do this yet (faults on the links of the "
                   "administrator)");
    assert_refused("{\"version\":1,\"name\":\"link\",\"cluster\":{\"voters\":3},\"steps\":["
                   "{\"net.cut\":{\"link\":{\"from\":\"n1\",\"message\":[\"Heartbeat\"]}},"
                   "\"for\":\"1s\"}]}",
                   "step 1: message: the live world cannot do this yet");
}

/* Lint lets these through, since an option asks for the system; the run does not begin. */
static void test_what_cannot_be_done_is_refused(void **state)
{
    (void)state;
    struct live_outcome outcome = {.unplanned_exits = 77};
    struct live_options options = {.raftd = "/nonexistent/raftd", .dir = "/nonexistent"};
    struct err e = {0};
    struct scenario *s =
        liverun_scenario("{\"version\":1,\"name\":\"learners\",\"run\":\"live\",\"cluster\":{"
                         "\"voters\":1,\"learners\":1},\"steps\":[]}",
                         "cluster.sut=exec:/nonexistent/adapter");
    assert_int_equal(live_run(s, &options, &outcome, &e), -E_UNSUPPORTED);
    assert_string_equal(e.text, "cluster: learners: exec:/nonexistent/adapter has none");
    scenario_free(s);
    s = liverun_scenario("{\"version\":1,\"name\":\"mode\",\"run\":\"live\",\"cluster\":{"
                         "\"voters\":1},"
                         "\"clients\":{\"count\":1,\"readMode\":\"local\"},\"steps\":[]}",
                         "cluster.sut=exec:/nonexistent/adapter");
    assert_int_equal(live_run(s, &options, &outcome, &e), -E_UNSUPPORTED);
    assert_string_equal(e.text, "clients: readMode: nodes behind an adapter do not know it");
    scenario_free(s);
    s = liverun_scenario("{\"version\":1,\"name\":\"no-raftd\",\"cluster\":{\"voters\":1},"
                         "\"steps\":[]}",
                         NULL);
    assert_int_equal(live_run(s, &options, &outcome, &e), -E_NOTFOUND);
    assert_int_equal(outcome.unplanned_exits, 77);
    scenario_free(s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_quiet_cluster),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_a_node_that_does_not_start),
        cmocka_unit_test(test_a_node_that_does_not_start_again),
        cmocka_unit_test(test_a_wait_that_runs_out),
        cmocka_unit_test(test_an_interrupted_run),
        cmocka_unit_test(test_newcomers),
        cmocka_unit_test(test_what_this_world_cannot_do_is_refused),
        cmocka_unit_test(test_what_cannot_be_done_is_refused),
    };
    if (argc < 2) {
        (void)fprintf(stderr, "test_live_smoke RAFTD [user|kernel|auto]\n");
        return 64;
    }
    liverun_raftd = argv[1];
    if (argc > 2 && strcmp(argv[2], "user") != 0)
        liverun_carrier = strcmp(argv[2], "kernel") == 0 ? NETEM_KERNEL : NETEM_AUTO;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
