/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of a state when faults stop. */
#include "emulator/explore/calm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct ex_bounds bounds = {.servers = 3, .terms = 2};

/* The first state, asked twice in a row: the same servers do the same. */
static void test_again(void **state)
{
    (void)state;
    struct ex_space space;
    struct ex_calm calm;
    struct ex_cluster first;
    uint32_t once[EX_SERVERS];
    ex_space_init(&space, &bounds);
    ex_calm_init(&calm, &space);
    ex_cluster_begin(&first, &space);
    assert_null(ex_calm_run(&calm, &first));
    memcpy(once, calm.server, sizeof(once));
    assert_null(ex_calm_run(&calm, &first));
    assert_memory_equal(once, calm.server, sizeof(once));
    ex_calm_free(&calm);
    ex_space_free(&space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
