/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets lost, doubled, damaged, overtaken. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/units.h"
#include "netem_measure.h"

#define LOSS_MIN 0.073 /* of 10 % at n = 2000: four sigma */
#define LOSS_MAX 0.127

static double lost_share(int count)
{
    return (double)(count - result.arrived) / count;
}

static void loss_is_what_was_asked_for(void **state)
{
    (void)state;
    set(N1, N2, (struct impairment){.loss = 0.1});
    measure(N1, N2, 2000, NS_PER_MS / 4);
    print_message("loss 10%%: %d of 2000\n", 2000 - result.arrived);
    assert_between("loss", lost_share(2000), LOSS_MIN, LOSS_MAX);
    assert_int_equal(result.copies, result.arrived);
    assert_int_equal(counters(N1, N2).lost, 2000 - result.arrived);
    if (netem_can(net, NETEM_CAN_REPEAT))
        assert_int_equal(result.arrived, 1797);
}

static void loss_can_come_in_runs(void **state)
{
    (void)state;
    set(N1, N2,
        (struct impairment){.loss_model = IMPAIR_GILBERT_ELLIOTT, .ge_p = 0.05, .ge_r = 0.25});
    measure(N1, N2, 4000, NS_PER_MS / 4);
    double run = (double)(4000 - result.arrived) / fmax(1, result.lost_runs);
    print_message("Gilbert-Elliott 5%%/25%%: %d of 4000, runs of %.2f\n", 4000 - result.arrived,
                  run);
    assert_between("loss", lost_share(4000), 0.12, 0.22);
    assert_between("run", run, 2.5, 6);
    if (netem_can(net, NETEM_CAN_REPEAT))
        assert_int_equal(result.arrived, 3288);
}

static void some_packets_come_twice(void **state)
{
    (void)state;
    set(N1, N2, (struct impairment){.duplicate = 0.1, .delay_ns = NS_PER_MS});
    measure(N1, N2, 2000, NS_PER_MS / 4);
    int twice = result.copies - result.arrived;
    print_message("duplicate 10%%: %d of 2000\n", twice);
    assert_int_equal(result.arrived, 2000);
    assert_between("duplicates", twice / 2000.0, LOSS_MIN, LOSS_MAX);
    assert_int_equal(counters(N1, N2).duplicated, twice);
    if (netem_can(net, NETEM_CAN_REPEAT))
        assert_int_equal(twice, 191);
}

static void damage_is_found_by_checksums(void **state)
{
    (void)state;
    set(N1, N2, (struct impairment){.corrupt = 0.1});
    measure(N1, N2, 2000, NS_PER_MS / 4);
    print_message("corrupt 10%%: %d of 2000 never came, %d came damaged\n", 2000 - result.arrived,
                  result.damaged);
    assert_between("loss by damage", lost_share(2000), LOSS_MIN, LOSS_MAX);
    assert_int_equal(result.damaged, 0);
}

static void damaged_payload_comes_through(void **state)
{
    (void)state;
    if (!netem_can(net, NETEM_CAN_CORRUPT_PAYLOAD)) {
        print_message("%s: cannot damage the payload alone\n", netem_carrier_name(net));
        skip();
    }
    set(N1, N2, (struct impairment){.corrupt = 0.1, .corrupt_payload = true});
    measure(N1, N2, 2000, NS_PER_MS / 4);
    assert_int_equal(result.copies, 2000);
    assert_int_equal(result.arrived + result.damaged, 2000);
    assert_between("damaged", result.damaged / 2000.0, LOSS_MIN, LOSS_MAX);
    assert_int_equal(counters(N1, N2).corrupted, result.damaged);
}

static void some_packets_overtake(void **state)
{
    (void)state;
    set(N1, N2, (struct impairment){.delay_ns = 10 * NS_PER_MS, .reorder = 0.25});
    measure(N1, N2, 1000, NS_PER_MS);
    print_message("reorder 25%%: %d of 1000 behind a later one\n", result.out_of_order);
    assert_int_equal(result.arrived, 1000);
    assert_true(result.out_of_order > 100);
    assert_true(result.min_ns < 10 * NS_PER_MS);
}

int measure_loss(void)
{
    const struct CMUnitTest tests[] = {
        MEASURE(loss_is_what_was_asked_for),    MEASURE(loss_can_come_in_runs),
        MEASURE(some_packets_come_twice),       MEASURE(damage_is_found_by_checksums),
        MEASURE(damaged_payload_comes_through), MEASURE(some_packets_overtake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
