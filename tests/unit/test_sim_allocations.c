/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an event of virtual time costs in calls of the C library's allocator: none. Loads as the
 * bench has them, every checker judging, from the first event to the last: nodes that are born,
 * die and start again, logs and maps that grow, snapshots and what judges need included. */
#include "tests/bench/alloc_count.h"
#include "tests/bench/sim_row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void none(const struct sim_story *story)
{
    struct sim_row row = {0};
    struct err e = {0};
    int code = sim_row_measure(story, 7, &row, &e);
    if (code < 0)
        fail_msg("%s", e.text);
    print_message("%u nodes, %u ops/s%s: %llu events, %llu allocations\n", story->nodes,
                  story->ops_per_s, story->faults ? " and faults" : "",
                  (unsigned long long)row.events, (unsigned long long)row.allocs);
    assert_true(row.events > 5000);
    assert_int_equal(row.allocs, 0);
}

static void idle(void **state)
{
    (void)state;
    none(&(struct sim_story){3, 0, false, 60});
    none(&(struct sim_story){9, 0, false, 30});
}

static void with_writes_and_reads(void **state)
{
    (void)state;
    none(&(struct sim_story){5, 100, false, 60});
    none(&(struct sim_story){5, 1000, false, 15});
}

static void with_faults(void **state)
{
    (void)state;
    none(&(struct sim_story){5, 100, true, 60});
    none(&(struct sim_story){5, 1000, true, 15});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle),
        cmocka_unit_test(with_writes_and_reads),
        cmocka_unit_test(with_faults),
    };
    if (!alloc_counted()) {
        (void)printf("skip: a sanitizer's allocator cannot be counted\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
