/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line that tells how far an exploration is. */
#include "base/units.h"
#include "emulator/commands/explore_progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_the_line(void **state)
{
    (void)state;
    struct buf line = {0};
    struct ex_numbers n = {.depth = 1, .elapsed_ns = 500 * NS_PER_MS};
    struct explore_progress p = {0};
    explore_progress_line(&n, &p, &line);
    assert_string_equal(buf_str(&line),
                        "depth 1, 0 states, 0 generated (0/s), 0 left here, 0 MiB, 0:00:00");
    buf_reset(&line);
    n = (struct ex_numbers){.depth = 23,
                            .distinct = 12345678,
                            .generated = 100200300,
                            .frontier = 999,
                            .memory_bytes = 200 * MIB + 1,
                            .disk_bytes = 90 * MIB,
                            .elapsed_ns = 3723 * NS_PER_S};
    /* The rate is that since the line before. */
    p = (struct explore_progress){.told_ns = 3713 * NS_PER_S, .told_generated = 88000300};
    explore_progress_line(&n, &p, &line);
    assert_string_equal(buf_str(&line), "depth 23, 12.3 M states, 100 M generated (1.22 M/s), "
                                        "999 left here, 201 MiB + 90 on disk, 1:02:03");
    buf_reset(&line);
    n = (struct ex_numbers){.distinct = 999999, .generated = 1000, .elapsed_ns = NS_PER_S};
    p = (struct explore_progress){.told_ns = NS_PER_S};
    explore_progress_line(&n, &p, &line); /* no time since then */
    assert_string_equal(buf_str(&line), "depth 0, 1.00 M states, 1.00 k generated (0/s), "
                                        "0 left here, 0 MiB, 0:00:01");
    buf_free(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
