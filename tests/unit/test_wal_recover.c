/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start-up verdict on whole logs: files missing, resized, recycled, exchanged, of other logs
 * and formats, and batches that are intact and cannot be. */
#include "tests/support/waldamage.h"

#include "base/checksum.h"
#include "base/mem.h"
#include "base/prng.h"
#include "store/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

/* Batches over three segments, one entry each, for damage to sealed ones. */
static void start_long(struct rig *r)
{
    rig_start(r, 23, WAL_SEGMENT_BYTES_MIN);
    for (unsigned i = 0; i < 5; i++)
        rig_batch(r, 1, 1, 100); /* two a segment: 1, 2 and half of 3 */
    wal_close(r->wal);
    r->wal = NULL;
}

static void damage_to_a_sealed_segment_refuses(void **state)
{
    (void)state;
    struct rig r;
    start_long(&r);
    for (uint64_t n = 1; n <= 2; n++) {
        for (size_t at = 0; at < 2 * VFS_BLOCK; at += VFS_BLOCK) {
            flip(r.m, rig_segment(n), at + 200, 1);
            expect_refusal(&r, -E_CORRUPT,
                           n == 1 ? "log-0000000000000001" : "log-0000000000000002");
            flip(r.m, rig_segment(n), at + 200, 1);
        }
    }
    struct copy second = copy_file(r.m, rig_segment(2));
    memvfs_remove(r.m, rig_segment(2));
    expect_refusal(&r, -E_CORRUPT, "log-0000000000000002 is missing");
    memvfs_put(r.m, rig_segment(2), NULL, second.len); /* zeros */
    expect_refusal(&r, -E_CORRUPT, "synced data is damaged");
    memvfs_put(r.m, rig_segment(2), second.data, second.len / 2);
    expect_refusal(&r, -E_CORRUPT, "size was changed");
    memvfs_put(r.m, rig_segment(2), second.data, second.len);
    assert_int_equal(rig_open(&r), 0);
    assert_int_equal(r.found.last.index, 5);
    free(second.data);
    rig_stop(&r);
}

static void a_file_cut_short_or_grown_refuses(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    const size_t lens[] = {0, 512, VFS_BLOCK, 2 * VFS_BLOCK, 3 * VFS_BLOCK, TAIL_SEGMENT - 1};
    for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
        memvfs_put(t.r.m, rig_segment(1), t.whole.data, lens[i]);
        expect_refusal(&t.r, -E_CORRUPT, "size was changed");
    }
    uint8_t *grown = mem_alloc(TAIL_SEGMENT + VFS_BLOCK);
    memcpy(grown, t.whole.data, TAIL_SEGMENT);
    memvfs_put(t.r.m, rig_segment(1), grown, TAIL_SEGMENT + VFS_BLOCK);
    expect_refusal(&t.r, -E_CORRUPT, "size was changed");
    free(grown);
    stop_tail(&t);
}

static void the_first_batch_of_a_new_segment_may_be_torn(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 24, WAL_SEGMENT_BYTES_MIN);
    rig_batch(&r, 1, 1, 100);
    rig_batch(&r, 1, 1, 100);
    rig_batch(&r, 1, 1, 6000); /* opens segment 2, two blocks */
    wal_close(r.wal);
    r.wal = NULL;
    flip(r.m, rig_segment(2), VFS_BLOCK + 5, 1);
    assert_int_equal(rig_open(&r), 0);
    assert_int_equal(r.found.last.index, 2);
    assert_int_equal(r.found.segments, 1);
    assert_non_null(strstr(r.found.cut_text, "dropped batch 3 in log-0000000000000002"));
    rig_batch(&r, 2, 1, 50);
    rig_reopen(&r);
    assert_int_equal(r.found.last.index, 3);
    assert_int_equal(r.found.cut_bytes, 0);
    rig_expect(&r, 3, 2, 50);
    rig_stop(&r);
}

/* The beginning of batch k + 1 proves that k was synced, even if k + 1 itself was never finished.
 */
/* R-PERS-6, R-PERS-9 */
static void rot_before_a_torn_batch_is_damage(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    flip(t.r.m, rig_segment(1), t.last_end - VFS_BLOCK + 9, 1); /* body of 3 */
    flip(t.r.m, rig_segment(1), VFS_BLOCK + 170, 1);            /* body of 2 */
    expect_refusal(&t.r, -E_CORRUPT, "offset 4096: batch 2 does not read here, yet batch 3");
    stop_tail(&t);
}

/* What recycling leaves: a segment full of intact batches of an older number, behind the end and in
 * the free segments. */
static void a_recycled_file_s_old_batches_are_nothing(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 25, TAIL_SEGMENT);
    for (unsigned i = 0; i < 6; i++)
        rig_batch(&r, 1, 1, 100); /* fills segment 1 */
    struct copy old = copy_file(r.m, rig_segment(1));
    rig_batch(&r, 1, 2, 100); /* one block of segment 2 */
    wal_close(r.wal);
    r.wal = NULL;
    memvfs_put(r.m, rig_segment(3), old.data, old.len);
    memvfs_put(r.m, rig_segment(4), old.data, old.len);
    size_t len;
    uint8_t *second = memvfs_bytes(r.m, rig_segment(2), &len);
    memcpy(second + VFS_BLOCK, old.data + VFS_BLOCK, len - VFS_BLOCK);
    memvfs_bytes_changed(r.m, rig_segment(2));

    assert_int_equal(rig_open(&r), 0);
    assert_int_equal(r.found.last.index, 8);
    assert_int_equal(r.found.cut_bytes, 0);
    for (unsigned i = 0; i < 14; i++)
        rig_batch(&r, 2, 1, 100);
    rig_reopen(&r);
    assert_int_equal(r.found.last.index, 22);
    free(old.data);
    rig_stop(&r);
}

/* The same without a start in between: new batches overwrite old ones one by one. */
static void a_recycled_file_is_written_over(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 26, TAIL_SEGMENT);
    for (unsigned i = 0; i < 6; i++)
        rig_batch(&r, 1, 1, 100);
    size_t len;
    uint8_t *first = memvfs_bytes(r.m, rig_segment(1), &len);
    memcpy(memvfs_bytes(r.m, rig_segment(2), &len), first, len);
    memvfs_bytes_changed(r.m, rig_segment(2));
    for (uint64_t n = 7; n <= 12; n++) {
        rig_batch(&r, 1, 1, 100);
        struct memvfs *now = memvfs_clone(r.m, n);
        struct rig other;
        rig_adopt(&other, now, TAIL_SEGMENT);
        assert_int_equal(rig_open(&other), 0);
        assert_int_equal(other.found.last.index, n);
        assert_int_equal(other.found.cut_bytes, 0);
        rig_stop(&other);
    }
    rig_stop(&r);
}

static void other_logs_and_formats_are_refused_by_name(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    t.r.options.log_id = 78;
    expect_refusal(&t.r, -E_MISMATCH, "another disk");
    t.r.options.log_id = 77;

    size_t len;
    uint8_t *bytes = memvfs_bytes(t.r.m, rig_segment(1), &len);
    bytes[4] = 2; /* version */
    uint64_t sum = checksum64(bytes, BATCH_HEADER_BYTES - 8);
    for (size_t i = 0; i < 8; i++)
        bytes[BATCH_HEADER_BYTES - 8 + i] = (uint8_t)(sum >> (8 * i));
    memvfs_bytes_changed(t.r.m, rig_segment(1));
    expect_refusal(&t.r, -E_UNSUPPORTED, "another version");

    for (uint64_t n = 1; n <= 3; n++)
        memvfs_remove(t.r.m, rig_segment(n));
    expect_refusal(&t.r, -E_LOST, "the log is gone");
    stop_tail(&t);
}

/* Writes h with its checksums made right again over a changed batch. */
static void forge(struct memvfs *m, uint64_t offset, void (*change)(struct batch_header *h))
{
    size_t len;
    struct batch_header h;
    uint8_t *bytes = memvfs_bytes(m, rig_segment(1), &len);
    assert_int_equal(batch_look(bytes + offset, VFS_BLOCK, &h), BATCH_HEADER);
    change(&h);
    batch_seal(bytes + offset, &h);
    memvfs_bytes_changed(m, rig_segment(1));
}

static void other_lineage(struct batch_header *h)
{
    h->prev_checksum++;
}
static void other_chain(struct batch_header *h)
{
    h->before_chain++;
}
static void other_base(struct batch_header *h)
{
    h->base.index = 3;
}
static void falling_term(struct batch_header *h)
{
    h->hard_term = 0;
}
static void other_vote(struct batch_header *h)
{
    h->hard_vote = 9;
}
static void missing_record(struct batch_header *h)
{
    h->records--;
}
static void extra_record(struct batch_header *h)
{
    h->records++;
}

/* Intact batches that cannot be: a write that went to the wrong place, an older file put back. */
static void an_intact_batch_that_does_not_fit_refuses(void **state)
{
    (void)state;
    const struct {
        void (*change)(struct batch_header *h);
        const char *word;
    } cases[] = {
        {other_lineage, "follows another"},  {other_chain, "continues another log"},
        {other_base, "another base"},        {falling_term, "term falls"},
        {other_vote, "vote changes"},        {missing_record, "behind the last record"},
        {extra_record, "record is invalid"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct rig r;
        rig_start(&r, 27, TAIL_SEGMENT);
        wal_set_hard_state(r.wal, 5, 2);
        rig_batch(&r, 1, 2, 10);
        rig_batch(&r, 1, 2, 10);
        wal_close(r.wal);
        r.wal = NULL;
        forge(r.m, VFS_BLOCK, cases[i].change);
        expect_refusal(&r, -E_CORRUPT, cases[i].word);
        rig_stop(&r);
    }
}

static void other_log(struct batch_header *h)
{
    h->log_id++;
}

static void skip_a_block(struct batch_header *h)
{
    h->offset += VFS_BLOCK;
}

static void a_batch_of_another_log_is_nothing(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    forge(t.r.m, t.last_start, other_log);
    expect_cut(&t);
    stop_tail(&t);
}

/* A header of the next batch, broken off, but where no batch could have started. */
static void a_torn_batch_in_the_wrong_place_refuses(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    forge(t.r.m, t.last_start, skip_a_block);
    size_t len;
    uint8_t *bytes = memvfs_bytes(t.r.m, rig_segment(1), &len);
    memmove(bytes + t.last_start + VFS_BLOCK, bytes + t.last_start, VFS_BLOCK);
    memset(bytes + t.last_start, 0, VFS_BLOCK);
    memvfs_bytes_changed(t.r.m, rig_segment(1));
    expect_refusal(&t.r, -E_CORRUPT, "yet batch 3 stands in log-0000000000000001 at 12288");
    stop_tail(&t);
}

/* The process is killed between the rename and the directory's sync, and no later preparation syncs
 * the directory, for the disk is full: what is written into that segment must survive all the same.
 */
static void a_segment_s_name_is_durable_before_its_use(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 29, WAL_SEGMENT_BYTES_MIN);
    rig_batch(&r, 1, 1, 6000);
    for (unsigned i = 0; i < 2; i++) {
        rig_append(&r, 1, 6000);
        assert_non_null(wal_flush(r.wal)); /* a batch and the preparation of segment 4 + i */
        assert_int_equal(memvfs_queued(r.m), 2);
        memvfs_halt_at(r.m, 2 + 6); /* write, sync; unlink, open, write, sync, rename, sync */
        struct vfs_op *op;
        int status;
        assert_true(memvfs_complete(r.m, &op, &status));
        assert_int_equal(wal_on_done(r.wal, op, status, &r.e), 0);
        assert_true(memvfs_complete(r.m, &op, &status));
        assert_true(status < 0 && memvfs_exists(r.m, rig_segment(4 + i)));
        rig_crash(&r, MEMVFS_KILL);
        assert_int_equal(rig_open(&r), 0);
    }
    memvfs_set_capacity(r.m, memvfs_used(r.m, NULL));
    rig_batch(&r, 1, 1, 6000);
    rig_batch(&r, 1, 1, 6000); /* into segment 5 */
    assert_int_equal(wal_reserve_status(r.wal), -E_NOSPACE);
    rig_crash(&r, MEMVFS_CUT_LOSE);
    assert_int_equal(rig_open(&r), 0);
    assert_int_equal(r.found.last.index, 5);
    rig_stop(&r);
}

static void half_prepared_files_are_removed(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 28, TAIL_SEGMENT);
    rig_batch(&r, 1, 1, 10);
    wal_close(r.wal);
    r.wal = NULL;
    memvfs_put(r.m, RIG_DIR "/log-0000000000000004.tmp", NULL, 5);
    memvfs_put(r.m, RIG_DIR "/log-notanumber", NULL, 5); /* not ours */
    assert_int_equal(rig_open(&r), 0);
    assert_false(memvfs_exists(r.m, RIG_DIR "/log-0000000000000004.tmp"));
    assert_true(memvfs_exists(r.m, RIG_DIR "/log-notanumber"));
    rig_stop(&r);
}

/* A sync fails in a buffered file: the pages are clean and never written. The process starts again
 * and finds the batch intact, in the cache. What it reports must be on the disk. */
static void a_batch_known_to_the_cache_alone_is_written_again(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct rig r;
        rig_start(&r, seed, TAIL_SEGMENT);
        memvfs_set_direct(r.m, false);
        rig_reopen(&r);
        rig_batch(&r, 1, 1, 10);
        rig_append(&r, 1, 3000);
        memvfs_fail_call(r.m, 2, -E_IO);
        assert_int_equal(rig_drain(&r), -E_IO);
        rig_crash(&r, MEMVFS_KILL);
        assert_int_equal(rig_open(&r), 0);
        assert_int_equal(r.found.last.index, 2);
        rig_crash(&r, MEMVFS_CUT_LOSE);
        assert_int_equal(rig_open(&r), 0);
        assert_int_equal(r.found.last.index, 2);
        rig_stop(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_to_a_sealed_segment_refuses),
        cmocka_unit_test(a_file_cut_short_or_grown_refuses),
        cmocka_unit_test(the_first_batch_of_a_new_segment_may_be_torn),
        cmocka_unit_test(rot_before_a_torn_batch_is_damage),
        cmocka_unit_test(a_recycled_file_s_old_batches_are_nothing),
        cmocka_unit_test(a_recycled_file_is_written_over),
        cmocka_unit_test(other_logs_and_formats_are_refused_by_name),
        cmocka_unit_test(an_intact_batch_that_does_not_fit_refuses),
        cmocka_unit_test(a_batch_of_another_log_is_nothing),
        cmocka_unit_test(a_torn_batch_in_the_wrong_place_refuses),
        cmocka_unit_test(a_segment_s_name_is_durable_before_its_use),
        cmocka_unit_test(half_prepared_files_are_removed),
        cmocka_unit_test(a_batch_known_to_the_cache_alone_is_written_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
