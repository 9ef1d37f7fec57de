/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the laboratory does inside of real processes, through their lab channels: test_live_inside
 * RAFTD user|kernel|auto. */
#include "tests/support/liverun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define CLUSTER_WITH(election)                                                     \
    "\"cluster\":{\"voters\":3,\"config\":{\"election_timeout\":\"" election "\"," \
    "\"heartbeat\":\"50ms\"}},\"clients\":{\"count\":4,\"model\":\"register\","    \
    "\"ratePerS\":100,\"keys\":3,\"timeout\":\"2s\"},\"budget\":{\"wall\":\"4m\"},"
#define CLUSTER CLUSTER_WITH("300ms..600ms")
/* Nobody campaigns in it because the machine was slow. */
#define CALM_CLUSTER CLUSTER_WITH("3s..6s")
#define STABLE       "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"60s\"},"
#define STABLE_OLD \
    "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"60s\",\"as\":\"old\"},"
#define COMMITS "{\"wait\":{\"commit\":{\"plus\":20}},\"within\":\"60s\"},"
#define REPLACED                                                          \
    "{\"wait\":{\"event\":{\"type\":\"becameLeader\",\"who\":\"rest\"}}," \
    "\"within\":\"60s\"},"
#define CAMPAIGNS "{\"wait\":{\"event\":{\"type\":\"campaign\"}},\"within\":\"60s\"},"
#define ENDS      "{\"load.stop\":{}}],\"finally\":[{\"leader\":{}}]}"

/* The line of a node's trace before the first that holds this text; false: none does. */
static bool line_before(const struct liverun *run, unsigned node, const char *text, char out[4096])
{
    char path[128], line[4096];
    bool found = false;
    (void)snprintf(path, sizeof(path), "%s/trace/n%u.ndjson", run->dir, node);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    out[0] = '\0';
    while (!found && fgets(line, sizeof(line), f) != NULL) {
        found = strstr(line, text) != NULL;
        if (!found)
            memcpy(out, line, sizeof(line));
    }
    assert_int_equal(fclose(f), 0);
    return found;
}

/* The last that it has written is the event of the point: nothing before is missing, and nothing
 * came after. */
static void test_a_crash_at_a_point(void **state)
{
    (void)state;
    struct liverun_seen seen;
    char before[4096];
    unsigned crashed = 0;
    struct liverun *run =
        liverun("{\"version\":1,\"name\":\"points\"," CLUSTER "\"steps\":[" STABLE
                "{\"proc.crashAt\":{\"who\":\"follower(0)\",\"point\":\"votePersisted\"}},"
                "{\"proc.kill\":{\"who\":\"leader\"}},"
                "{\"wait\":{\"event\":{\"type\":\"crashed\",\"where\":"
                "{\"cause\":\"crashPoint: votePersisted\"}}},\"within\":\"60s\"},"
                "{\"wait\":\"300ms\"},{\"proc.start\":{\"who\":\"crashed\"}}," STABLE_OLD COMMITS
                "{\"proc.stallAt\":{\"who\":\"$old\",\"point\":\"after-logSync\","
                "\"stall\":\"1200ms\"}}," REPLACED STABLE COMMITS ENDS);
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    assert_true(run->outcome.points_hit >= 2);
    for (unsigned node = 1; node <= 3; node++) {
        if (!line_before(run, node, "\"cause\":\"crashPoint: votePersisted\"", before))
            continue;
        crashed++;
        assert_non_null(strstr(before, "\"ev\":\"votePersisted\""));
    }
    assert_int_equal(crashed, 1);
    liverun_look(run, 3, &seen);
    assert_int_equal(seen.torn, 0);
    assert_int_equal(seen.events[TRACE_crashed], 1 + crashed + 3);
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* Four of nine fall in one moment: the processes of some have ended before anybody reads why. The
 * rest goes on, so that all of them come to their point. */
static void test_many_at_one_point(void **state)
{
    (void)state;
    struct liverun *run = liverun(
        "{\"version\":1,\"name\":\"crowd\",\"cluster\":{\"voters\":9},\"clients\":{"
        "\"count\":4,\"model\":\"register\",\"ratePerS\":100,\"keys\":3},"
        "\"budget\":{\"wall\":\"4m\"},\"steps\":[" STABLE "{\"repeat\":{\"times\":9,\"steps\":["
        "{\"proc.crashAt\":{\"who\":[\"follower(0)\",\"follower(1)\",\"follower(2)\",\"follower(3)"
        "\"],\"point\":\"after-logWrite\"},"
        "\"as\":\"one\"},{\"wait\":{\"exit\":{\"who\":\"$one\"}},\"within\":\"60s\"},"
        "{\"proc.start\":{\"who\":\"$one\"}},"
        "{\"wait\":{\"leader\":{\"stable\":\"300ms\"}},\"within\":\"60s\"}]}},"
        "{\"load.stop\":{}}],"
        "\"finally\":[{\"caughtUp\":{\"who\":\"all\"},\"within\":\"60s\"}]}");
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    assert_int_equal(run->outcome.points_hit, 9 * 4);
    liverun_free(run);
}

static unsigned count_ended_behind(const struct liverun *run, const char *event)
{
    char before[4096];
    unsigned count = 0;
    for (unsigned node = 1; node <= 3; node++)
        count +=
            line_before(run, node, "\"cause\":\"kill\"", before) && strstr(before, event) != NULL;
    return count;
}

/* A step waits for its event before that is done which lets it come. */
#define BEFORE(when, then) "{\"parallel\":{\"branches\":[[" when "],[" then "]]}},"
#define SECOND_VOTER_DIES                                                                   \
    "{\"when\":{\"event\":\"votePersisted\",\"before\":true,\"nth\":2},\"within\":\"60s\"," \
    "\"as\":\"voter\",\"proc.kill\":{\"who\":\"$voter\"}}"
#define NEW_LEADER_PAUSES                                                        \
    "{\"when\":{\"event\":\"becameLeader\",\"before\":true},\"within\":\"60s\"," \
    "\"as\":\"new\",\"proc.pause\":{\"who\":\"$new\"}}"
#define LEADER_DIES   "{\"proc.kill\":{\"who\":\"leader\"},\"as\":\"old\"}"
#define OLD_STARTS    "{\"proc.start\":{\"who\":\"$old\"}}"
#define ANOTHER_LEADS "{\"wait\":{\"event\":{\"type\":\"becameLeader\"}},\"within\":\"60s\"},"

/* The second vote of two is never told, and the first one is; of the entries that everybody applies
 * those of one node alone count; a new leader is suspended before anybody hears of it, and another
 * is elected. */
static void test_steps_before_the_consequence(void **state)
{
    (void)state;
    struct liverun *run =
        liverun("{\"version\":1,\"name\":\"votes\"," CLUSTER "\"steps\":[" STABLE BEFORE(
            SECOND_VOTER_DIES, LEADER_DIES) "{\"wait\":\"200ms\"}],\"finally\":[{\"leader\":{}}]}");
    liverun_assert_ran(run);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    assert_int_equal(run->outcome.points_hit, 1);
    assert_int_equal(count_ended_behind(run, "\"ev\":\"votePersisted\""), 1);
    liverun_free(run);

    run = liverun(
        "{\"version\":1,\"name\":\"entries\"," CLUSTER "\"steps\":[" STABLE COMMITS
        "{\"when\":{\"event\":\"applied\",\"before\":true,\"nth\":3,\"where\":{\"node\":\"n2\"}},"
        "\"within\":\"60s\",\"as\":\"it\",\"proc.kill\":{\"who\":\"$it\"}},{\"wait\":\"200ms\"},"
        "{\"proc.start\":{\"who\":\"n2\"}}," STABLE COMMITS ENDS);
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    assert_int_equal(count_ended_behind(run, "\"ev\":\"applied\""), 1);
    liverun_free(run);

    run = liverun("{\"version\":1,\"name\":\"leaders\"," CLUSTER
                  "\"steps\":[" STABLE BEFORE(NEW_LEADER_PAUSES, LEADER_DIES "," OLD_STARTS)
                      ANOTHER_LEADS "{\"proc.resume\":{\"who\":\"$new\"}}," STABLE COMMITS ENDS);
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    liverun_free(run);
}

/* A leader whose clock stands has no heartbeats and is replaced, and hears of it; a clock that runs
 * much too fast makes its node campaign beside a living leader. */
static void test_clocks(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run =
        liverun("{\"version\":1,\"name\":\"clocks\"," CLUSTER "\"steps\":[" STABLE_OLD COMMITS
                "{\"load.stop\":{}},{\"clock.freeze\":{\"who\":\"$old\"},\"for\":\"60s\"}," REPLACED
                "{\"clock.reset\":{\"who\":\"$old\"}},{\"load.start\":{}}," COMMITS
                "{\"clock.rate\":{\"who\":\"follower(0)\",\"ppm\":\"40000000ppm\"}}," CAMPAIGNS
                "{\"clock.reset\":{\"who\":\"all\"}}," STABLE COMMITS ENDS);
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    liverun_look(run, 3, &seen);
    assert_true(seen.events[TRACE_becameLeader] >= 2 && seen.events[TRACE_steppedDown] >= 1);
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* Whether a line of the node's log is of an earlier second than the line before it. */
static bool log_goes_back(const struct liverun *run, unsigned node)
{
    char path[128], line[4096], last[20] = "";
    bool back = false;
    (void)snprintf(path, sizeof(path), "%s/nodes/n%u/log", run->dir, node);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        line[sizeof(last) - 1] = '\0'; /* 2026-11-26T18:36:19 */
        back = back || strcmp(line, last) < 0;
        memcpy(last, line, sizeof(last));
    }
    assert_int_equal(fclose(f), 0);
    return last[0] != '\0' && back;
}

/* A wall clock goes back in what the process logs, over a restart, too, and nothing rests on it. */
static void test_the_wall_clock(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run = liverun(
        "{\"version\":1,\"name\":\"wall\"," CALM_CLUSTER "\"steps\":[" STABLE_OLD COMMITS
        "{\"clock.jump\":{\"who\":\"follower(0)\",\"by\":\"-3600s\",\"clock\":\"realtime\"},"
        "\"as\":\"wrong\"},"
        "{\"clock.rate\":{\"who\":\"$old\",\"ppm\":\"900000ppm\",\"clock\":\"realtime\"}},"
        "{\"proc.restart\":{\"who\":\"$wrong\"}}," COMMITS ENDS);
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    unsigned back = 0;
    for (unsigned node = 1; node <= 3; node++)
        back += log_goes_back(run, node);
    assert_int_equal(back, 1);
    liverun_look(run, 3, &seen);
    assert_int_equal(seen.events[TRACE_becameLeader], 1);
    liverun_seen_free(&seen);
    liverun_free(run);
}

/* The order to campaign at once is lost: the transfer fails, and the leader leads on. */
static void test_a_message_type_that_is_lost(void **state)
{
    (void)state;
    struct liverun_seen seen;
    struct liverun *run = liverun(
        "{\"version\":1,\"name\":\"filters\"," CLUSTER "\"steps\":[" STABLE
        "{\"net.filter\":{\"link\":\"all\",\"message\":[\"TimeoutNow\"],\"verdict\":\"drop\"}},"
        "{\"leader.transfer\":{\"to\":\"follower(0)\",\"timeout\":\"20s\",\"expect\":\"refused\"}},"
        "{\"net.heal\":{\"link\":\"all\"}},"
        "{\"leader.transfer\":{\"to\":\"follower(0)\",\"timeout\":\"20s\",\"expect\":\"ok\"}},"
        "{\"net.filter\":{\"link\":\"all\",\"message\":[\"AppendEntries\",\"Heartbeat\"],"
        "\"verdict\":\"hold\"}}," CAMPAIGNS
        "{\"net.heal\":{\"link\":\"all\"}}," STABLE COMMITS ENDS);
    liverun_assert_ran(run);
    assert_false(run->outcome.runner.finals_failed);
    assert_int_equal(run->outcome.unplanned_exits, 0);
    assert_true(run->outcome.frames_dropped >= 1);
    liverun_look(run, 3, &seen);
    assert_int_equal(seen.torn, 0);
    liverun_seen_free(&seen);
    liverun_free(run);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_crash_at_a_point),
        cmocka_unit_test(test_many_at_one_point),
        cmocka_unit_test(test_steps_before_the_consequence),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_the_wall_clock),
        cmocka_unit_test(test_a_message_type_that_is_lost),
    };
    if (argc < 2) {
        (void)fprintf(stderr, "test_live_inside RAFTD [user|kernel|auto]\n");
        return 64;
    }
    liverun_raftd = argv[1];
    if (argc > 2 && strcmp(argv[2], "kernel") == 0)
        liverun_carrier = NETEM_KERNEL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
