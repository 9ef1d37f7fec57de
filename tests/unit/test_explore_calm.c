/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of a state when faults stop. */
#include "emulator/explore/calm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct ex_space space;
static struct ex_calm calm;
static struct ex_cluster first;

static int set_up(void **state)
{
    struct ex_bounds bounds = {.servers = *state == NULL ? 3 : 2, .terms = 2};
    ex_space_init(&space, &bounds);
    ex_calm_init(&calm, &space);
    ex_cluster_begin(&first, &space);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ex_calm_free(&calm);
    ex_space_free(&space);
    return 0;
}

/* The first state, asked twice in a row: the same servers do the same. */
static void test_again(void **state)
{
    (void)state;
    uint32_t once[EX_SERVERS];
    assert_null(ex_calm_run(&calm, &first));
    memcpy(once, calm.server, sizeof(once));
    assert_null(ex_calm_run(&calm, &first));
    assert_memory_equal(once, calm.server, sizeof(once));
    assert_int_equal(calm.unclear, 0);
}

/* One that is down, with an entry that the first server lacks, and its own idea of who votes. */
static uint32_t with_entry(uint8_t id, const struct raft_config *members)
{
    struct ex_row row = {.host = {.id = id, .boot = ex_space_config(&space, members)}, .term = 1};
    row.host.disk.term = 1;
    row.host.disk.log = (struct ex_log){.count = 1, .at = {{1, ENTRY_DATA, 0}}};
    return ex_space_server(&space, &row, NULL);
}

/* Of two voters one, which is down, has an entry that the other lacks, and believes that it is no
 * voter: it refuses its vote for ever and never asks for one. */
static void test_elections_without_end(void **state)
{
    (void)state;
    struct raft_config alone = {.count = 1, .members = {{.id = 1, .flags = RAFT_VOTER}}};
    first.server[1] = with_entry(2, &alone);
    const char *wrong = ex_calm_run(&calm, &first);
    assert_non_null(wrong);
    assert_non_null(strstr(wrong, "not stuck: elections without end"));
    assert_int_equal(calm.unclear, 0);
}

/* Two of three are up, and the one that would be elected does not know that it votes: the third has
 * to come back first, and then it goes on. */
static void test_nobody_electable(void **state)
{
    (void)state;
    struct raft_config all = {
        .count = 3, .members = {{1, RAFT_VOTER, 0}, {2, RAFT_VOTER, 0}, {3, RAFT_VOTER, 0}}};
    struct raft_config before = {.count = 2, .members = {{1, RAFT_VOTER, 0}, {3, 0, 0}}};
    struct ex_event start = {.kind = EX_EVENT_RESTART};
    first.server[1] = with_entry(2, &all);
    first.server[2] = ex_memo_take(&calm.memo, with_entry(3, &before), start).server;
    assert_null(ex_calm_run(&calm, &first));
    first.server[2] = ex_memo_take(&calm.memo, with_entry(3, &all), start).server;
    assert_null(ex_calm_run(&calm, &first)); /* this one knows, and leads */
}

/* More is committed already than there is room for: whether it goes on is not known. */
static void test_unclear(void **state)
{
    (void)state;
    struct ex_ghost ghost = {.committed = EX_LOG};
    first.ghost = ex_space_ghost(&space, &ghost);
    assert_null(ex_calm_run(&calm, &first));
    assert_int_equal(calm.unclear, 1);
    assert_true(calm.ended.times[EX_LIMIT_LOG] > 0);
    ghost.committed--;
    first.ghost = ex_space_ghost(&space, &ghost);
    assert_null(ex_calm_run(&calm, &first));
    assert_int_equal(calm.unclear, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_again, set_up, tear_down),
        cmocka_unit_test_prestate_setup_teardown(test_elections_without_end, set_up, tear_down,
                                                 &space),
        cmocka_unit_test_setup_teardown(test_nobody_electable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unclear, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
