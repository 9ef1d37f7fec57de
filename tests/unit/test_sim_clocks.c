/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes that live by clocks of their own: timers follow them, traces do not. */
#include "tests/support/simrun.h"

#include "base/units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLUSTER "\"voters\":3,\"config\":{\"election_timeout\":\"1s..2s\",\"heartbeat\":\"100ms\"}"
#define LEADER  "{\"wait\":{\"leader\":{\"stable\":\"1s\"}},\"within\":\"20s\",\"as\":\"old\"}"
#define KILL    "{\"proc.kill\":{\"who\":\"$old\"}}"
#define ELECTED(within) \
    "{\"wait\":{\"event\":{\"type\":\"becameLeader\"}},\"within\":\"" within "\"}"
#define CAMPAIGN "{\"wait\":{\"event\":{\"type\":\"campaign\"}},\"within\":\"50ms\"}"
#define NOBODY   "{\"wait\":{\"noLeader\":{\"for\":\"20s\"}},\"within\":\"25s\"}"

static bool done(const char *steps)
{
    struct simrun r;
    simrun(&r, 7, CLUSTER, steps, "");
    bool ok = !r.outcome.runner.failed;
    simrun_close(&r);
    return ok;
}

/* An election takes a second of the followers' clocks at least. */
static void timers_follow_the_rate(void **state)
{
    (void)state;
    assert_false(done(LEADER "," KILL "," ELECTED("900ms")));
    assert_true(done(LEADER "," KILL "," ELECTED("3s")));
    assert_true(done(LEADER ",{\"clock.rate\":{\"who\":\"followers\",\"ppm\":\"9000000ppm\"}}," KILL
                            "," ELECTED("400ms")));
    assert_false(done(LEADER
                      ",{\"clock.rate\":{\"who\":\"followers\",\"ppm\":\"-900000ppm\"}}," KILL
                      "," ELECTED("8s")));
    assert_true(done(LEADER ",{\"clock.rate\":{\"who\":\"followers\",\"ppm\":\"-900000ppm\"}}," KILL
                            "," ELECTED("60s")));
    /* A rate that has ended, by itself or by a step, is right again. */
    assert_false(done(LEADER ",{\"clock.rate\":{\"who\":\"followers\",\"ppm\":\"9000000ppm\"},"
                             "\"for\":\"100ms\"},{\"wait\":\"500ms\"}," KILL "," ELECTED("900ms")));
    assert_false(done(LEADER ",{\"clock.rate\":{\"who\":\"followers\",\"ppm\":\"9000000ppm\"}},"
                             "{\"clock.reset\":{\"who\":\"all\"}}," KILL "," ELECTED("900ms")));
}

/* The events of a run with this step in the middle, which takes no time. */
static uint64_t events_with(const char *step)
{
    struct simrun r;
    char steps[512];
    (void)snprintf(steps, sizeof(steps), LEADER ",%s,{\"wait\":\"9s\"}", step);
    simrun(&r, 7, CLUSTER, steps, "");
    simrun_assert_done(&r);
    uint64_t events = r.outcome.events;
    simrun_close(&r);
    return events;
}

static void nobody_lives_by_a_wall_clock(void **state)
{
    (void)state;
    uint64_t without = events_with("{\"mark\":{\"name\":\"m\"}}");
    assert_int_equal(without, events_with("{\"clock.jump\":{\"who\":\"all\",\"by\":\"+1h\","
                                          "\"clock\":\"realtime\"}}"));
    assert_int_equal(without, events_with("{\"clock.strobe\":{\"who\":\"all\",\"delta\":\"9s\","
                                          "\"period\":\"1ms\",\"clock\":\"realtime\"},"
                                          "\"for\":\"5s\"}"));
    assert_true(without != events_with("{\"clock.jump\":{\"who\":\"all\",\"by\":\"+1h\","
                                       "\"clock\":\"both\"}}"));
}

static void a_jump_ahead_makes_timers_due(void **state)
{
    (void)state;
    assert_false(done(LEADER "," KILL "," CAMPAIGN));
    assert_true(
        done(LEADER "," KILL ",{\"clock.jump\":{\"who\":\"alive\",\"by\":\"2s\"}}," CAMPAIGN));
    /* Set back by a minute, they stand. */
    assert_true(
        done(LEADER "," KILL ",{\"clock.jump\":{\"who\":\"alive\",\"by\":\"-1m\"}}," NOBODY));
    assert_true(done(LEADER
                     "," KILL ",{\"clock.jump\":{\"who\":\"alive\",\"by\":\"-1m\"}},"
                     "{\"wait\":\"3s\"},{\"clock.reset\":{\"who\":\"alive\"}}," ELECTED("5s")));
}

static void a_frozen_clock_has_no_timers(void **state)
{
    (void)state;
    assert_true(
        done(LEADER "," KILL ",{\"clock.freeze\":{\"who\":\"alive\"},\"for\":\"30s\"}," NOBODY));
    assert_true(done(LEADER "," KILL
                            ",{\"clock.freeze\":{\"who\":\"alive\"},\"for\":\"30s\"}," NOBODY
                            ",{\"wait\":\"10s\"}," ELECTED("5s")));
    /* A clock is the host's: a process that starts anew lives by the same one. */
    assert_true(done(LEADER "," KILL ",{\"clock.freeze\":{\"who\":\"alive\"},\"for\":\"60s\"},"
                            "{\"proc.restart\":{\"who\":\"alive\",\"gap\":\"1s\"}}," NOBODY));
}

/* To and fro by more than its election timeout: the first jump counts, the others are steps on the
 * spot of a clock that on the whole is right. */
static void a_strobe_does_not_hasten(void **state)
{
    (void)state;
    assert_false(done(LEADER ",{\"clock.strobe\":{\"who\":\"followers\",\"delta\":\"300ms\","
                             "\"period\":\"10ms\"},\"for\":\"30s\"},{\"wait\":\"1s\"}," KILL
                             "," ELECTED("700ms")));
    assert_true(done(LEADER ",{\"clock.strobe\":{\"who\":\"followers\",\"delta\":\"300ms\","
                            "\"period\":\"10ms\"},\"for\":\"30s\"},{\"wait\":\"1s\"}," KILL
                            "," ELECTED("3s")));
}

static uint64_t first_number(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    assert_non_null(at);
    return strtoull(at + strlen(key), NULL, 10);
}

/* Hosts are switched on long after each other and their clocks run wild: the trace bears one time.
 */
static void traces_bear_true_time(void **state)
{
    static const char *const files[] = {"trace/n1.ndjson", "trace/n2.ndjson", "trace/n3.ndjson"};
    struct simrun r;
    (void)state;
    simrun(&r, 3, CLUSTER,
           "{\"clock.rate\":{\"who\":\"n1\",\"ppm\":\"4000000ppm\"}}," LEADER
           ",{\"clock.jump\":{\"who\":\"n2\",\"by\":\"1h\"}},{\"wait\":\"5s\"},"
           "{\"clock.freeze\":{\"who\":\"n3\"},\"for\":\"1s\"},{\"wait\":\"3s\"}",
           "");
    simrun_assert_done(&r);
    for (size_t i = 0; i < 3; i++) {
        char *text = simrun_file(&r, files[i]);
        uint64_t last = r.outcome.began_ns, lines = 0;
        for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
            uint64_t t = first_number(line, "\"t\":");
            assert_true(t >= last && t <= r.outcome.ended_ns + 60 * NS_PER_S);
            last = t;
            lines++;
        }
        assert_true(lines > 10);
        free(text);
    }
    simrun_close(&r);
}

/* A jump ahead is over at once, one back when it is paid; both are told. */
static void jumps_begin_and_end(void **state)
{
    struct simrun r;
    (void)state;
    simrun(&r, 5, CLUSTER,
           LEADER ",{\"clock.jump\":{\"who\":\"n1\",\"by\":\"100ms\"},\"label\":\"ahead\"},"
                  "{\"clock.jump\":{\"who\":\"n2\",\"by\":\"-700ms\"},\"label\":\"back\"},"
                  "{\"wait\":\"3s\"}",
           "");
    simrun_assert_done(&r);
    char *text = simrun_file(&r, "faults.ndjson");
    const char *line = text;
    uint64_t began[2], ended[2];
    for (size_t i = 0; i < 2; i++) {
        began[i] = first_number(line, "\"t\":");
        assert_non_null(strstr(line, "\"begin\""));
        line = strchr(line, '\n') + 1;
        ended[i] = first_number(line, "\"t\":");
        assert_non_null(strstr(line, "\"end\""));
        line = strchr(line, '\n') + 1;
    }
    assert_true(began[0] == ended[0]);
    assert_true(ended[1] == began[1] + 700 * NS_PER_MS);
    assert_int_equal(*line, '\0');
    free(text);
    simrun_close(&r);
}

#define WILD                                                                      \
    "{\"clock.rate\":{\"who\":\"n1\",\"ppm\":\"777777ppm\"}}," LEADER             \
    ",{\"clock.strobe\":{\"who\":\"all\",\"delta\":\"1s\",\"period\":\"7ms\"},"   \
    "\"for\":\"3s\"},{\"wait\":\"1s\"},{\"clock.jump\":{\"who\":\"random(2)\","   \
    "\"by\":\"-2s\"}},{\"clock.freeze\":{\"who\":\"random(1)\"},\"for\":\"1s\"}," \
    "{\"wait\":\"4s\"}"

static void a_seed_is_the_whole_run(void **state)
{
    struct simrun a, b;
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        simrun(&a, seed, CLUSTER, WILD, "");
        simrun(&b, seed, CLUSTER, WILD, "");
        simrun_assert_done(&a);
        assert_true(a.outcome.unseed == b.outcome.unseed && a.outcome.events == b.outcome.events);
        simrun_close(&a);
        simrun_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_follow_the_rate),
        cmocka_unit_test(nobody_lives_by_a_wall_clock),
        cmocka_unit_test(a_jump_ahead_makes_timers_due),
        cmocka_unit_test(a_frozen_clock_has_no_timers),
        cmocka_unit_test(a_strobe_does_not_hasten),
        cmocka_unit_test(traces_bear_true_time),
        cmocka_unit_test(jumps_begin_and_end),
        cmocka_unit_test(a_seed_is_the_whole_run),
    };
    return cmocka_run_group_tests_name("sim_clocks", tests, NULL, NULL);
}
