/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arithmetic of clocks that differ from true time. */
#include "base/host_clock.h"
#include "base/prng.h"
#include "base/units.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define T0    (5 * NS_PER_S)
#define S0    (700 * NS_PER_S)
#define MS(n) ((n)*NS_PER_MS)

static void a_right_clock_differs_by_its_start(void **state)
{
    struct host_clock c = host_clock_new(T0, S0);
    (void)state;
    assert_true(host_clock_read(&c, T0) == S0);
    assert_true(host_clock_read(&c, T0 + 123456789) == S0 + 123456789);
    assert_true(host_clock_when(&c, S0 + 7) == T0 + 7);
    assert_true(host_clock_when(&c, S0 - 7) == T0); /* it is past */
    assert_true(host_clock_paid(&c) == T0);
}

static void a_rate_counts_from_the_moment_it_is_given(void **state)
{
    struct host_clock c = host_clock_new(T0, S0);
    (void)state;
    host_clock_run(&c, T0 + MS(10), HOST_CLOCK_PPM, false); /* twice as fast */
    assert_true(host_clock_read(&c, T0 + MS(15)) == S0 + MS(20));
    assert_true(host_clock_when(&c, S0 + MS(20)) == T0 + MS(15));
    host_clock_run(&c, T0 + MS(20), -HOST_CLOCK_PPM / 2, false);
    assert_true(host_clock_read(&c, T0 + MS(24)) == S0 + MS(32));
    assert_true(host_clock_when(&c, S0 + MS(32)) == T0 + MS(24));
}

static void a_frozen_clock_comes_to_nothing_new(void **state)
{
    struct host_clock c = host_clock_new(T0, S0);
    (void)state;
    host_clock_run(&c, T0 + MS(1), 0, true);
    assert_true(host_clock_read(&c, T0 + MS(900)) == S0 + MS(1));
    assert_true(host_clock_when(&c, S0 + MS(2)) == UINT64_MAX);
    assert_true(host_clock_when(&c, S0 + MS(1)) == T0 + MS(1)); /* what it shows is there */
    host_clock_run(&c, T0 + MS(900), 0, false);                 /* it has missed that time */
    assert_true(host_clock_read(&c, T0 + MS(901)) == S0 + MS(2));
}

static void a_wall_clock_goes_back(void **state)
{
    struct host_clock c = host_clock_new(T0, S0);
    (void)state;
    host_clock_set(&c, T0 + MS(10), -(int64_t)MS(100));
    assert_true(host_clock_read(&c, T0 + MS(10)) == S0 - MS(90));
    assert_true(host_clock_read(&c, T0 + MS(20)) == S0 - MS(80));
    assert_true(host_clock_paid(&c) == T0 + MS(10));
    host_clock_set(&c, T0 + MS(20), (int64_t)MS(500));
    assert_true(host_clock_read(&c, T0 + MS(21)) == S0 + MS(421));
    host_clock_set(&c, T0 + MS(21), INT64_MIN + 1);
    assert_true(host_clock_read(&c, T0 + MS(22)) == MS(1)); /* not before the beginning of time */
}

static void set_back_it_stands_and_goes_on(void **state)
{
    struct host_clock c = host_clock_new(T0, S0);
    (void)state;
    host_clock_jump(&c, T0, -(int64_t)MS(100));
    assert_true(host_clock_paid(&c) == T0 + MS(100));
    assert_true(host_clock_read(&c, T0 + MS(100)) == S0);
    assert_true(host_clock_read(&c, T0 + MS(130)) == S0 + MS(30));
    assert_true(host_clock_when(&c, S0 + MS(30)) == T0 + MS(130));
    /* Half of it is forgiven. */
    host_clock_jump(&c, T0 + MS(130), -(int64_t)MS(100));
    host_clock_forgive(&c, T0 + MS(180));
    assert_true(host_clock_read(&c, T0 + MS(181)) == S0 + MS(31));
}

static void ahead_it_pays_what_it_owes_first(void **state)
{
    struct host_clock c = host_clock_new(T0, S0);
    (void)state;
    host_clock_jump(&c, T0, (int64_t)MS(40));
    assert_true(host_clock_read(&c, T0) == S0 + MS(40));
    host_clock_jump(&c, T0, -(int64_t)MS(100));
    host_clock_jump(&c, T0, (int64_t)MS(70));
    assert_true(host_clock_read(&c, T0 + MS(30)) == S0 + MS(40));
    assert_true(host_clock_read(&c, T0 + MS(31)) == S0 + MS(41));
    host_clock_jump(&c, T0 + MS(31), -(int64_t)MS(5));
    host_clock_jump(&c, T0 + MS(31), (int64_t)MS(9));
    assert_true(host_clock_read(&c, T0 + MS(31)) == S0 + MS(45));
}

/* Whatever is done to it: it never goes back, and its timers are due neither early nor late. */
static void it_never_goes_back_and_timers_are_exact(void **state)
{
    struct prng p = prng_seed(11);
    struct host_clock c = host_clock_new(T0, S0);
    uint64_t now = T0, last = S0;
    (void)state;
    for (int i = 0; i < 100000; i++) {
        now += prng_below(&p, MS(3));
        uint64_t shown = host_clock_read(&c, now);
        assert_true(shown >= last);
        last = shown;
        switch (prng_below(&p, 4)) {
        case 0: host_clock_jump(&c, now, (int64_t)prng_below(&p, MS(8)) - (int64_t)MS(4)); break;
        case 1:
            host_clock_run(&c, now,
                           (int64_t)prng_below(&p, 3 * HOST_CLOCK_PPM) - HOST_CLOCK_PPM + 1,
                           prng_chance(&p, 0.1));
            break;
        case 2: host_clock_forgive(&c, now); break;
        default: break;
        }
        last = host_clock_read(&c, now);
        assert_true(last >= shown);
        uint64_t due = last + 1 + prng_below(&p, MS(50)), at = host_clock_when(&c, due);
        if (at == UINT64_MAX) {
            assert_true(c.frozen);
            continue;
        }
        assert_true(at > now && host_clock_read(&c, at) >= due &&
                    host_clock_read(&c, at - 1) < due);
    }
}

/* A year at a hundred times the right rate is no number too large. */
static void far_times_do_not_overflow(void **state)
{
    uint64_t year = 365ull * 24 * 3600 * NS_PER_S;
    struct host_clock c = host_clock_new(T0, S0);
    (void)state;
    host_clock_run(&c, T0, 99 * (int64_t)HOST_CLOCK_PPM, false);
    assert_true(host_clock_read(&c, T0 + year) == S0 + 100 * year);
    assert_true(host_clock_when(&c, S0 + 100 * year) == T0 + year);
    host_clock_run(&c, T0, 1 - HOST_CLOCK_PPM, false);
    assert_true(host_clock_when(&c, S0 + year) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_clock_differs_by_its_start),
        cmocka_unit_test(a_rate_counts_from_the_moment_it_is_given),
        cmocka_unit_test(a_frozen_clock_comes_to_nothing_new),
        cmocka_unit_test(a_wall_clock_goes_back),
        cmocka_unit_test(set_back_it_stands_and_goes_on),
        cmocka_unit_test(ahead_it_pays_what_it_owes_first),
        cmocka_unit_test(it_never_goes_back_and_timers_are_exact),
        cmocka_unit_test(far_times_do_not_overflow),
    };
    return cmocka_run_group_tests_name("host_clock", tests, NULL, NULL);
}
