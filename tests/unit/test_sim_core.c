/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is drawn to recover first can decide whatever still comes of what was asked before. */
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* n1 is cut off when it is told to leave: it may be removed as soon as it is mended. */
static void one_who_is_leaving_is_not_counted_on(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct simrun r;
        simrun(&r, seed, "\"voters\":3",
               "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"9s\"},"
               "{\"net.isolate\":{\"who\":\"n1\"}},"
               "{\"node.leave\":{\"who\":\"n1\",\"expect\":\"any\",\"timeout\":\"300ms\"}}",
               ",\"links\":{\"default\":{\"delay\":\"1ms\"}},\"expect\":{\"recovers\":{\"core\":"
               "\"quorum\"}}");
        simrun_assert_done(&r);
        assert_int_equal(r.outcome.runner.core & 6, 6);
        simrun_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_who_is_leaving_is_not_counted_on),
    };
    return cmocka_run_group_tests_name("sim_core", tests, NULL, NULL);
}
