/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process has beside its code, in virtual time: a share of a processor, a command line,
 * reads that take long, a directory that is recovered while it does not run. */
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define CLIENTS                                                                                    \
    ",\"clients\":{\"count\":4,\"ratePerS\":400,\"keys\":2,\"timeout\":\"1s\",\"mix\":{\"write\":" \
    "1}}"
#define COMMITS "{\"wait\":{\"commit\":{\"plus\":200}},\"within\":\"1s\"}"
#define CALM    "{\"wait\":{\"term\":{\"unchangedFor\":\"2s\"}},\"within\":\"2100ms\"}"

static void comes_true(const char *steps, bool wanted)
{
    simrun_comes_true(steps, CLIENTS, 4, wanted);
}

static void a_share_of_a_processor_is_soon_used_up(void **state)
{
    (void)state;
    comes_true(COMMITS, true);
    comes_true("{\"proc.limit\":{\"who\":\"leader\",\"cpu\":\"90%\"}}," COMMITS, true);
    comes_true("{\"proc.limit\":{\"who\":\"leader\",\"cpu\":\"1%\"}}," COMMITS, false);
    comes_true("{\"proc.limit\":{\"who\":\"all\",\"cpu\":\"1%\"},\"for\":\"500ms\"},"
               "{\"wait\":\"2s\"}," COMMITS,
               true);
    /* The smaller of two holds while both do. */
    comes_true("{\"proc.limit\":{\"who\":\"all\",\"cpu\":\"1%\"},\"for\":\"4s\"},"
               "{\"proc.limit\":{\"who\":\"all\",\"cpu\":\"50%\"},\"for\":\"1s\"},{\"wait\":"
               "\"1500ms\"}," COMMITS,
               false);
}

/* It is at work: nobody has suspended it, and who suspends it meanwhile says when it goes on. */
static void a_node_at_work_is_not_paused(void **state)
{
    (void)state;
    comes_true("{\"proc.limit\":{\"who\":\"$l\",\"cpu\":\"1%\"},\"for\":\"2s\"},{\"wait\":\"1s\"},"
               "{\"proc.pause\":{\"who\":\"paused\"}}",
               false);
    comes_true("{\"proc.limit\":{\"who\":\"$l\",\"cpu\":\"5%\"}},{\"wait\":\"250ms\"},"
               "{\"proc.pause\":{\"who\":\"$l\"},\"for\":\"2s\"},"
               "{\"wait\":{\"event\":{\"type\":\"becameLeader\",\"who\":[\"n1\",\"n2\",\"n3\"]}},"
               "\"within\":\"1900ms\"}",
               true);
}

static void a_command_line_is_obeyed_for_a_life(void **state)
{
    struct simrun r;
    (void)state;
    simrun(&r, 1, SIMRUN_CLUSTER,
           SIMRUN_LEADER
           "{\"proc.restart\":{\"who\":\"n1\",\"flags\":[\"--lease-reads\",\"--heartbeat=20ms\","
           "\"--election-timeout\",\"100ms..250ms\"]}},{\"wait\":\"2s\"}",
           CLIENTS);
    simrun_assert_done(&r);
    simrun_close(&r);
    /* Nonsense is found when it starts, as the daemon finds it. */
    comes_true("{\"proc.restart\":{\"who\":\"n1\",\"flags\":[\"--heartbeat=never\"]}},"
               "{\"wait\":{\"exit\":{\"who\":\"n1\",\"code\":78}},\"within\":\"2s\"}",
               true);
    /* Whoever waits longer than the others does not lead. */
    comes_true(
        "{\"load.stop\":{}},{\"wait\":{\"caughtUp\":{\"who\":\"all\"}},\"within\":\"3s\"},"
        "{\"proc.kill\":{\"who\":\"all\"}},{\"proc.start\":{\"who\":[\"n1\",\"n3\"],\"flags\":["
        "\"--election-timeout=3s..6s\"]}},{\"proc.start\":{\"who\":\"n2\"}},"
        "{\"wait\":{\"role\":{\"who\":\"n2\",\"is\":\"leader\"}},\"within\":\"2500ms\"}",
        true);
}

/* A node reads its directory when it starts. */
static void reads_take_as_long_as_their_disk(void **state)
{
    (void)state;
    const char *start = "{\"proc.start\":{\"who\":\"$l\"}},"
                        "{\"wait\":{\"event\":{\"type\":\"appendAccepted\",\"who\":\"$l\"}},"
                        "\"within\":\"600ms\"}";
    static const struct {
        const char *fault;
        bool soon;
    } cases[] = {
        {"{\"disk.slow\":{\"who\":\"$l\",\"delay\":\"700ms\",\"op\":\"read\",\"file\":\"snapshot\"}"
         "}",
         true},
        {"{\"disk.slow\":{\"who\":\"$l\",\"delay\":\"700ms\",\"op\":\"read\",\"file\":\"log\"}}",
         false},
        {"{\"disk.stall\":{\"who\":\"$l\",\"op\":\"read\"},\"for\":\"30s\"}", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char steps[1024];
        (void)snprintf(steps, sizeof(steps),
                       "{\"proc.kill\":{\"who\":\"$l\"}},"
                       "{\"wait\":{\"leader\":{\"stable\":\"300ms\"}},\"within\":\"5s\"},%s,%s",
                       cases[i].fault, start);
        comes_true(steps, cases[i].soon);
    }
    comes_true("{\"proc.kill\":{\"who\":\"$l\"}},"
               "{\"disk.stall\":{\"who\":\"$l\",\"op\":\"read\"},\"for\":\"1s\"},"
               "{\"proc.start\":{\"who\":\"$l\"}},"
               "{\"wait\":{\"caughtUp\":{\"who\":\"$l\",\"lagEntries\":50}},\"within\":\"3s\"}",
               true);
}

static void a_directory_at_rest_goes_on_alone(void **state)
{
    (void)state;
    comes_true("{\"proc.kill\":{\"who\":\"all\"}},{\"wait\":\"300ms\"},"
               "{\"cluster.forceRecover\":{\"survivors\":\"n2\",\"mode\":\"peersFile\"}},"
               "{\"wait\":{\"config\":{\"members\":\"n2\",\"committed\":true}},\"within\":\"3s\"}",
               true);
    /* One that runs is asked instead. */
    comes_true("{\"cluster.forceRecover\":{\"survivors\":\"n2\",\"mode\":\"peersFile\","
               "\"timeout\":\"1s\"}}",
               false);
}

/* At the end everybody is made to go on, also who would stall for longer. */
static void a_stall_ends_with_the_run(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct simrun r;
        simrun(&r, seed, SIMRUN_CLUSTER,
               SIMRUN_LEADER
               "{\"proc.stallAt\":{\"who\":\"$l\",\"point\":\"fsyncBegin\",\"stall\":\"9s\"}},"
               "{\"wait\":\"1s\"}",
               CLIENTS ",\"expect\":{\"recovers\":{\"within\":\"5s\"}}");
        simrun_assert_done(&r);
        assert_int_not_equal(r.outcome.runner.healed_at_ns, 0);
        simrun_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_of_a_processor_is_soon_used_up),
        cmocka_unit_test(a_node_at_work_is_not_paused),
        cmocka_unit_test(a_command_line_is_obeyed_for_a_life),
        cmocka_unit_test(reads_take_as_long_as_their_disk),
        cmocka_unit_test(a_stall_ends_with_the_run),
        cmocka_unit_test(a_directory_at_rest_goes_on_alone),
    };
    return cmocka_run_group_tests_name("sim_process", tests, NULL, NULL);
}
