/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run in which virtual time does not pass ends all the same, and says what went on. */
#include "base/units.h"
#include "emulator/sim/pace.h"
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void note(struct sim_pace *p, uint64_t t_ns, uint64_t times)
{
    const struct sim_event event = {.t_ns = t_ns, .kind = SIM_TIMER, .who = 2};
    while (times-- > 0)
        sim_pace_note(p, &event);
}

static void as_long_as_time_passes_nothing_is_wrong(void **state)
{
    struct sim_pace p = {0};
    (void)state;
    note(&p, NS_PER_S, SIM_PACE_EVENTS - 1);
    assert_false(sim_pace_stands(&p));
    note(&p, NS_PER_S + SIM_PACE_NS, SIM_PACE_EVENTS - 1);
    assert_false(sim_pace_stands(&p));
}

/* A nanosecond an event is no passing of time. */
static void creeping_is_standing(void **state)
{
    struct sim_pace p = {0};
    char text[512];
    (void)state;
    note(&p, 3 * NS_PER_S, SIM_PACE_EVENTS - 1);
    note(&p, 3 * NS_PER_S + SIM_PACE_NS - 1, 1);
    assert_true(sim_pace_stands(&p));
    sim_pace_say(&p, NS_PER_S, 3, text, sizeof(text));
    assert_string_equal(text, "virtual time stands still at 2s: 1000000 events, the last ones are "
                              "n3 its timer; n3 its timer; n3 its timer; n3 its timer; n3 its "
                              "timer; n3 its timer");
}

/* Two clients that read what their node knows, at once, again and again. */
static void a_run_that_stands_ends(void **state)
{
    struct simrun r;
    (void)state;
    simrun(&r, 1, "\"voters\":1",
           "{\"wait\":{\"leader\":{}},\"within\":\"5s\"},{\"load.start\":{}},{\"wait\":\"1s\"}",
           ",\"clients\":{\"count\":2,\"mix\":{\"read\":1},\"readMode\":\"local\"}");
    assert_true(r.outcome.runner.failed);
    assert_int_equal(r.outcome.runner.steps_done, 2);
    assert_true(r.outcome.events >= SIM_PACE_EVENTS && r.outcome.events < 2 * SIM_PACE_EVENTS);
    assert_non_null(strstr(r.outcome.runner.sentence, "virtual time stands still at "));
    assert_non_null(strstr(r.outcome.runner.sentence, "n1 gets a packet of clients"));
    assert_non_null(strstr(r.outcome.runner.sentence, "clients without a rate on links without"));
    simrun_close(&r);
}

/* After the story: the clients' last answers and the nodes' end have the same limit. */
static void with_a_delay_it_goes_on(void **state)
{
    struct simrun r;
    (void)state;
    simrun(&r, 1, "\"voters\":1",
           "{\"wait\":{\"leader\":{}},\"within\":\"5s\"},{\"load.start\":{}},{\"wait\":\"1s\"}",
           ",\"links\":{\"default\":{\"delay\":\"1ms\"}},"
           "\"clients\":{\"count\":2,\"mix\":{\"read\":1},\"readMode\":\"local\"}");
    simrun_assert_done(&r);
    simrun_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_long_as_time_passes_nothing_is_wrong),
        cmocka_unit_test(creeping_is_standing),
        cmocka_unit_test(a_run_that_stands_ends),
        cmocka_unit_test(with_a_delay_it_goes_on),
    };
    return cmocka_run_group_tests_name("sim_pace", tests, NULL, NULL);
}
