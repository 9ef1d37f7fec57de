/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of links, connections and processes on real ones, in this process: test_live_faults RAFTD
 * user|kernel|auto. */
#include "tests/support/liverun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* Nobody campaigns because the machine is busy for a moment. */
#define PATIENT "\"config\":{\"election_timeout\":\"500ms..1s\",\"heartbeat\":\"100ms\"}"
#define CLUSTER                                                                    \
    "\"cluster\":{\"voters\":3,\"spare\":1," PATIENT                               \
    "},\"links\":{\"default\":{\"delay\":\"1ms\"}},"                               \
    "\"clients\":{\"count\":4,\"model\":\"register\",\"ratePerS\":100,\"keys\":3," \
    "\"timeout\":\"2s\"},"
#define STABLE(ms) "{\"wait\":{\"leader\":{\"stable\":\"" ms "\"}},\"within\":\"60s\"},"
#define COMMITS(n) "{\"wait\":{\"commit\":{\"plus\":" n "}},\"within\":\"60s\"},"
#define CAUGHT_UP \
    "{\"wait\":{\"caughtUp\":{\"who\":\"voters\",\"lagEntries\":20}},\"within\":\"60s\"},"
#define ENDS          "{\"load.stop\":{}}],\"finally\":[{\"leader\":{}}]}"
#define OLD_TO_OTHERS "\"link\":{\"from\":\"$old\",\"to\":\"rest\"}"

static void test_connections(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run = liverun(
        "{\"version\":1,\"name\":\"connections\"," CLUSTER
        "\"steps\":[" STABLE("300ms") "{\"net.reset\":{\"link\":\"all\"}}," COMMITS("20")
        /* What the leader says is held: somebody else leads. */
        "{\"wait\":{\"leader\":{}},\"within\":\"60s\",\"as\":\"old\"},"
        "{\"net.hold\":{" OLD_TO_OTHERS ",\"order\":\"lifo\",\"max\":\"64KiB\"}},"
        "{\"wait\":{\"event\":{\"type\":\"becameLeader\",\"who\":\"rest\"}},\"within\":\"60s\"},"
        "{\"net.release\":{" OLD_TO_OTHERS "}}," STABLE("300ms") COMMITS("20") CAUGHT_UP
        /* Open connections go on when new ones get no answer; those that are forgotten do not. */
        "{\"net.cut\":{\"link\":\"all\",\"style\":\"synOnly\"}},"
        "{\"wait\":{\"term\":{\"unchangedFor\":\"1s\"}},\"within\":\"60s\"}," COMMITS(
            "10") "{\"net.halfOpen\":{\"link\":\"all\"}},"
                  "{\"wait\":{\"event\":{\"type\":\"steppedDown\"}},\"within\":\"60s\"},"
                  "{\"net.uncut\":{\"link\":\"all\"}}," STABLE("300ms") COMMITS("20") ENDS);
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    assert_non_null(strstr(run->outcome.carrier, "user"));
    assert_true(run->outcome.counters.cut > 0);
    liverun_look(run, 3, &seen);
    assert_true(seen.events[TRACE_fault] >= 8);
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* One alone, which the others hear of from itself; then all at once, told where the others are. */
static void test_new_addresses(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run =
        liverun("{\"version\":1,\"name\":\"moves\"," CLUSTER "\"steps\":[" STABLE("300ms") COMMITS(
            "20") "{\"net.readdress\":{\"who\":\"follower(0)\"}},{\"wait\":\"500ms\"}," CAUGHT_UP
                  "{\"net.readdress\":{\"who\":\"voters\"}}," STABLE("300ms") COMMITS("50")
                      CAUGHT_UP ENDS);
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    liverun_look(run, 3, &seen);
    assert_int_equal(seen.events[TRACE_boot], 3 + 1 + 3);
    assert_true(seen.events[TRACE_becameLeader] >= 2);
    assert_true(seen.ops[HISTORY_OK] >= 80);
    liverun_seen_free(&seen);
    liverun_free(run);
}

#define SETTLED STABLE("300ms")
#define LIMITS                                                                         \
    "{\"proc.limit\":{\"who\":\"leader\",\"fds\":8,\"mem\":\"1GiB\"},\"for\":\"2s\"}," \
    "{\"client.pin\":{\"client\":\"clients\",\"to\":\"leader\"},\"for\":\"300ms\"},"   \
    "{\"proc.limit\":{\"who\":\"follower(0)\",\"cpu\":\"5%\"},\"for\":\"2s\"},"
#define PAUSES "{\"proc.pause\":{\"who\":\"follower(0)\"},\"for\":\"300ms\"},{\"wait\":\"400ms\"},"
#define BLOCKS "{\"proc.blockLog\":{\"who\":\"follower(0)\"},\"for\":\"1s\"},{\"wait\":\"1s\"},"

/* Where a leader is accepted by a majority somebody follows it: one, perhaps no second yet.
 * The CPU-bound part of a limit shows in ratios, which a busy machine bends: what is asserted is
 * that it goes on, and that all ends with the steps. */
static void test_limits_and_logs(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run = liverun(
        "{\"version\":1,\"name\":\"limits\"," CLUSTER "\"steps\":[" SETTLED LIMITS COMMITS("20")
            SETTLED PAUSES SETTLED BLOCKS SETTLED COMMITS("20") CAUGHT_UP ENDS);
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    liverun_look(run, 3, &seen);
    assert_int_equal(seen.events[TRACE_boot], 3);
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* One of two processes of one member is told that there are two, and ends. */
static void test_a_twin(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run =
        liverun("{\"version\":1,\"name\":\"twin\"," CLUSTER "\"steps\":[" STABLE("300ms") COMMITS(
            "20") "{\"load.stop\":{}},{\"wait\":{\"quiet\":{\"for\":\"300ms\"}},\"within\":\"60s\"}"
                  ","
                  "{\"proc.twin\":{\"who\":\"follower(0)\",\"to\":\"n4\"}},"
                  "{\"wait\":{\"any\":[{\"exit\":{\"who\":\"n1\",\"code\":78}},{\"exit\":{\"who\":"
                  "\"n2\","
                  "\"code\":78}},{\"exit\":{\"who\":\"n3\",\"code\":78}},{\"exit\":{\"who\":\"n4\","
                  "\"code\":78}}]},\"within\":\"60s\"},{\"load.start\":{}}," COMMITS("20") ENDS);
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    liverun_look(run, 4, &seen);
    assert_true(seen.events[TRACE_boot] >= 4);
    liverun_seen_free(&seen);
    liverun_free(run);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections),
        cmocka_unit_test(test_new_addresses),
        cmocka_unit_test(test_limits_and_logs),
        cmocka_unit_test(test_a_twin),
    };
    if (argc < 2) {
        (void)fprintf(stderr, "test_live_faults RAFTD [user|kernel|auto]\n");
        return 64;
    }
    liverun_raftd = argv[1];
    if (argc > 2 && strcmp(argv[2], "kernel") == 0)
        liverun_carrier = NETEM_KERNEL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
