/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start of a directory with images: which one, does the log go on from it, is an installation
 * to be finished; and a whole life of images, compaction and an installation, stopped anywhere. */
#include "store/recover.h"

#include "base/mem.h"
#include "base/prng.h"
#include "tests/support/memvfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

#define DIR     "data"
#define SEGMENT (4u * VFS_BLOCK)

struct bench {
    struct memvfs *m;
    struct store store;
    struct store_report report;
    struct image_writer *writer;
    struct image_sweep sweep;
    uint64_t promised; /* the newest entry acknowledged as durable, or installed */
    struct err e;
};

static int open_store(struct bench *b)
{
    struct store_options o = {
        .dir = DIR,
        .wanted = {.cluster_id = 5, .generation = 1, .node_id = 3, .disk_id = {1, 2, 3}},
        .may_format = true,
        .wal = {.segment_bytes = SEGMENT, .cache_bytes = 300},
    };
    b->store = (struct store){0};
    b->e = (struct err){0};
    return store_open(memvfs_vfs(b->m), &o, &b->store, &b->report, &b->e);
}

static void reopen(struct bench *b)
{
    store_close(&b->store);
    if (open_store(b) < 0)
        fail_msg("%s", b->e.text);
}

static void expect_refusal(struct bench *b, int code, const char *word)
{
    store_close(&b->store);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(open_store(b), code);
        if (strstr(b->e.text, word) == NULL)
            fail_msg("'%s' is not in: %s", word, b->e.text);
    }
}

static int on_done(struct bench *b, struct vfs_op *op, int status)
{
    if (op->owner == b->store.wal)
        return wal_on_done(b->store.wal, op, status, &b->e);
    if (op->owner == b->store.meta)
        return meta_on_done(b->store.meta, op, status, &b->e);
    if (op->owner == &b->sweep)
        return image_sweep_on_done(&b->sweep, op, status, &b->e);
    assert_ptr_equal(op->owner, b->writer);
    return image_writer_on_done(b->writer, op, status, &b->e);
}

/* Until nothing moves any more; the first failure. */
static int run(struct bench *b)
{
    for (;;) {
        struct vfs_op *op;
        int status;
        (void)meta_flush(b->store.meta);
        (void)wal_flush(b->store.wal);
        if (b->writer != NULL)
            (void)image_writer_flush(b->writer);
        if (!memvfs_complete(b->m, &op, &status))
            return 0;
        int code = on_done(b, op, status);
        if (code < 0)
            return code;
    }
}

/* The leader's log: the terms rise at 5, 13 and 25. */
static uint64_t term_of(uint64_t index)
{
    return index < 5 ? 1 : index < 13 ? 2 : index < 25 ? 3 : 4;
}

static struct entry entry_of(uint64_t index, uint64_t term)
{
    static char text[40];
    int n = snprintf(text, sizeof text, "entry %u of %u", (unsigned)index, (unsigned)term);
    return (struct entry){.index = index,
                          .term = term,
                          .kind = ENTRY_DATA,
                          .len = (uint32_t)n,
                          .payload = (const uint8_t *)text};
}

static uint64_t chain_of(uint64_t index)
{
    uint64_t chain = 0;
    for (uint64_t i = 1; i <= index; i++) {
        struct entry e = entry_of(i, term_of(i));
        chain = entry_chain(chain, &e);
    }
    return chain;
}

/* Appends the entries up to `last` as the leader has them, or of `term` if that is not 0. */
static int append(struct bench *b, uint64_t last, uint64_t term)
{
    while (wal_last(b->store.wal).index < last) {
        uint64_t index = wal_last(b->store.wal).index + 1;
        struct entry e = entry_of(index, term != 0 ? term : term_of(index));
        struct hard_state h = meta_wanted(b->store.meta);
        if (h.term < e.term) {
            h = (struct hard_state){.term = e.term, .hold_ns = h.hold_ns};
            meta_set(b->store.meta, &h);
            (void)meta_flush(b->store.meta);
        }
        wal_append(b->store.wal, &e, 1);
        (void)wal_flush(b->store.wal);
    }
    return run(b);
}

#define STATE_BYTES 90000u

static void fill_state(uint8_t *state, uint64_t index)
{
    for (size_t i = 0; i < STATE_BYTES; i++)
        state[i] = (uint8_t)prng_mix(index * 100000 + i);
}

static struct image_meta meta_of(uint64_t index)
{
    return (struct image_meta){.at = {.index = index, .term = term_of(index)},
                               .chain = chain_of(index),
                               .config_index = 1,
                               .config = (const uint8_t *)"cfg",
                               .config_len = 3};
}

static int finish_writer(struct bench *b, const uint8_t *state)
{
    size_t at = (size_t)image_writer_next_offset(b->writer);
    image_writer_append(b->writer, state + at, STATE_BYTES - at);
    int code = run(b);
    if (code == 0)
        code = image_writer_finish(b->writer, &b->e);
    if (code == 0)
        code = run(b);
    return code;
}

static int put_image(struct bench *b, const struct image_meta *m)
{
    uint8_t *state = mem_alloc(STATE_BYTES);
    fill_state(state, m->at.index);
    b->writer = image_writer_begin(memvfs_vfs(b->m), DIR, store_mark(&b->store), m);
    int code = finish_writer(b, state);
    free(state);
    if (code == 0) {
        assert_int_equal(image_writer_state(b->writer), IMAGE_DONE);
        image_writer_close(b->writer);
        b->writer = NULL;
    }
    return code;
}

/* Receives the leader's image, going on with what there is. */
static int receive_image(struct bench *b, uint64_t index)
{
    uint8_t *state = mem_alloc(STATE_BYTES);
    struct image_meta m = meta_of(index);
    struct image_digest *d = mem_alloc(sizeof *d);
    fill_state(state, index);
    image_digest_add(d, state, STATE_BYTES);
    m.state_bytes = STATE_BYTES;
    m.digest = image_digest_value(d);
    free(d);
    b->writer = b->store.partial;
    b->store.partial = NULL;
    if (b->writer == NULL)
        b->writer = image_partial_begin(memvfs_vfs(b->m), DIR, store_mark(&b->store), &m);
    assert_true(image_writer_meta(b->writer)->digest == m.digest);
    int code = finish_writer(b, state);
    free(state);
    if (code == 0) {
        image_writer_close(b->writer);
        b->writer = NULL;
    }
    return code;
}

static int sweep(struct bench *b, uint64_t index)
{
    struct wal_position keep = {.index = index, .term = term_of(index)};
    while (image_sweep_start(&b->sweep, memvfs_vfs(b->m), DIR, keep, NULL) != NULL) {
        int code = run(b);
        if (code < 0)
            return code;
    }
    return 0;
}

/* Entries 1 to 14 as the leader has them, an image at 6, one at 12; the log begins behind base. */
static void start(struct bench *b, uint64_t base)
{
    struct image_meta m6 = meta_of(6), m12 = meta_of(12);
    memset(b, 0, sizeof *b);
    b->m = memvfs_new(71);
    assert_int_equal(open_store(b), 0);
    assert_int_equal(append(b, 14, 0), 0);
    assert_int_equal(put_image(b, &m6), 0);
    assert_int_equal(put_image(b, &m12), 0);
    wal_compact(b->store.wal, base);
    assert_int_equal(run(b), 0);
}

static void stop(struct bench *b)
{
    store_close(&b->store);
    memvfs_free(b->m);
}

static const char *image_path(uint64_t index, const char *kind, const char *end)
{
    static char path[VFS_PATH_MAX];
    snprintf(path, sizeof path, DIR "/%s-%016x-%016x%s", kind, (unsigned)index,
             (unsigned)term_of(index), end);
    return path;
}

static void damage(struct bench *b, uint64_t index, size_t at)
{
    size_t len;
    uint8_t *file = memvfs_bytes(b->m, image_path(index, "image", ""), &len);
    assert_non_null(file);
    file[at] ^= 8;
    memvfs_bytes_changed(b->m, image_path(index, "image", ""));
}

static void the_newest_image_is_loaded(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 4);
    reopen(&b);
    assert_true(b.report.image_found && !b.report.image_installed);
    assert_string_equal(b.report.image_text, "");
    const struct image_meta *m = image_meta(b.store.image);
    assert_int_equal(m->at.index, 12);
    assert_int_equal(m->config_len, 3);
    assert_memory_equal(m->config, "cfg", 3);
    assert_int_equal(b.report.wal.base.index, 4);
    assert_int_equal(b.report.wal.last.index, 14);
    uint8_t *want = mem_alloc(STATE_BYTES);
    uint8_t *got = mem_alloc(STATE_BYTES);
    fill_state(want, 12);
    assert_int_equal(image_read(b.store.image, 0, got, STATE_BYTES, &b.e), 0);
    assert_memory_equal(want, got, STATE_BYTES);
    free(want);
    free(got);
    stop(&b);
}

static void an_older_image_serves_if_the_log_reaches_back(void **state)
{
    (void)state;
    const size_t places[] = {50, VFS_BLOCK + 40000}; /* header, state */
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct bench b;
        start(&b, 6);
        damage(&b, 12, places[i]);
        reopen(&b);
        assert_int_equal(image_meta(b.store.image)->at.index, 6);
        assert_non_null(strstr(b.report.image_text, "image-000000000000000c"));
        damage(&b, 6, places[i]);
        expect_refusal(&b, -E_CORRUPT, "no intact image");
        stop(&b);

        start(&b, 7);
        damage(&b, 12, places[i]);
        expect_refusal(&b, -E_CORRUPT, "ends before the log begins");
        stop(&b);

        start(&b, 0); /* the log reaches back to the very beginning */
        damage(&b, 12, places[i]);
        damage(&b, 6, places[i]);
        reopen(&b);
        assert_false(b.report.image_found);
        assert_null(b.store.image);
        assert_true(b.report.image_text[0] != '\0');
        stop(&b);
    }
}

static void a_log_without_its_image_refuses(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 4);
    memvfs_remove(b.m, image_path(12, "image", ""));
    reopen(&b);
    assert_int_equal(image_meta(b.store.image)->at.index, 6);
    store_close(&b.store);
    memvfs_remove(b.m, image_path(6, "image", ""));
    expect_refusal(&b, -E_CORRUPT, "the log begins at entry 5");
    stop(&b);
}

static void an_installation_is_finished(void **state)
{
    (void)state;
    for (unsigned conflict = 0; conflict < 2; conflict++) {
        struct bench b;
        start(&b, 4);
        wal_truncate(b.store.wal, 13);
        assert_int_equal(append(&b, 20, 2), 0); /* the leader's are of term 3 */
        struct image_meta m = meta_of(conflict ? 15 : 23);
        struct hard_state h = {.term = 3};
        meta_set(b.store.meta, &h);
        assert_int_equal(put_image(&b, &m), 0);
        memvfs_crash(b.m, MEMVFS_CUT_LOSE);
        reopen(&b);
        assert_true(b.report.image_installed);
        assert_non_null(strstr(b.report.image_text, "finished installing"));
        for (unsigned i = 0; i < 2; i++) {
            assert_int_equal(b.report.wal.base.index, m.at.index);
            assert_int_equal(b.report.wal.last.index, m.at.index);
            assert_int_equal(b.report.wal.last.term, 3);
            assert_int_equal(b.report.wal.runs_count, 0);
            assert_true(wal_chain_at(b.store.wal, m.at.index) == m.chain);
            assert_int_equal(image_meta(b.store.image)->at.index, m.at.index);
            memvfs_crash(b.m, MEMVFS_CUT_LOSE);
            reopen(&b);
            assert_false(b.report.image_installed);
        }
        assert_int_equal(append(&b, 24, 0), 0);
        reopen(&b);
        assert_int_equal(b.report.wal.last.index, 24);
        stop(&b);
    }
}

/* A snapshot of a prefix of the log: the suffix stays. */
static void a_matching_suffix_is_kept(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 4);
    struct image_meta m = meta_of(13);
    assert_int_equal(put_image(&b, &m), 0);
    reopen(&b);
    assert_false(b.report.image_installed);
    assert_int_equal(image_meta(b.store.image)->at.index, 13);
    assert_int_equal(b.report.wal.last.index, 14);
    stop(&b);
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 4);
    struct image_meta m = meta_of(13);
    m.chain++;
    assert_int_equal(put_image(&b, &m), 0);
    expect_refusal(&b, -E_CORRUPT, "contradicts the log");
    stop(&b);

    start(&b, 12); /* another term at the base itself */
    memvfs_remove(b.m, image_path(12, "image", ""));
    m = meta_of(12);
    m.at.term--;
    assert_int_equal(put_image(&b, &m), 0);
    expect_refusal(&b, -E_CORRUPT, "contradicts the log");
    stop(&b);

    /* What a damaged newer image left is not installed. */
    start(&b, 4);
    m = meta_of(30);
    struct hard_state h = {.term = 4};
    meta_set(b.store.meta, &h);
    assert_int_equal(put_image(&b, &m), 0);
    m = meta_of(31);
    assert_int_equal(put_image(&b, &m), 0);
    damage(&b, 31, 60);
    expect_refusal(&b, -E_CORRUPT, "older than a damaged one");
    stop(&b);

    start(&b, 4);
    m = meta_of(30); /* of term 4 */
    assert_int_equal(put_image(&b, &m), 0);
    expect_refusal(&b, -E_LOST, "hard state (term 3) is older than image-000000000000001e");
    stop(&b);
}

static void strangers_are_refused(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 4);
    memvfs_remove(b.m, DIR "/identity");
    memvfs_remove(b.m, DIR "/hardstate");
    for (unsigned n = 1; n < 12; n++) {
        char path[VFS_PATH_MAX];
        snprintf(path, sizeof path, DIR "/log-%016x", n);
        if (memvfs_exists(b.m, path))
            memvfs_remove(b.m, path);
    }
    expect_refusal(&b, -E_LOST, "identity is missing");
    stop(&b);

    start(&b, 4);
    struct memvfs *other = b.m;
    size_t len;
    uint8_t *file = memvfs_bytes(other, image_path(12, "image", ""), &len);
    uint8_t *copy = mem_dup(file, len);
    stop(&b);
    memset(&b, 0, sizeof b);
    b.m = memvfs_new(3);
    struct store_options o = {.dir = DIR,
                              .wanted = {.cluster_id = 5, .node_id = 3, .disk_id = {9}},
                              .may_format = true,
                              .wal = {.segment_bytes = SEGMENT}};
    assert_int_equal(store_open(memvfs_vfs(b.m), &o, &b.store, &b.report, &b.e), 0);
    memvfs_put(b.m, image_path(12, "image", ""), copy, len);
    expect_refusal(&b, -E_MISMATCH, "another disk");
    free(copy);
    stop(&b);
}

/* Formatting broken off never leaves an image. */
static void a_broken_off_formatting_with_an_image_refuses(void **state)
{
    (void)state;
    struct bench b;
    memset(&b, 0, sizeof b);
    b.m = memvfs_new(4);
    memvfs_halt_at(b.m, 16);
    assert_true(open_store(&b) < 0);
    memvfs_crash(b.m, MEMVFS_CUT_KEEP);
    assert_true(memvfs_exists(b.m, DIR "/identity"));
    memvfs_put(b.m, image_path(12, "image", ""), "x", 1);
    expect_refusal(&b, -E_LOST, "broken off, yet there is an image");
    memvfs_remove(b.m, image_path(12, "image", ""));
    assert_int_equal(open_store(&b), 0);
    stop(&b);
}

static void remains_are_removed_and_receptions_kept(void **state)
{
    (void)state;
    struct bench b;
    start(&b, 4);
    memvfs_put(b.m, image_path(13, "image", ".tmp"), "x", 1);
    memvfs_put(b.m, image_path(11, "partial", ""), "x", 1);
    struct image_meta m = meta_of(20);
    m.state_bytes = 1000000;
    for (uint64_t index = 20; index <= 21; index++) {
        m.at.index = index;
        struct image_writer *w =
            image_partial_begin(memvfs_vfs(b.m), DIR, store_mark(&b.store), &m);
        b.writer = w;
        uint8_t *zeros = mem_alloc(200000);
        image_writer_append(w, zeros, 200000);
        free(zeros);
        assert_int_equal(run(&b), 0);
        image_writer_close(w);
    }
    b.writer = NULL;
    reopen(&b);
    assert_false(memvfs_exists(b.m, image_path(13, "image", ".tmp")));
    assert_false(memvfs_exists(b.m, image_path(11, "partial", "")));
    assert_false(memvfs_exists(b.m, image_path(20, "partial", "")));
    assert_non_null(b.store.partial);
    assert_int_equal(image_writer_meta(b.store.partial)->at.index, 21);
    assert_int_equal(image_writer_next_offset(b.store.partial), 3 * IMAGE_PIECE_BYTES);
    stop(&b);
}

/* One step of a life; 0, or the failure that ends the process. */
static int live(struct bench *b, unsigned step)
{
    struct image_meta m;
    struct wal_origin origin = {.at = {.index = 30, .term = term_of(30)}, .chain = chain_of(30)};
    struct hard_state h = {.term = 4};
    int code = 0;
    switch (step) {
    case 0: return append(b, 10, 0);
    case 1: m = meta_of(6); return put_image(b, &m);
    case 2: wal_compact(b->store.wal, 5); return append(b, 12, 0);
    case 3: m = meta_of(11); return put_image(b, &m);
    case 4: wal_compact(b->store.wal, 11); return run(b);
    case 5: return sweep(b, 11);
    case 6: return append(b, 16, 2); /* 13 to 16 are not the leader's */
    case 7:
        meta_set(b->store.meta, &h);
        code = run(b);
        return code < 0 ? code : receive_image(b, 30);
    case 8: wal_reset_to(b->store.wal, &origin); return run(b);
    case 9: return sweep(b, 30);
    case 10: return append(b, 33, 0);
    case 11: m = meta_of(32); return put_image(b, &m);
    default: wal_compact(b->store.wal, 31); return run(b);
    }
}

/* Where a started node has to go on: what each step needs is there, or the step before is redone.
 */
static unsigned step_of(const struct bench *b)
{
    uint64_t image = b->store.image == NULL ? 0 : image_meta(b->store.image)->at.index;
    uint64_t base = wal_base(b->store.wal).index, last = wal_last(b->store.wal).index;
    if (image == 0)
        return last < 10 ? 0 : 1;
    if (image == 6)
        return last < 12 ? 2 : 3;
    if (image == 11)
        return base < 11 ? 4 : last < 16 ? 5 : 7;
    if (image == 30)
        return last < 33 ? 9 : 11;
    return 12;
}

static void check(struct bench *b)
{
    struct wal_position base = wal_base(b->store.wal), last = wal_last(b->store.wal);
    uint64_t image = b->store.image == NULL ? 0 : image_meta(b->store.image)->at.index;
    assert_true(base.index <= image && image <= last.index);
    assert_true(last.index >= b->promised);
    assert_true(wal_chain_at(b->store.wal, image) == chain_of(image));
    assert_true(base.index <= 12 || base.index >= 30);
    for (uint64_t i = base.index + 1; i <= last.index; i++) {
        struct entry got;
        struct entry want = entry_of(i, i > 12 && i < 30 ? 2 : term_of(i));
        assert_int_equal(wal_read(b->store.wal, i, &got, &b->e), 0);
        assert_true(got.term == want.term && got.len == want.len);
        assert_int_equal(memcmp(got.payload, entry_of(i, want.term).payload, want.len), 0);
    }
}

/* Lives until something fails or all is done; then the process is gone. */
static bool live_on(struct bench *b, enum memvfs_crash how)
{
    int code = open_store(b);
    b->promised = 0;
    if (code == 0) {
        check(b);
        for (unsigned step = step_of(b); step <= 12 && code == 0; step++) {
            code = live(b, step);
            if (code == 0)
                b->promised = wal_durable(b->store.wal);
        }
    }
    bool done = code == 0;
    memvfs_crash(b->m, how);
    image_writer_close(b->writer);
    b->writer = NULL;
    b->sweep = (struct image_sweep){0};
    store_close(&b->store);
    return done;
}

static void any_call_of_a_life_may_be_the_last(void **state)
{
    (void)state;
    struct bench b;
    for (unsigned how = 0; how < 6; how++) {
        bool struck = true;
        for (uint64_t n = 1; struck; n++) {
            memset(&b, 0, sizeof b);
            b.m = memvfs_new(10 * n + how);
            memvfs_set_direct(b.m, how % 2 == 0);
            if (how < 4)
                memvfs_halt_at(b.m, n);
            else
                memvfs_fail_call(b.m, n, -E_IO);
            bool done = live_on(&b, how < 2 ? MEMVFS_CUT_RANDOM : (enum memvfs_crash)(n % 4));
            struck = !done;
            /* A second life, cut short somewhere too; then one to the end. */
            uint64_t promised = b.promised;
            memvfs_halt_at(b.m, 1 + n * 7 % 150);
            int code = open_store(&b);
            if (code == 0 && wal_last(b.store.wal).index < promised)
                fail_msg("%u was promised, %u are there", (unsigned)promised,
                         (unsigned)wal_last(b.store.wal).index);
            memvfs_crash(b.m, MEMVFS_CUT_RANDOM);
            store_close(&b.store);
            if (open_store(&b) < 0)
                fail_msg("how %u, call %u: %s", how, (unsigned)n, b.e.text);
            b.promised = promised;
            check(&b);
            store_close(&b.store);
            if (!live_on(&b, MEMVFS_CUT_LOSE))
                fail_msg("how %u, call %u: %s", how, (unsigned)n, b.e.text);
            assert_int_equal(open_store(&b), 0);
            assert_int_equal(image_meta(b.store.image)->at.index, 32);
            assert_int_equal(wal_base(b.store.wal).index, 31);
            assert_int_equal(wal_last(b.store.wal).index, 33);
            check(&b);
            stop(&b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_image_is_loaded),
        cmocka_unit_test(an_older_image_serves_if_the_log_reaches_back),
        cmocka_unit_test(a_log_without_its_image_refuses),
        cmocka_unit_test(an_installation_is_finished),
        cmocka_unit_test(a_matching_suffix_is_kept),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(strangers_are_refused),
        cmocka_unit_test(a_broken_off_formatting_with_an_image_refuses),
        cmocka_unit_test(remains_are_removed_and_receptions_kept),
        cmocka_unit_test(any_call_of_a_life_may_be_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
