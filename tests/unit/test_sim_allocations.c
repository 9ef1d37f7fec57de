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

static void judge(const char *what, int code, const struct sim_row *row, const struct err *e)
{
    if (code < 0)
        fail_msg("%s: %s", what, e->text);
    print_message("%s: %llu events, %llu allocations\n", what, (unsigned long long)row->events,
                  (unsigned long long)row->allocs);
    assert_true(row->events > 5000);
    assert_int_equal(row->allocs, 0);
}

static void none(const struct sim_story *story)
{
    char what[64];
    struct sim_row row = {0};
    struct err e = {0};
    (void)snprintf(what, sizeof(what), "%u nodes, %u ops/s%s", story->nodes, story->ops_per_s,
                   story->faults ? " and faults" : "");
    judge(what, sim_row_measure(story, 7, &row, &e), &row, &e);
}

static void none_of_file(const char *path)
{
    struct sim_row row = {0};
    struct err e = {0};
    judge(path, sim_row_measure_file(path, 7, &row, &e), &row, &e);
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

/* What a run can be made of besides: the checkers and the steps of whole scenarios. */
static void with_everything_that_is_rare(void **state)
{
    static const char *const files[] = {
        "scenarios/snapshots/snapshot-churn.json",
        "scenarios/snapshots/snapshot-crash-points.json",
        "scenarios/membership/membership-churn.json",
        "scenarios/membership/learner-then-promote.json",
        "scenarios/disks/corrupt-minority.json",
        "scenarios/clocks/clock-jump.json",
        "scenarios/reads/lease-partition.json",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        none_of_file(files[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle),
        cmocka_unit_test(with_writes_and_reads),
        cmocka_unit_test(with_faults),
        cmocka_unit_test(with_everything_that_is_rare),
    };
    if (!alloc_counted()) {
        (void)printf("skip: a sanitizer's allocator cannot be counted\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
