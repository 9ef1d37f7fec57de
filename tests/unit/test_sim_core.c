/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is drawn to recover first can decide whatever still comes of what was asked before. */
#include "base/units.h"
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* n1 is cut off when it is told to leave: it may be removed as soon as it is mended. */
static void is_not_counted_on(const char *cluster, const char *told)
{
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct simrun r;
        char steps[512];
        (void)snprintf(steps, sizeof(steps),
                       "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"9s\"},"
                       "{\"net.isolate\":{\"who\":\"n1\"}},%s",
                       told);
        simrun(&r, seed, cluster, steps,
               ",\"links\":{\"default\":{\"delay\":\"1ms\"}},\"expect\":{\"recovers\":{\"core\":"
               "\"quorum\"}}");
        simrun_assert_done(&r);
        assert_int_equal(r.outcome.runner.core & 6, 6);
        simrun_close(&r);
    }
}

static void asked_to_leave(void **state)
{
    (void)state;
    is_not_counted_on("\"voters\":3",
                      "{\"node.leave\":{\"who\":\"n1\",\"expect\":\"any\",\"timeout\":\"300ms\"}}");
}

/* Whoever is set so leaves at a signal, however the step is called. */
static void leaving_at_a_signal(void **state)
{
    static const char *const told[] = {
        "{\"proc.stop\":{\"who\":\"n1\"}}",
        "{\"proc.kill\":{\"who\":\"n1\",\"signal\":\"SIGINT\"}}",
        "{\"proc.restart\":{\"who\":\"n1\",\"signal\":\"SIGTERM\",\"gap\":\"1s\"}}",
        "{\"proc.rolling\":{\"who\":\"n1\",\"waitHealthy\":false}}"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(told); i++)
        is_not_counted_on("\"voters\":3,\"config\":{\"on_sigterm\":\"leave\"}", told[i]);
    is_not_counted_on(
        "\"voters\":3,\"versions\":[\"a\"],\"perVersion\":{\"a\":{\"on_sigterm\":\"leave\"}}",
        told[0]);
}

/* n1 leads by the heartbeats of n2 and n5, and n5 gets none of its entries: what remains of that
 * filter among those who are not mended would keep n2 from voting for ever. */
static void links_carry_all_or_nothing(void **state)
{
    struct simrun r;
    (void)state;
    simrun(
        &r, 1, "\"voters\":5",
        "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"9s\"},"
        "{\"leader.transfer\":{\"to\":\"n1\",\"expect\":\"any\"}},"
        "{\"wait\":{\"role\":{\"who\":\"n1\",\"is\":\"leader\"}},\"within\":\"9s\"},"
        "{\"net.filter\":{\"link\":\"all\",\"message\":[\"AppendEntries\"],\"verdict\":\"drop\"}},"
        "{\"net.isolate\":{\"who\":[\"n3\",\"n4\"]}}",
        ",\"clients\":{\"count\":2,\"model\":\"register\"},"
        "\"links\":{\"default\":{\"delay\":\"1ms\"}},"
        "\"expect\":{\"recovers\":{\"within\":\"10s\",\"core\":[\"n2\",\"n3\",\"n4\"]}}");
    simrun_assert_done(&r);
    const struct runner_result *result = &r.outcome.runner;
    assert_int_equal(result->core, 14);
    assert_true(result->core_to_ns - result->core_from_ns < 10 * NS_PER_S);
    simrun_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asked_to_leave),
        cmocka_unit_test(leaving_at_a_signal),
        cmocka_unit_test(links_carry_all_or_nothing),
    };
    return cmocka_run_group_tests_name("sim_core", tests, NULL, NULL);
}
