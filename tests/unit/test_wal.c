/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log without crashes: what is appended, cut and read back, and how space and failure show. */
#include "tests/support/walrig.h"

#include "base/limits.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

#define SMALL (16u * VFS_BLOCK)

static void an_empty_log_stays_empty(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 1, SMALL);
    assert_int_equal(wal_last(r.wal).index, 0);
    assert_int_equal(wal_first(r.wal), 1);
    assert_null(wal_flush(r.wal));
    rig_reopen(&r);
    assert_int_equal(r.found.last.index, 0);
    assert_int_equal(r.found.runs_count, 0);
    assert_int_equal(r.found.batches, 0);
    assert_int_equal(r.found.cut_bytes, 0);
    assert_int_equal(wal_chain_at(r.wal, 0), 0);
    rig_stop(&r);
}

static void entries_come_back_after_a_restart(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 2, SMALL);
    const uint64_t terms[] = {1, 1, 4, 4, 4, 6, 6};
    for (size_t i = 0; i < ARRAY_LEN(terms); i++) {
        rig_append(&r, terms[i], (uint32_t)(i * 100));
        if (i == 2)
            assert_int_equal(rig_drain(&r), 0);
    }
    assert_int_equal(rig_drain(&r), 0);
    uint64_t chain = wal_chain_at(r.wal, 7);
    rig_reopen(&r);
    assert_int_equal(r.found.last.index, 7);
    assert_int_equal(r.found.last.term, 6);
    assert_int_equal(r.found.batches, 2);
    assert_int_equal(r.found.runs_count, 3);
    assert_int_equal(r.found.runs[1].first, 3);
    assert_int_equal(r.found.runs[1].term, 4);
    assert_int_equal(r.found.runs[2].first, 6);
    assert_int_equal(wal_durable(r.wal), 7);
    assert_true(wal_chain_at(r.wal, 7) == chain);
    for (size_t i = 0; i < ARRAY_LEN(terms); i++)
        rig_expect(&r, i + 1, terms[i], (uint32_t)(i * 100));
    rig_stop(&r);
}

/* R-PERS-4 */
static void one_batch_flies_while_the_next_gathers(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 3, SMALL);
    rig_append(&r, 1, 10);
    assert_true(wal_pending(r.wal));
    struct vfs_op *op = wal_flush(r.wal);
    assert_non_null(op);
    assert_true(wal_in_flight(r.wal));
    assert_false(wal_pending(r.wal));
    rig_append(&r, 1, 20);
    rig_append(&r, 1, 30);
    assert_null(wal_flush(r.wal));
    assert_int_equal(wal_durable(r.wal), 0);
    rig_expect(&r, 3, 1, 30); /* readable before it is anywhere else */
    assert_int_equal(rig_complete(&r), 0);
    assert_int_equal(wal_durable(r.wal), 1);
    assert_non_null(wal_flush(r.wal));
    assert_int_equal(rig_complete(&r), 0);
    assert_int_equal(wal_durable(r.wal), 3);
    rig_reopen(&r);
    assert_int_equal(r.found.batches, 2);
    rig_stop(&r);
}

static void cutting_what_was_never_written_costs_nothing(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 4, SMALL);
    rig_batch(&r, 1, 2, 10);
    rig_append(&r, 1, 11);
    wal_truncate(r.wal, 3);
    assert_false(wal_pending(r.wal));
    assert_int_equal(wal_durable(r.wal), 2);
    wal_truncate(r.wal, 3); /* nothing to cut */
    assert_false(wal_pending(r.wal));
    rig_stop(&r);
}

/* 5..20 of term 1 are overwritten by 5..6 of term 2: a restart must not bring 7..20 back. */
static void a_cut_suffix_never_returns(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 5, SMALL);
    rig_batch(&r, 1, 20, 50);
    wal_truncate(r.wal, 5);
    assert_int_equal(wal_last(r.wal).index, 4);
    assert_int_equal(wal_durable(r.wal), 4);
    rig_append(&r, 2, 60);
    rig_append(&r, 2, 61);
    assert_int_equal(wal_durable(r.wal), 4);
    assert_int_equal(rig_drain(&r), 0);
    assert_int_equal(wal_durable(r.wal), 6);
    rig_reopen(&r);
    assert_int_equal(r.found.last.index, 6);
    rig_expect(&r, 4, 1, 50);
    rig_expect(&r, 5, 2, 60);
    rig_expect(&r, 6, 2, 61);
    rig_stop(&r);
}

static void a_cut_alone_is_written_too(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 6, SMALL);
    rig_batch(&r, 1, 8, 50);
    wal_truncate(r.wal, 7);
    wal_truncate(r.wal, 3);
    rig_append(&r, 2, 5);
    wal_truncate(r.wal, 3);
    assert_true(wal_pending(r.wal));
    assert_int_equal(rig_drain(&r), 0);
    assert_false(wal_pending(r.wal));
    rig_reopen(&r);
    assert_int_equal(r.found.last.index, 2);
    rig_stop(&r);
}

static void a_cut_lowers_what_the_batch_in_flight_proves(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 7, SMALL);
    rig_batch(&r, 1, 2, 10);
    for (unsigned i = 0; i < 3; i++)
        rig_append(&r, 1, 20);
    assert_non_null(wal_flush(r.wal)); /* 3..5 of term 1 */
    wal_truncate(r.wal, 4);
    rig_append(&r, 3, 30);
    rig_append(&r, 3, 31);
    assert_int_equal(rig_complete(&r), 0);
    assert_int_equal(wal_durable(r.wal), 3); /* not 5: those are other entries now */
    assert_int_equal(rig_drain(&r), 0);
    assert_int_equal(wal_durable(r.wal), 5);
    rig_reopen(&r);
    rig_expect(&r, 3, 1, 20);
    rig_expect(&r, 4, 3, 30);
    rig_expect(&r, 5, 3, 31);
    rig_stop(&r);
}

static void batches_go_on_in_the_next_segment(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 8, 4 * VFS_BLOCK);
    /* One go: the first batch takes what fits, the others follow. */
    for (unsigned i = 0; i < 100; i++)
        rig_append(&r, 1, 1000);
    assert_int_equal(rig_drain(&r), 0);
    assert_int_equal(wal_durable(r.wal), 100);
    rig_reopen(&r);
    assert_true(r.found.segments >= 7);
    assert_int_equal(r.found.batches, r.found.segments);
    for (uint64_t i = 1; i <= 100; i++)
        rig_expect(&r, i, 1, 1000);
    rig_stop(&r);
}

static void the_largest_entry_of_a_small_segment_fits(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 9, WAL_SEGMENT_BYTES_MIN);
    uint32_t max = wal_entry_bytes_max(r.wal);
    assert_int_equal(max, wal_entry_bytes_max_of(WAL_SEGMENT_BYTES_MIN));
    for (unsigned i = 0; i < 6; i++) {
        rig_batch(&r, 1, 1, i % 2 == 0 ? max : 0);
        wal_truncate(r.wal, wal_last(r.wal).index);
        rig_batch(&r, 1, 1, max); /* with the truncation in the same batch */
    }
    rig_reopen(&r);
    assert_int_equal(r.found.last.index, 6);
    for (uint64_t i = 1; i <= 6; i++)
        rig_expect(&r, i, 1, max);
    rig_stop(&r);
}

static void the_largest_entry_fits_the_default_segment(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 10, WAL_SEGMENT_BYTES_DEFAULT);
    assert_int_equal(wal_entry_bytes_max(r.wal), LIMIT_ENTRY_BYTES);
    rig_batch(&r, 1, 1, LIMIT_ENTRY_BYTES);
    rig_batch(&r, 1, 1, LIMIT_ENTRY_BYTES - 1);
    rig_reopen(&r);
    rig_expect(&r, 1, 1, LIMIT_ENTRY_BYTES);
    rig_expect(&r, 2, 1, LIMIT_ENTRY_BYTES - 1);
    rig_stop(&r);
}

static void old_entries_are_read_from_their_files(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 11, 8 * VFS_BLOCK);
    r.options.cache_bytes = 5000;
    rig_reopen(&r);
    for (unsigned i = 0; i < 60; i++)
        rig_batch(&r, 1, 3, 700);
    uint64_t calls = memvfs_calls(r.m);
    rig_expect(&r, 180, 1, 700); /* in memory */
    assert_true(memvfs_calls(r.m) == calls);
    for (uint64_t i = 180; i >= 1; i--)
        rig_expect(&r, i, 1, 700);
    assert_true(memvfs_calls(r.m) > calls);
    calls = memvfs_calls(r.m);
    for (uint64_t i = 1; i <= 180; i++)
        rig_expect(&r, i, 1, 700);
    assert_true(memvfs_calls(r.m) - calls < 120); /* neighbours share a read */
    rig_batch(&r, 1, 1, 4000);
    rig_batch(&r, 1, 1, 4000);
    rig_expect(&r, 181, 1, 4000);
    rig_expect(&r, 1, 1, 700);
    rig_stop(&r);
}

static void a_read_finds_rot(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 12, SMALL);
    r.options.cache_bytes = 0;
    rig_reopen(&r);
    rig_batch(&r, 1, 5, 700);
    size_t len;
    uint8_t *bytes = memvfs_bytes(r.m, rig_segment(1), &len);
    bytes[1000] ^= 1;
    memvfs_bytes_changed(r.m, rig_segment(1));
    assert_int_equal(rig_check(&r, 2, 1, 700), -E_CORRUPT);
    assert_non_null(strstr(r.e.text, "log-0000000000000001"));
    bytes[1000] ^= 1;
    memvfs_bytes_changed(r.m, rig_segment(1));
    rig_stop(&r);
}

static void a_read_error_is_reported(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 13, SMALL);
    rig_batch(&r, 1, 5, 700);
    r.options.cache_bytes = 0;
    rig_reopen(&r);
    memvfs_fail_call(r.m, 1, -E_IO);
    assert_int_equal(rig_check(&r, 2, 1, 700), -E_IO);
    rig_expect(&r, 2, 1, 700);
    rig_stop(&r);
}

static void hard_state_is_repeated_in_batches(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 14, SMALL);
    wal_set_hard_state(r.wal, 3, 0);
    wal_set_hard_state(r.wal, 3, 2);
    assert_false(wal_pending(r.wal));
    rig_batch(&r, 3, 1, 10);
    wal_set_hard_state(r.wal, 4, 0);
    rig_reopen(&r);
    assert_int_equal(r.found.hard_term, 3);
    assert_int_equal(r.found.hard_vote, 2);
    rig_stop(&r);
}

static void a_full_disk_is_a_state_and_passes(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 15, 4 * VFS_BLOCK);
    memvfs_set_capacity(r.m, memvfs_used(r.m, NULL));
    rig_batch(&r, 1, 1, 12000); /* fills the first; the first attempt to reserve was not needed */
    assert_int_equal(wal_reserve_status(r.wal), 0);
    rig_batch(&r, 1, 1, 12000); /* into the second: the next cannot be prepared */
    assert_int_equal(wal_reserve_status(r.wal), -E_NOSPACE);
    assert_non_null(strstr(wal_reserve_text(r.wal), "no space"));
    rig_batch(&r, 1, 1, 12000); /* reserved space is still usable */
    rig_append(&r, 1, 12000);
    assert_int_equal(rig_drain(&r), 0);
    assert_true(wal_pending(r.wal)); /* no room: not lost, not written, no failure */
    assert_false(wal_failed(r.wal));
    assert_null(wal_flush(r.wal));
    assert_int_equal(wal_durable(r.wal), 3);

    assert_true(wal_reserve(r.wal));             /* still full */
    assert_false(wal_space_known(r.wal, 1, 10)); /* behind the one that waits */
    assert_int_equal(rig_complete(&r), 0);
    assert_true(wal_space_known(r.wal, 1, 10)); /* wal_reserve_status knows */
    assert_int_equal(wal_reserve_status(r.wal), -E_NOSPACE);

    memvfs_set_capacity(r.m, 0);
    assert_true(wal_reserve(r.wal));
    assert_false(wal_reserve(r.wal)); /* already under way */
    assert_int_equal(rig_drain(&r), 0);
    assert_int_equal(wal_reserve_status(r.wal), 0);
    assert_int_equal(wal_durable(r.wal), 4);
    rig_reopen(&r);
    assert_int_equal(r.found.last.index, 4);
    rig_stop(&r);
}

static void what_may_find_no_space_waits(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 23, 4 * VFS_BLOCK);
    memvfs_set_capacity(r.m, memvfs_used(r.m, NULL));
    rig_batch(&r, 1, 1, 12000);
    assert_true(wal_space_known(r.wal, 1, 12000));
    rig_batch(&r, 1, 1, 12000);
    rig_batch(&r, 1, 1, 5000); /* into the last one that was reserved */
    assert_true(wal_reserve(r.wal));
    assert_true(wal_space_known(r.wal, 1, 100)); /* there is room beside it */
    assert_false(wal_space_known(r.wal, 1, 12000));
    assert_false(wal_space_known(r.wal, 1000, 100)); /* each needs its header */
    memvfs_set_capacity(r.m, 0);
    assert_int_equal(rig_drain(&r), 0);
    assert_true(wal_space_known(r.wal, 1, 12000));
    rig_stop(&r);
}

static void no_space_inside_reserved_space_is_final(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 16, SMALL);
    rig_batch(&r, 1, 1, 10);
    rig_append(&r, 1, 20);
    memvfs_fail_call(r.m, 1, -E_NOSPACE);
    assert_int_equal(rig_drain(&r), -E_NOSPACE);
    assert_true(wal_failed(r.wal));
    rig_stop(&r);
}

static void a_failed_batch_is_final(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 2; n++) { /* the write, the sync */
        struct rig r;
        rig_start(&r, 17, SMALL);
        rig_batch(&r, 1, 1, 10);
        rig_append(&r, 1, 20);
        memvfs_fail_call(r.m, n, -E_IO);
        assert_non_null(wal_flush(r.wal));
        rig_append(&r, 1, 30);
        assert_int_equal(rig_complete(&r), -E_IO);
        assert_true(memvfs_struck(r.m));
        assert_non_null(strstr(r.e.text, "batch 2"));
        assert_true(wal_failed(r.wal));
        assert_null(wal_flush(r.wal)); /* never again, also when the disk would take it */
        assert_false(wal_reserve(r.wal));
        assert_int_equal(wal_durable(r.wal), 1);
        rig_stop(&r);
    }
}

static void the_segment_size_may_change_between_starts(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 18, 4 * VFS_BLOCK);
    rig_batch(&r, 1, 1, 12000);
    for (unsigned i = 0; i < 4; i++) {
        r.options.segment_bytes = (i % 2 == 0 ? 9 : 4) * VFS_BLOCK;
        rig_reopen(&r);
        rig_batch(&r, 1, 1, i % 2 == 0 ? 30000 : 12000);
        rig_batch(&r, 1, 1, wal_entry_bytes_max(r.wal));
    }
    rig_reopen(&r);
    assert_int_equal(r.found.last.index, 9);
    rig_expect(&r, 1, 1, 12000);
    rig_expect(&r, 2, 1, 30000);
    rig_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_log_stays_empty),
        cmocka_unit_test(entries_come_back_after_a_restart),
        cmocka_unit_test(one_batch_flies_while_the_next_gathers),
        cmocka_unit_test(cutting_what_was_never_written_costs_nothing),
        cmocka_unit_test(a_cut_suffix_never_returns),
        cmocka_unit_test(a_cut_alone_is_written_too),
        cmocka_unit_test(a_cut_lowers_what_the_batch_in_flight_proves),
        cmocka_unit_test(batches_go_on_in_the_next_segment),
        cmocka_unit_test(the_largest_entry_of_a_small_segment_fits),
        cmocka_unit_test(the_largest_entry_fits_the_default_segment),
        cmocka_unit_test(old_entries_are_read_from_their_files),
        cmocka_unit_test(a_read_finds_rot),
        cmocka_unit_test(a_read_error_is_reported),
        cmocka_unit_test(hard_state_is_repeated_in_batches),
        cmocka_unit_test(a_full_disk_is_a_state_and_passes),
        cmocka_unit_test(what_may_find_no_space_waits),
        cmocka_unit_test(no_space_inside_reserved_space_is_final),
        cmocka_unit_test(a_failed_batch_is_final),
        cmocka_unit_test(the_segment_size_may_change_between_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
