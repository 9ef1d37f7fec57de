/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a server starts from: limits that its disk may exceed, and what it knows at once. */
#include "base/err.h"
#include "base/mem.h"
#include "base/units.h"
#include "raft/raft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct raft_limits limits = {
    .terms_max = 3, .window_max = 4, .batch_max = 8, .uncommitted_max = 100, .chunk_bytes = 64};
static const struct raft_timing timing = {150 * NS_PER_MS, 300 * NS_PER_MS, 50 * NS_PER_MS};
static const struct raft_run runs[] = {{6, 2}, {7, 3}, {9, 5}, {10, 6}};
static const struct raft_config three = {
    .count = 3, .members = {{1, RAFT_VOTER, 0}, {2, RAFT_VOTER, 0}, {3, RAFT_VOTER, 0}}};

/* Base {1,5}; entries 6 of term 2, 7 and 8 of term 3, 9 of term 5; committed up to 7. */
static struct raft_boot boot_of(void)
{
    static const uint64_t index = 0;
    return (struct raft_boot){.self = 2,
                              .term = 7,
                              .vote = 3,
                              .base = {1, 5},
                              .image = {.pos = {2, 6}, .bytes = 300},
                              .commit = 7,
                              .runs_count = 3,
                              .runs = runs,
                              .last_index = 9,
                              .configs_count = 1,
                              .configs = &three,
                              .config_indexes = &index,
                              .now_ns = NS_PER_S,
                              .seed = 1};
}

static void knows_its_disk(void **state)
{
    (void)state;
    struct raft *r = mem_alloc(raft_size(&limits));
    struct raft_boot boot = boot_of();
    uint64_t index = 99;
    memset(r, 0xa5, raft_size(&limits)); /* what was in the block before must not matter */
    assert_int_equal(raft_open(r, &limits, &timing, &boot), 0);
    assert_int_equal(raft_term(r), 7);
    assert_int_equal(raft_role(r), RAFT_FOLLOWER);
    assert_int_equal(raft_leader(r), 0);
    assert_int_equal(raft_commit(r), 7);
    assert_int_equal(raft_durable(r), 9);
    assert_int_equal(raft_last(r).index, 9);
    assert_int_equal(raft_last(r).term, 5);
    const uint64_t terms[] = {0, 1, 2, 3, 3, 5, 0}; /* of 4 .. 10 */
    for (uint64_t i = 0; i < ARRAY_LEN(terms); i++)
        assert_int_equal(raft_term_at(r, 4 + i), terms[i]);
    assert_int_equal(raft_config(r, &index)->count, 3);
    assert_int_equal(index, 0);
    assert_false(raft_term_committed(r));
    assert_int_equal(raft_base(r).index, 5);
    assert_int_equal(raft_image(r).pos.index, 6);
    assert_null(raft_invariant(r));
    free(r);
}

static void more_terms_than_fit(void **state)
{
    (void)state;
    struct raft *r = mem_alloc(raft_size(&limits));
    struct raft_boot boot = boot_of();
    boot.runs_count = 4;
    boot.last_index = 10;
    assert_int_equal(raft_open(r, &limits, &timing, &boot), -E_LIMIT);
    free(r);
}

static void more_configurations_than_fit(void **state)
{
    (void)state;
    struct raft *r = mem_alloc(raft_size(&limits));
    struct raft_config configs[RAFT_CONFIGS + 1];
    uint64_t indexes[RAFT_CONFIGS + 1];
    for (uint64_t i = 0; i < ARRAY_LEN(configs); i++) {
        configs[i] = three;
        indexes[i] = i;
    }
    struct raft_boot boot = boot_of();
    boot.base = (struct raft_pos){0};
    boot.image = (struct raft_image){0};
    boot.commit = 0;
    boot.runs = (const struct raft_run[]){{1, 1}};
    boot.runs_count = 1;
    boot.last_index = 20;
    boot.configs = configs;
    boot.config_indexes = indexes;
    boot.configs_count = RAFT_CONFIGS;
    assert_int_equal(raft_open(r, &limits, &timing, &boot), 0);
    boot.configs_count = RAFT_CONFIGS + 1;
    assert_int_equal(raft_open(r, &limits, &timing, &boot), -E_LIMIT);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(knows_its_disk),
                                       cmocka_unit_test(more_terms_than_fit),
                                       cmocka_unit_test(more_configurations_than_fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
