/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two processes on copies of one directory: the others accept the later one, and tell the other. */
#include "base/units.h"
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLUSTER "\"voters\":3,\"spare\":1"
#define LINKS   ",\"links\":{\"default\":{\"delay\":\"1ms\"}}"
#define LEADS   "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"9s\"}"

static bool file_says(const struct simrun *r, const char *name, const char *text)
{
    char *file = simrun_file(r, name);
    bool found = strstr(file, text) != NULL;
    free(file);
    return found;
}

static void the_first_one_ends(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct simrun r;
        simrun(
            &r, seed, CLUSTER,
            LEADS
            ",{\"proc.twin\":{\"who\":\"follower(0)\",\"to\":\"n4\"},\"for\":\"8s\"},"
            "{\"wait\":{\"event\":{\"type\":\"crashed\",\"where\":{\"cause\":\"disk: exit 78\"}}},"
            "\"within\":\"5s\"},"
            "{\"wait\":\"9s\"}," LEADS,
            LINKS);
        simrun_assert_done(&r);
        assert_int_equal(r.outcome.unplanned_exits, 0);
        assert_true(file_says(&r, "trace/n4.ndjson", "\"ev\":\"boot\""));
        assert_false(file_says(&r, "trace/n4.ndjson", "\"node\":\"n4\",\"term\""));
        assert_true(file_says(&r, "faults.ndjson", "\"phase\":\"end\",\"action\":\"proc.twin\""));
        simrun_close(&r);
    }
}

static void where_something_is_there_is_no_room(void **state)
{
    (void)state;
    struct simrun r;
    simrun(&r, 1, CLUSTER, LEADS ",{\"proc.twin\":{\"who\":\"n1\",\"to\":\"n2\"}}", LINKS);
    assert_true(r.outcome.runner.failed);
    assert_non_null(strstr(r.outcome.runner.sentence, "n2: a copy needs a spare node"));
    simrun_close(&r);
    simrun(&r, 1, CLUSTER,
           LEADS ",{\"proc.twin\":{\"who\":\"n1\",\"to\":\"n4\"}},"
                 "{\"proc.twin\":{\"who\":\"n1\",\"to\":\"n4\"}}",
           LINKS);
    assert_true(r.outcome.runner.failed);
    assert_non_null(strstr(r.outcome.runner.sentence, "n4: a copy needs a spare node"));
    simrun_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_one_ends),
        cmocka_unit_test(where_something_is_there_is_no_room),
    };
    return cmocka_run_group_tests_name("sim_twin", tests, NULL, NULL);
}
