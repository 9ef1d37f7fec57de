/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clock that the emulator stamps with, and the timers of its loop, which have another one. */
#include "emulator/live/loop_time.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The loop counts by another clock: what is due by ours is due there, not earlier. */
static void loop_timers_are_not_early(void **state)
{
    uv_loop_t loop;
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    for (unsigned i = 0; i < 1000; i++) {
        uv_update_time(&loop);
        uint64_t began_ms = uv_now(&loop), now_ns = loop_now_ns();
        uint64_t wait_ms = loop_until(&loop, now_ns + 5 * NS_PER_MS);
        /* The loop's clock is cut to milliseconds: when it shows the end, 5 ms have passed. */
        assert_true(wait_ms >= 5);
        assert_true((began_ms + wait_ms) * NS_PER_MS >=
                    loop_clock_ns(CLOCK_MONOTONIC) + 5 * NS_PER_MS - (loop_now_ns() - now_ns));
    }
    assert_int_equal(loop_until(&loop, loop_now_ns() - 1), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loop_timers_are_not_early),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
