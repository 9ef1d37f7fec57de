/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dropping the whole log in favour of a snapshot: nothing is promised before it is on disk, and
 * nothing of the old log is needed afterwards. */
#include "tests/support/walrig.h"

#include "base/must.h"
#include "store/wal_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

#define SEGMENT (4u * VFS_BLOCK)

static void shut(struct rig *r)
{
    wal_close(r->wal);
    r->wal = NULL;
}

static struct wal_origin origin(uint64_t index, uint64_t term, uint64_t chain)
{
    return (struct wal_origin){.at = {.index = index, .term = term}, .chain = chain};
}

/* n batches of one entry each, one block each. */
static void batches(struct rig *r, uint64_t term, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        rig_batch(r, term, 1, 100);
}

static void a_reset_drops_the_whole_log(void **state)
{
    (void)state;
    const uint64_t at[] = {3, 6, 50}; /* inside with another term, at the end, beyond */
    for (size_t i = 0; i < ARRAY_LEN(at); i++) {
        struct rig r;
        struct wal_origin o = origin(at[i], 9, 4711);
        rig_start(&r, 60, SEGMENT);
        batches(&r, 1, 5);
        rig_append(&r, 1, 10); /* 6, pending */
        wal_reset_to(r.wal, &o);
        assert_int_equal(wal_durable(r.wal), 0);
        assert_int_equal(wal_last(r.wal).index, at[i]);
        rig_append(&r, 9, 77);
        assert_int_equal(rig_drain(&r), 0);
        assert_int_equal(wal_durable(r.wal), at[i] + 1);
        assert_int_equal(r.wal->segments[0].number, 2);
        for (unsigned round = 0; round < 2; round++) {
            assert_int_equal(wal_base(r.wal).index, at[i]);
            assert_int_equal(wal_term_at(r.wal, at[i]), 9);
            assert_int_equal(wal_chain_at(r.wal, at[i]), 4711);
            rig_expect(&r, at[i] + 1, 9, 77);
            rig_reopen(&r);
        }
        batches(&r, 9, 9);
        rig_reopen(&r);
        assert_int_equal(r.found.last.index, at[i] + 10);
        rig_stop(&r);
    }
}

/* Until the reset's batch is synced a start finds the old log, also when one of its batches was in
 * flight at that moment; wal_durable never rises for the wrong log. */
static void a_reset_overtakes_a_batch_in_flight(void **state)
{
    (void)state;
    struct rig r;
    struct vfs_op *op;
    int status;
    struct wal_origin o = origin(20, 5, 1);
    rig_start(&r, 61, SEGMENT);
    batches(&r, 1, 3);
    rig_append(&r, 1, 10);
    assert_non_null(wal_flush(r.wal));
    wal_reset_to(r.wal, &o);
    assert_true(memvfs_complete(r.m, &op, &status));
    assert_int_equal(wal_on_done(r.wal, op, status, &r.e), 0);
    assert_int_equal(wal_durable(r.wal), 0);
    assert_true(wal_pending(r.wal));
    assert_non_null(wal_flush(r.wal));
    assert_int_equal(wal_durable(r.wal), 0);
    rig_crash(&r, MEMVFS_CUT_LOSE);
    assert_int_equal(rig_open(&r), 0);
    assert_int_equal(r.found.last.index, 4);
    batches(&r, 1, 5);
    wal_reset_to(r.wal, &o);
    assert_non_null(wal_flush(r.wal));
    assert_true(memvfs_complete(r.m, &op, &status)); /* synced, not told */
    rig_crash(&r, MEMVFS_KILL);
    assert_int_equal(rig_open(&r), 0);
    assert_int_equal(r.found.base.index, 20);
    assert_int_equal(r.found.segments, 1);
    assert_int_equal(wal_durable(r.wal), 20);
    rig_crash(&r, MEMVFS_CUT_LOSE);
    assert_int_equal(rig_open(&r), 0);
    assert_int_equal(r.found.base.index, 20);
    assert_int_equal(r.found.last.index, 20);
    assert_int_equal(r.found.runs_count, 0);
    rig_stop(&r);
}

/* The log that is dropped may have been longer than the snapshot: also then nothing of it is
 * needed.
 */
static void a_start_after_a_reset_gives_the_old_files_up(void **state)
{
    (void)state;
    struct rig r;
    struct vfs_op *op;
    int status;
    struct wal_origin o = origin(3, 9, 4711);
    rig_start(&r, 67, SEGMENT);
    batches(&r, 1, 9); /* 3 begins behind 8 */
    wal_reset_to(r.wal, &o);
    assert_non_null(wal_flush(r.wal));
    assert_true(memvfs_complete(r.m, &op, &status)); /* synced, not told */
    rig_crash(&r, MEMVFS_KILL);
    assert_int_equal(rig_open(&r), 0);
    assert_int_equal(r.found.base.index, 3);
    assert_int_equal(r.found.last.index, 3);
    assert_int_equal(r.found.segments, 1);
    assert_int_equal(r.wal->segments[0].number, 3);
    rig_stop(&r);
}

/* At a start there may be no room in the segment and no free one: the reset makes one. */
static void a_reset_at_start_finds_room(void **state)
{
    (void)state;
    struct rig r;
    struct wal_origin o = origin(99, 2, 5);
    rig_start(&r, 62, SEGMENT);
    batches(&r, 1, 4);
    shut(&r);
    memvfs_remove(r.m, rig_segment(3));
    memvfs_remove(r.m, rig_segment(2));
    assert_int_equal(rig_open(&r), 0);
    assert_int_equal(wal_reset_now(r.wal, &o, &r.found, &r.e), 0);
    assert_int_equal(r.found.last.index, 99);
    assert_int_equal(r.found.last.term, 2);
    assert_int_equal(wal_durable(r.wal), 99);
    rig_crash(&r, MEMVFS_CUT_LOSE);
    assert_int_equal(rig_open(&r), 0);
    assert_int_equal(r.found.base.index, 99);
    rig_batch(&r, 2, 1, 10);
    rig_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_drops_the_whole_log),
        cmocka_unit_test(a_reset_overtakes_a_batch_in_flight),
        cmocka_unit_test(a_start_after_a_reset_gives_the_old_files_up),
        cmocka_unit_test(a_reset_at_start_finds_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
