/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an image says of the history it stands for is compared with that history. */
#include "emulator/explore/invariants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define OTHER (EX_CONFIG_FIRST + 1)

/* Three entries are committed, the second one a change of members; a server has an image of the
 * first `image` of them, and its commit index has just come there. */
static const char *judged(uint8_t image, uint8_t term, uint8_t config, uint8_t config_index)
{
    struct ex_ghost g = {
        .committed = 3,
        .entry = {{1, ENTRY_NOOP, 0}, {1, ENTRY_CONFIG, OTHER}, {2, ENTRY_NOOP, 0}},
        .in_term = {1, 1, 2},
    };
    struct ex_row row = {.host = {.id = 1,
                                  .up = 1,
                                  .image = image,
                                  .image_term = term,
                                  .image_config = config,
                                  .image_config_index = config_index},
                         .commit = image,
                         .term = 2};
    row.host.disk.log = (struct ex_log){.base = image, .base_term = term};
    struct ex_change change = {.before = &row, .rows = {&row}, .flags = EX_COMMITTED};
    return ex_invariants(&change, &g);
}

static void test_images(void **state)
{
    (void)state;
    assert_null(judged(1, 1, EX_CONFIG_FIRST, 0));
    assert_null(judged(2, 1, OTHER, 2));
    assert_null(judged(3, 2, OTHER, 2));
    assert_non_null(judged(3, 1, OTHER, 2));           /* another term */
    assert_non_null(judged(3, 2, EX_CONFIG_FIRST, 0)); /* members of long ago */
    assert_non_null(judged(3, 2, OTHER, 1));           /* the right ones, from elsewhere */
    assert_non_null(judged(1, 1, OTHER, 2));           /* of what comes only later */
    assert_non_null(judged(3, 2, EX_CONFIG_FIRST, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
