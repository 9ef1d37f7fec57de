/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dropping the log's prefix, and the whole log in favour of a snapshot: what stays known, when
 * files go, how they come back, and what a start makes of every state in between. */
#include "tests/support/waldamage.h"

#include "store/wal_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

#define SEGMENT (4u * VFS_BLOCK)

static void count_segment(void *ctx, const char *name)
{
    *(unsigned *)ctx += strncmp(name, "log-", 4) == 0;
}

static unsigned segment_files(const struct rig *r)
{
    unsigned n = 0;
    assert_int_equal(r->vfs->list(r->vfs->arg, RIG_DIR, count_segment, &n, NULL), 0);
    return n;
}

static void shut(struct rig *r)
{
    wal_close(r->wal);
    r->wal = NULL;
}

/* n batches of one entry each, one block each. */
static void batches(struct rig *r, uint64_t term, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        rig_batch(r, term, 1, 100);
}

static void the_base_stays_known(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 51, SEGMENT);
    batches(&r, 1, 6);
    batches(&r, 2, 6);
    uint64_t chain = wal_chain_at(r.wal, 7);
    wal_compact(r.wal, 7);
    for (unsigned round = 0; round < 3; round++) {
        assert_int_equal(wal_first(r.wal), 8);
        assert_int_equal(wal_base(r.wal).index, 7);
        assert_int_equal(wal_base(r.wal).term, 2);
        assert_int_equal(wal_term_at(r.wal, 7), 2);
        assert_true(wal_chain_at(r.wal, 7) == chain);
        for (uint64_t i = 8; i <= 12; i++)
            rig_expect(&r, i, 2, 100);
        if (round == 0) {
            assert_true(wal_pending(r.wal));
            assert_int_equal(rig_drain(&r), 0);
            assert_false(wal_pending(r.wal));
            assert_int_equal(wal_durable(r.wal), 12);
        } else {
            rig_reopen(&r);
            assert_int_equal(r.found.base.index, 7);
            assert_int_equal(r.found.base.term, 2);
            assert_int_equal(r.found.last.index, 12);
            assert_int_equal(r.found.runs_count, 1);
            assert_int_equal(r.found.runs[0].first, 8);
        }
    }
    wal_compact(r.wal, 7); /* at the base, and below it: nothing */
    wal_compact(r.wal, 3);
    assert_false(wal_pending(r.wal));
    rig_stop(&r);
}

static void an_empty_log_on_a_base_goes_on(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 52, SEGMENT);
    batches(&r, 3, 4); /* fills the segment: the base is said in the next one */
    uint64_t chain = wal_chain_at(r.wal, 4);
    wal_compact(r.wal, 4);
    assert_int_equal(wal_last(r.wal).index, 4);
    assert_int_equal(rig_drain(&r), 0);
    rig_reopen(&r);
    assert_int_equal(r.found.base.index, 4);
    assert_int_equal(r.found.last.index, 4);
    assert_int_equal(r.found.last.term, 3);
    assert_true(wal_chain_at(r.wal, 4) == chain);
    rig_batch(&r, 3, 2, 50);
    rig_reopen(&r);
    rig_expect(&r, 5, 3, 50);
    rig_expect(&r, 6, 3, 50);
    rig_stop(&r);
}

/* Nothing goes before the batch that says so is synced; a crash before leaves the log as it was. */
static void files_go_after_the_base_is_durable(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 53, SEGMENT);
    batches(&r, 1, 13);
    wal_compact(r.wal, 13);
    assert_non_null(wal_flush(r.wal));
    assert_int_equal(r.wal->segments[0].number, 1);
    assert_int_equal(r.wal->freed_count, 0);
    rig_crash(&r, MEMVFS_CUT_LOSE);
    assert_int_equal(rig_open(&r), 0);
    assert_int_equal(r.found.base.index, 0);
    assert_int_equal(r.found.last.index, 13);
    for (uint64_t i = 1; i <= 13; i++)
        rig_expect(&r, i, 1, 100);
    wal_compact(r.wal, 13);
    assert_int_equal(rig_drain(&r), 0);
    assert_false(memvfs_exists(r.m, rig_segment(1)));
    assert_false(memvfs_exists(r.m, rig_segment(3)));
    assert_true(memvfs_exists(r.m, rig_segment(4)));
    rig_stop(&r);
}

struct taken {
    unsigned recycled;
    unsigned filled;
};

/* rig_drain, counting where segments come from. */
static void drain_counting(struct rig *r, struct taken *taken)
{
    struct vfs_op *op;
    int status;
    (void)wal_flush(r->wal);
    while (memvfs_complete(r->m, &op, &status)) {
        if (op->kind == VFS_OP_PREPARE && op->prepare.recycled[0] != '\0')
            taken->recycled++;
        else if (op->kind == VFS_OP_PREPARE)
            taken->filled++;
        assert_int_equal(wal_on_done(r->wal, op, status, &r->e), 0);
        (void)wal_flush(r->wal);
    }
    assert_false(wal_pending(r->wal));
}

/* In the long run no file is filled with zeros any more, and none is too much. */
static void files_serve_again(void **state)
{
    (void)state;
    struct rig r;
    struct taken taken = {0};
    rig_start(&r, 54, SEGMENT);
    for (unsigned round = 0; round < 60; round++) {
        uint64_t term = 1 + round / 7;
        for (uint32_t i = 0; i < 8; i++) { /* two segments */
            rig_append(&r, term, 200 + i);
            drain_counting(&r, &taken);
        }
        wal_compact(r.wal, wal_last(r.wal).index - 3);
        drain_counting(&r, &taken);
        if (round == 2)
            taken = (struct taken){0};
        assert_true(segment_files(&r) <= 2 + WAL_SPARE_SEGMENTS_MAX + 1);
        if (round % 9 == 8) {
            rig_reopen(&r);
            assert_int_equal(r.found.cut_bytes, 0);
        }
        for (uint64_t i = wal_first(r.wal); i <= wal_last(r.wal).index; i++)
            rig_expect(&r, i, term, 200 + (uint32_t)((i - 1) % 8));
    }
    assert_int_equal(taken.filled, 0);
    assert_true(taken.recycled > 100);
    rig_stop(&r);
}

/* A recycled file holds intact batches behind the end. A batch of now that is torn there is dropped
 * like any other, and what was written over old batches is found again. */
static void a_torn_batch_in_a_recycled_file_is_dropped(void **state)
{
    (void)state;
    for (unsigned torn = 0; torn < 3; torn++) {
        struct rig r;
        rig_start(&r, 55, SEGMENT);
        batches(&r, 1, 14);
        wal_compact(r.wal, 14);
        assert_int_equal(rig_drain(&r), 0);
        while (!r.wal->segments[r.wal->active].recycled && r.wal->segments[0].number < 7)
            batches(&r, 1, 1), wal_compact(r.wal, wal_last(r.wal).index), (void)rig_drain(&r);
        uint64_t last = wal_last(r.wal).index;
        uint64_t active = r.wal->segments[r.wal->active].number;
        size_t end = (size_t)r.wal->segments[r.wal->active].end;
        size_t len;
        (void)memvfs_bytes(r.m, rig_segment(active), &len);
        assert_true(active >= 7 && end < len);
        rig_append(&r, 1, 300);
        assert_int_equal(rig_drain(&r), 0);
        shut(&r);
        uint8_t *bytes = memvfs_bytes(r.m, rig_segment(active), &len);
        bytes[end + (torn == 0 ? 8 : torn == 1 ? 170 : 300)] ^= 1; /* header, record, payload */
        memvfs_bytes_changed(r.m, rig_segment(active));
        for (unsigned i = 0; i < 2; i++) {
            assert_int_equal(rig_open(&r), 0);
            assert_int_equal(r.found.last.index, last);
            assert_int_equal(r.found.cut_bytes, torn > 0 && i == 0 ? VFS_BLOCK : 0);
            shut(&r);
        }
        assert_int_equal(rig_open(&r), 0);
        rig_batch(&r, 2, 3, 40);
        rig_reopen(&r);
        assert_int_equal(r.found.last.index, last + 3);
        rig_stop(&r);
    }
}

static void missing_files_are_found_out(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 56, SEGMENT);
    batches(&r, 1, 18);    /* 1 to 4 are full, 5 holds two */
    wal_compact(r.wal, 9); /* 3 begins behind 8 */
    assert_int_equal(rig_drain(&r), 0);
    assert_int_equal(r.wal->segments[0].number, 3);
    shut(&r);
    struct memvfs *whole = memvfs_clone(r.m, 1);
    for (uint64_t gone = 3; gone <= 5; gone++) {
        memvfs_remove(r.m, rig_segment(gone));
        assert_int_equal(rig_open(&r), -E_CORRUPT);
        assert_non_null(strstr(r.e.text, gone == 5 ? "cannot begin here" : "missing"));
    }
    memvfs_free(r.m);
    r.m = memvfs_clone(whole, 2);
    r.vfs = memvfs_vfs(r.m);
    memvfs_remove(r.m, rig_segment(4)); /* in the middle */
    assert_int_equal(rig_open(&r), -E_CORRUPT);
    assert_non_null(strstr(r.e.text, "log-0000000000000004 is missing"));
    memvfs_free(whole);
    rig_stop(&r);
}

/* A crash may come after any number of the freed files were removed, oldest first. */
static void files_half_gone_are_no_damage(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 57, SEGMENT);
    batches(&r, 1, 18);
    wal_compact(r.wal, 17); /* 5 begins behind 16: 1 to 4 go */
    assert_non_null(wal_flush(r.wal));
    struct vfs_op *op;
    int status;
    assert_true(memvfs_complete(r.m, &op, &status)); /* synced, not told: no file has moved */
    rig_crash(&r, MEMVFS_KILL);
    for (uint64_t gone = 0; gone <= 4; gone++) {
        if (gone > 0)
            memvfs_remove(r.m, rig_segment(gone));
        assert_int_equal(rig_open(&r), 0);
        assert_int_equal(r.found.base.index, 17);
        assert_int_equal(r.found.last.index, 18);
        assert_int_equal(r.found.segments, 1); /* the others are given up at once */
        rig_expect(&r, 18, 1, 100);
        shut(&r);
    }
    rig_stop(&r);
}

/* A segment begins behind entry 5, which was later truncated away, with the one before it: read
 * without the files before, the log is unknown until the next batch says where it stands. */
static void a_truncation_below_where_the_log_begins(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 58, SEGMENT);
    batches(&r, 1, 4);
    rig_batch(&r, 1, 1, 100); /* entry 5, first of segment 2 */
    batches(&r, 1, 3);        /* 6, 7, 8: it is full */
    rig_append(&r, 1, 100);   /* 9, first of segment 3 */
    assert_int_equal(rig_drain(&r), 0);
    wal_truncate(r.wal, 4); /* below where 2 and 3 begin */
    rig_append(&r, 2, 70);
    rig_append(&r, 2, 70);
    assert_int_equal(rig_drain(&r), 0); /* 4, 5 */
    assert_true(r.wal->segments[1].start_blind && r.wal->segments[2].start_blind);
    wal_compact(r.wal, 5);
    assert_int_equal(rig_drain(&r), 0); /* the base's batch: from here on all is known again */
    assert_int_equal(r.wal->segments[0].number, 3);
    batches(&r, 2, 2);
    rig_reopen(&r);
    assert_int_equal(r.found.base.index, 5);
    assert_int_equal(r.found.last.index, 7);
    rig_expect(&r, 6, 2, 100);

    /* The same without a batch in between: the entries in the truncating batch would be lost. */
    wal_truncate(r.wal, 6);
    rig_append(&r, 3, 10);
    assert_int_equal(rig_drain(&r), 0);
    rig_reopen(&r);
    assert_int_equal(r.found.last.index, 6);
    rig_expect(&r, 6, 3, 10);
    rig_stop(&r);
}

static void every_file_of_a_blind_start_may_be_the_first(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 59, WAL_SEGMENT_BYTES_MIN); /* two batches each */
    for (uint64_t term = 1; term <= 6; term++) {
        batches(&r, term, 3);
        wal_truncate(r.wal, wal_last(r.wal).index - 1);
    }
    batches(&r, 7, 4);
    uint64_t last = wal_last(r.wal).index;
    uint64_t active = r.wal->segments[r.wal->active].number;
    wal_compact(r.wal, last - 1);
    assert_non_null(wal_flush(r.wal));
    struct vfs_op *op;
    int status;
    assert_true(memvfs_complete(r.m, &op, &status));
    rig_crash(&r, MEMVFS_KILL);
    for (uint64_t gone = 1; gone < active; gone++) {
        memvfs_remove(r.m, rig_segment(gone));
        if (rig_open(&r) < 0)
            fail_msg("without segment %u: %s", (unsigned)gone, r.e.text);
        assert_int_equal(r.found.base.index, last - 1);
        assert_int_equal(r.found.last.index, last);
        rig_expect(&r, last, 7, 100);
        shut(&r);
    }
    rig_stop(&r);
}

/* The disk is full and the next entry fits nowhere: raising the base gives files back. */
static void compaction_gives_room_on_a_full_disk(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 63, SEGMENT);
    memvfs_set_capacity(r.m, memvfs_used(r.m, NULL));
    batches(&r, 1, 11);
    rig_append(&r, 1, 6000); /* two blocks, and one is left */
    assert_null(wal_flush(r.wal));
    (void)rig_complete(&r);
    assert_int_equal(wal_reserve_status(r.wal), -E_NOSPACE);
    wal_compact(r.wal, 9);
    assert_int_equal(rig_drain(&r), 0);
    assert_int_equal(wal_durable(r.wal), 12);
    assert_int_equal(wal_reserve_status(r.wal), -E_NOSPACE); /* one is ready, two are wanted */
    wal_compact(r.wal, 12);
    assert_int_equal(rig_drain(&r), 0);
    rig_reopen(&r);
    assert_int_equal(r.found.base.index, 12);
    rig_stop(&r);
}

/* A file was renamed for its next use, and the directory's sync failed: under which name it will be
 * found after a crash is unknown. It is given up, and another one made. */
static void a_failed_renaming_is_got_over(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 3; n++) { /* rename, sync of the directory, open */
        struct rig r;
        struct vfs_op *op;
        int status;
        rig_start(&r, 65, SEGMENT);
        batches(&r, 1, 10);
        wal_compact(r.wal, 10);
        assert_non_null(wal_flush(r.wal));
        assert_true(memvfs_complete(r.m, &op, &status));
        assert_int_equal(wal_on_done(r.wal, op, status, &r.e), 0);
        assert_int_equal(memvfs_queued(r.m), 1);
        assert_int_equal(r.wal->freed_count, 2);
        memvfs_fail_call(r.m, n, -E_IO);
        assert_int_equal(rig_complete(&r), 0);
        assert_true(memvfs_struck(r.m) && memvfs_queued(r.m) == 0);
        assert_int_equal(wal_reserve_status(r.wal), 0); /* two are ready all the same */
        struct memvfs *copy = memvfs_clone(r.m, n);
        assert_true(wal_reserve(r.wal));
        assert_int_equal(rig_complete(&r), 0);
        assert_int_equal(r.wal->freed_count, 0);
        assert_false(memvfs_exists(r.m, rig_segment(1)) || memvfs_exists(r.m, rig_segment(2)));
        batches(&r, 1, 20);
        rig_crash(&r, MEMVFS_CUT_RANDOM);
        assert_int_equal(rig_open(&r), 0);
        assert_int_equal(r.found.last.index, 30);
        shut(&r);
        memvfs_free(r.m);
        r.m = copy;
        r.vfs = memvfs_vfs(copy);
        assert_int_equal(rig_open(&r), 0);
        assert_int_equal(r.found.base.index, 10);
        rig_stop(&r);
    }
}

/* Writes another base into the record that starts the batch at offset, checksums and all. */
static void forge_base(struct rig *r, uint64_t segment, size_t offset, const struct entry *base)
{
    size_t len;
    struct batch_header h;
    uint8_t *batch = memvfs_bytes(r->m, rig_segment(segment), &len) + offset;
    struct record record = {.kind = RECORD_BASE, .entry = *base};
    assert_int_equal(batch_look(batch, VFS_BLOCK, &h), BATCH_HEADER);
    (void)record_encode(batch + BATCH_HEADER_BYTES, RECORD_HEADER_BYTES, &record);
    batch_seal(batch, &h);
    memvfs_bytes_changed(r->m, rig_segment(segment));
}

static void a_base_that_is_not_the_log_s_refuses(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 66, SEGMENT);
    batches(&r, 1, 2);
    batches(&r, 2, 1);
    uint64_t chain = wal_chain_at(r.wal, 2);
    wal_compact(r.wal, 2);
    assert_int_equal(rig_drain(&r), 0);
    shut(&r);
    const struct entry bases[] = {
        {.index = 2, .term = 1, .stamp = chain + 1}, {.index = 2, .term = 2, .stamp = chain},
        {.index = 1, .term = 1, .stamp = chain},     {.index = 9, .term = 2, .stamp = chain},
        {.index = 0, .term = 0, .stamp = 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
        forge_base(&r, 1, 3 * VFS_BLOCK, &bases[i]);
        expect_refusal(&r, -E_CORRUPT, "a base that");
    }
    struct entry right = {.index = 2, .term = 1, .stamp = chain};
    forge_base(&r, 1, 3 * VFS_BLOCK, &right);
    assert_int_equal(rig_open(&r), 0);
    assert_int_equal(r.found.base.index, 2);
    rig_stop(&r);
}

/* Files of another size than is wanted now do not serve again. */
static void files_of_another_size_are_removed(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 64, SEGMENT);
    batches(&r, 1, 10);
    shut(&r);
    r.options.segment_bytes = 2 * SEGMENT;
    assert_int_equal(rig_open(&r), 0);
    (void)wal_reserve(r.wal);
    assert_int_equal(rig_complete(&r), 0);
    batches(&r, 1, 4);
    wal_compact(r.wal, 14);
    assert_int_equal(rig_drain(&r), 0);
    for (uint64_t n = 1; n <= 3; n++)
        assert_false(memvfs_exists(r.m, rig_segment(n)));
    assert_int_equal(segment_files(&r), 3);
    rig_reopen(&r);
    assert_int_equal(r.found.base.index, 14);
    rig_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_base_stays_known),
        cmocka_unit_test(an_empty_log_on_a_base_goes_on),
        cmocka_unit_test(files_go_after_the_base_is_durable),
        cmocka_unit_test(files_serve_again),
        cmocka_unit_test(a_torn_batch_in_a_recycled_file_is_dropped),
        cmocka_unit_test(missing_files_are_found_out),
        cmocka_unit_test(files_half_gone_are_no_damage),
        cmocka_unit_test(a_truncation_below_where_the_log_begins),
        cmocka_unit_test(every_file_of_a_blind_start_may_be_the_first),
        cmocka_unit_test(compaction_gives_room_on_a_full_disk),
        cmocka_unit_test(a_failed_renaming_is_got_over),
        cmocka_unit_test(a_base_that_is_not_the_log_s_refuses),
        cmocka_unit_test(files_of_another_size_are_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
