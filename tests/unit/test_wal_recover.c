/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start-up verdict on a damaged log: what was never acknowledged is dropped exactly, everything
 * else refuses and changes nothing. */
#include "tests/support/walrig.h"

#include "base/checksum.h"
#include "base/mem.h"
#include "base/prng.h"
#include "store/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

#define SMALL (6u * VFS_BLOCK)

/* The bytes of a file, kept aside. */
struct copy {
    uint8_t *data;
    size_t len;
};

static struct copy copy_file(struct memvfs *m, const char *path)
{
    struct copy c;
    uint8_t *bytes = memvfs_bytes(m, path, &c.len);
    assert_non_null(bytes);
    c.data = mem_dup(bytes, c.len);
    return c;
}

static void put_file(struct memvfs *m, const char *path, const struct copy *c)
{
    size_t len;
    uint8_t *bytes = memvfs_bytes(m, path, &len);
    assert_int_equal(len, c->len);
    memcpy(bytes, c->data, len);
    memvfs_bytes_changed(m, path);
}

static bool file_is(struct memvfs *m, const char *path, const struct copy *c)
{
    size_t len;
    uint8_t *bytes = memvfs_bytes(m, path, &len);
    return bytes != NULL && len == c->len && memcmp(bytes, c->data, len) == 0;
}

static void flip(struct memvfs *m, const char *path, size_t at, uint8_t mask)
{
    size_t len;
    uint8_t *bytes = memvfs_bytes(m, path, &len);
    assert_true(at < len);
    bytes[at] ^= mask;
    memvfs_bytes_changed(m, path);
}

/* A log of three batches in segment 1: two entries, three, and a last one over two blocks that
 * starts at last_start and ends at last_end. before = the file without the last batch. */
struct tail {
    struct rig r;
    struct copy before;
    struct copy whole;
    size_t last_start;
    size_t last_end;
};

static void start_tail(struct tail *t)
{
    rig_start(&t->r, 21, SMALL);
    rig_batch(&t->r, 1, 2, 100);
    rig_batch(&t->r, 2, 3, 200);
    t->before = copy_file(t->r.m, rig_segment(1));
    rig_batch(&t->r, 2, 4, 1500);
    t->whole = copy_file(t->r.m, rig_segment(1));
    t->last_start = 2 * VFS_BLOCK;
    t->last_end = 4 * VFS_BLOCK;
    assert_true(memcmp(t->before.data, t->whole.data, t->last_start) == 0);
    wal_close(t->r.wal);
    t->r.wal = NULL;
}

static void stop_tail(struct tail *t)
{
    free(t->before.data);
    free(t->whole.data);
    rig_stop(&t->r);
}

/* The log is the first two batches, and takes new entries that survive: also a second start, whose
 * verdict must not be confused by what the broken-off batch left (it left nothing). */
static void expect_cut(struct tail *t)
{
    struct rig *r = &t->r;
    assert_int_equal(rig_open(r), 0);
    assert_int_equal(r->found.last.index, 5);
    assert_true(file_is(r->m, rig_segment(1), &t->before));
    rig_batch(r, 3, 1, 40);
    rig_crash(r, MEMVFS_CUT_LOSE);
    assert_int_equal(rig_open(r), 0);
    assert_int_equal(r->found.last.index, 6);
    assert_int_equal(r->found.cut_bytes, 0);
    rig_expect(r, 5, 2, 200);
    rig_expect(r, 6, 3, 40);
    wal_close(r->wal);
    r->wal = NULL;
}

static void the_last_batch_torn_at_every_byte_is_dropped(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    /* Bytes behind the last record are padding: only a cut before its end is a torn write. */
    size_t used = t.last_end;
    while (t.whole.data[used - 1] == 0)
        used--;
    for (size_t cut = t.last_start; cut < used; cut += cut % 64 == 0 ? 1 : 7) {
        struct copy torn = {.data = mem_dup(t.whole.data, t.whole.len), .len = t.whole.len};
        memcpy(torn.data + cut, t.before.data + cut, torn.len - cut);
        put_file(t.r.m, rig_segment(1), &torn);
        if (memcmp(torn.data, t.whole.data, torn.len) != 0)
            expect_cut(&t);
        free(torn.data);
    }
    stop_tail(&t);
}

static void every_subset_of_the_last_batch_s_sectors_is_all_or_nothing(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    size_t sectors = (t.last_end - t.last_start) / MEMVFS_SECTOR;
    assert_int_equal(sectors, 16);
    struct prng prng = prng_seed(22);
    for (unsigned i = 0; i < 1500; i++) {
        /* the subsets with one sector missing, with one present, and many others */
        uint64_t kept = i < 16   ? 0xffffu & ~(1u << i)
                        : i < 32 ? 1u << (i - 16)
                                 : prng_below(&prng, 0x10000);
        struct copy torn = {.data = mem_dup(t.before.data, t.before.len), .len = t.before.len};
        for (size_t s = 0; s < sectors; s++) {
            size_t at = t.last_start + s * MEMVFS_SECTOR;
            if ((kept >> s & 1) != 0)
                memcpy(torn.data + at, t.whole.data + at, MEMVFS_SECTOR);
        }
        put_file(t.r.m, rig_segment(1), &torn);
        if (memcmp(torn.data, t.whole.data, torn.len) == 0) {
            assert_int_equal(rig_open(&t.r), 0);
            assert_int_equal(t.r.found.last.index, 9);
            wal_close(t.r.wal);
            t.r.wal = NULL;
        } else {
            expect_cut(&t);
        }
        free(torn.data);
    }
    stop_tail(&t);
}

static void rot_anywhere_in_the_last_batch_looks_like_a_torn_write(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    for (size_t at = t.last_start; at < t.last_end; at += at % 512 < 64 ? 1 : 31) {
        put_file(t.r.m, rig_segment(1), &t.whole);
        flip(t.r.m, rig_segment(1), at, 0x10);
        expect_cut(&t);
    }
    stop_tail(&t);
}

/* Opening fails with code, the sentence names the file, and no file is changed. */
static void expect_refusal(struct rig *r, int code, const char *word)
{
    struct copy files[3];
    for (uint64_t n = 1; n <= 3; n++)
        if (memvfs_exists(r->m, rig_segment(n)))
            files[n - 1] = copy_file(r->m, rig_segment(n));
        else
            files[n - 1] = (struct copy){0};
    int got = rig_open(r);
    if (got != code || strstr(r->e.text, word) == NULL)
        fail_msg("expected %d with '%s', got %d: %s", code, word, got, r->e.text);
    assert_null(r->wal);
    for (uint64_t n = 1; n <= 3; n++) {
        if (files[n - 1].data != NULL)
            assert_true(file_is(r->m, rig_segment(n), &files[n - 1]));
        free(files[n - 1].data);
    }
}

static void rot_in_every_byte_of_synced_batches_refuses(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    /* Every byte of header and records, every 13th of the padding: of both earlier batches. */
    for (size_t at = 0; at < t.last_start; at += at % VFS_BLOCK < 1000 ? 1 : 13) {
        flip(t.r.m, rig_segment(1), at, (uint8_t)(1u << at % 8));
        expect_refusal(&t.r, -E_CORRUPT, "log-0000000000000001: offset ");
        flip(t.r.m, rig_segment(1), at, (uint8_t)(1u << at % 8));
    }
    assert_int_equal(rig_open(&t.r), 0);
    assert_int_equal(t.r.found.last.index, 9);
    stop_tail(&t);
}

static void a_lost_range_of_synced_batches_refuses(void **state)
{
    (void)state;
    struct tail t;
    start_tail(&t);
    for (size_t s = 0; s < t.last_start / MEMVFS_SECTOR; s++) {
        size_t len;
        uint8_t *bytes = memvfs_bytes(t.r.m, rig_segment(1), &len);
        uint8_t *at = bytes + s * MEMVFS_SECTOR;
        if (at[0] == 0 && memcmp(at, at + 1, MEMVFS_SECTOR - 1) == 0)
            continue; /* padding: zeros already */
        memset(at, 0, MEMVFS_SECTOR);
        memvfs_bytes_changed(t.r.m, rig_segment(1));
        expect_refusal(&t.r, -E_CORRUPT, "synced data is damaged");
        put_file(t.r.m, rig_segment(1), &t.whole);
    }
    stop_tail(&t);
}

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
    const size_t lens[] = {0, 512, VFS_BLOCK, 2 * VFS_BLOCK, 3 * VFS_BLOCK, SMALL - 1};
    for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
        memvfs_put(t.r.m, rig_segment(1), t.whole.data, lens[i]);
        expect_refusal(&t.r, -E_CORRUPT, "size was changed");
    }
    uint8_t *grown = mem_alloc(SMALL + VFS_BLOCK);
    memcpy(grown, t.whole.data, SMALL);
    memvfs_put(t.r.m, rig_segment(1), grown, SMALL + VFS_BLOCK);
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
    rig_start(&r, 25, SMALL);
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
    assert_int_equal(r.found.cut_bytes, (5 + 6 + 6) * VFS_BLOCK);
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
    rig_start(&r, 26, SMALL);
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
        rig_adopt(&other, now, SMALL);
        assert_int_equal(rig_open(&other), 0);
        assert_int_equal(other.found.last.index, n);
        assert_int_equal(other.found.cut_bytes, (12 - n) * VFS_BLOCK);
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
    expect_refusal(&t.r, -E_UNSUPPORTED, "newer version");

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
        {other_lineage, "follows another"},   {other_chain, "continues another log"},
        {other_base, "stands on a snapshot"}, {falling_term, "term falls"},
        {other_vote, "vote changes"},         {missing_record, "behind the last record"},
        {extra_record, "record is invalid"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct rig r;
        rig_start(&r, 27, SMALL);
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

static void half_prepared_files_are_removed(void **state)
{
    (void)state;
    struct rig r;
    rig_start(&r, 28, SMALL);
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
        rig_start(&r, seed, SMALL);
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
        cmocka_unit_test(the_last_batch_torn_at_every_byte_is_dropped),
        cmocka_unit_test(every_subset_of_the_last_batch_s_sectors_is_all_or_nothing),
        cmocka_unit_test(rot_anywhere_in_the_last_batch_looks_like_a_torn_write),
        cmocka_unit_test(rot_in_every_byte_of_synced_batches_refuses),
        cmocka_unit_test(a_lost_range_of_synced_batches_refuses),
        cmocka_unit_test(damage_to_a_sealed_segment_refuses),
        cmocka_unit_test(a_file_cut_short_or_grown_refuses),
        cmocka_unit_test(the_first_batch_of_a_new_segment_may_be_torn),
        cmocka_unit_test(rot_before_a_torn_batch_is_damage),
        cmocka_unit_test(a_recycled_file_s_old_batches_are_nothing),
        cmocka_unit_test(a_recycled_file_is_written_over),
        cmocka_unit_test(other_logs_and_formats_are_refused_by_name),
        cmocka_unit_test(an_intact_batch_that_does_not_fit_refuses),
        cmocka_unit_test(half_prepared_files_are_removed),
        cmocka_unit_test(a_batch_known_to_the_cache_alone_is_written_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
