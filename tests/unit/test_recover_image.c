/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start of a directory with images: which one, does the log go on from it, is an installation
 * to be finished. */
#include "base/mem.h"
#include "tests/support/storerig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

static void reopen(struct storerig *b)
{
    store_close(&b->store);
    if (storerig_open(b) < 0)
        fail_msg("%s", b->e.text);
}

static void expect_refusal(struct storerig *b, int code, const char *word)
{
    store_close(&b->store);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(storerig_open(b), code);
        if (strstr(b->e.text, word) == NULL)
            fail_msg("'%s' is not in: %s", word, b->e.text);
    }
}

/* Entries 1 to 14 as the leader has them, an image at 6, one at 12; the log begins behind base. */
static void start(struct storerig *b, uint64_t base)
{
    struct image_meta m6 = storerig_meta(6), m12 = storerig_meta(12);
    memset(b, 0, sizeof *b);
    b->m = memvfs_new(71);
    assert_int_equal(storerig_open(b), 0);
    assert_int_equal(storerig_append(b, 14, 0), 0);
    assert_int_equal(storerig_put_image(b, &m6), 0);
    assert_int_equal(storerig_put_image(b, &m12), 0);
    wal_compact(b->store.wal, base);
    assert_int_equal(storerig_run(b), 0);
}

static const char *image_path(uint64_t index, const char *kind, const char *end)
{
    static char path[VFS_PATH_MAX];
    snprintf(path, sizeof path, STORERIG_DIR "/%s-%016x-%016x%s", kind, (unsigned)index,
             (unsigned)storerig_term(index), end);
    return path;
}

static void damage(struct storerig *b, uint64_t index, size_t at)
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
    struct storerig b;
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
    uint8_t *want = mem_alloc(STORERIG_STATE_BYTES);
    uint8_t *got = mem_alloc(STORERIG_STATE_BYTES);
    storerig_state(want, 12);
    assert_int_equal(image_read(b.store.image, 0, got, STORERIG_STATE_BYTES, &b.e), 0);
    assert_memory_equal(want, got, STORERIG_STATE_BYTES);
    free(want);
    free(got);
    storerig_stop(&b);
}

static void an_older_image_serves_if_the_log_reaches_back(void **state)
{
    (void)state;
    const size_t places[] = {50, VFS_BLOCK + 40000}; /* header, state */
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct storerig b;
        start(&b, 6);
        damage(&b, 12, places[i]);
        reopen(&b);
        assert_int_equal(image_meta(b.store.image)->at.index, 6);
        assert_non_null(strstr(b.report.image_text, "image-000000000000000c"));
        damage(&b, 6, places[i]);
        expect_refusal(&b, -E_CORRUPT, "no intact image");
        storerig_stop(&b);

        start(&b, 7);
        damage(&b, 12, places[i]);
        expect_refusal(&b, -E_CORRUPT, "ends before the log begins");
        storerig_stop(&b);

        start(&b, 0); /* the log reaches back to the very beginning */
        damage(&b, 12, places[i]);
        damage(&b, 6, places[i]);
        reopen(&b);
        assert_false(b.report.image_found);
        assert_null(b.store.image);
        assert_true(b.report.image_text[0] != '\0');
        storerig_stop(&b);
    }
}

static void a_log_without_its_image_refuses(void **state)
{
    (void)state;
    struct storerig b;
    start(&b, 4);
    memvfs_remove(b.m, image_path(12, "image", ""));
    reopen(&b);
    assert_int_equal(image_meta(b.store.image)->at.index, 6);
    store_close(&b.store);
    memvfs_remove(b.m, image_path(6, "image", ""));
    expect_refusal(&b, -E_CORRUPT, "the log begins at entry 5");
    storerig_stop(&b);
}

/* R-PERS-13 */
static void an_installation_is_finished(void **state)
{
    (void)state;
    for (unsigned conflict = 0; conflict < 2; conflict++) {
        struct storerig b;
        start(&b, 4);
        wal_truncate(b.store.wal, 13);
        assert_int_equal(storerig_append(&b, 20, 2), 0); /* the leader's are of term 3 */
        struct image_meta m = storerig_meta(conflict ? 15 : 23);
        struct hard_state h = {.term = 3};
        meta_set(b.store.meta, &h);
        assert_int_equal(storerig_put_image(&b, &m), 0);
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
        assert_int_equal(storerig_append(&b, 24, 0), 0);
        reopen(&b);
        assert_int_equal(b.report.wal.last.index, 24);
        storerig_stop(&b);
    }
}

/* A snapshot of a prefix of the log: the suffix stays. */
static void a_matching_suffix_is_kept(void **state)
{
    (void)state;
    struct storerig b;
    start(&b, 4);
    struct image_meta m = storerig_meta(13);
    assert_int_equal(storerig_put_image(&b, &m), 0);
    reopen(&b);
    assert_false(b.report.image_installed);
    assert_int_equal(image_meta(b.store.image)->at.index, 13);
    assert_int_equal(b.report.wal.last.index, 14);
    storerig_stop(&b);
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    struct storerig b;
    start(&b, 4);
    struct image_meta m = storerig_meta(13);
    m.chain++;
    assert_int_equal(storerig_put_image(&b, &m), 0);
    expect_refusal(&b, -E_CORRUPT, "contradicts the log");
    storerig_stop(&b);

    start(&b, 12); /* another term at the base itself */
    memvfs_remove(b.m, image_path(12, "image", ""));
    m = storerig_meta(12);
    m.at.term--;
    assert_int_equal(storerig_put_image(&b, &m), 0);
    expect_refusal(&b, -E_CORRUPT, "contradicts the log");
    storerig_stop(&b);

    /* What a damaged newer image left is not installed. */
    start(&b, 4);
    m = storerig_meta(30);
    struct hard_state h = {.term = 4};
    meta_set(b.store.meta, &h);
    assert_int_equal(storerig_put_image(&b, &m), 0);
    m = storerig_meta(31);
    assert_int_equal(storerig_put_image(&b, &m), 0);
    damage(&b, 31, 60);
    expect_refusal(&b, -E_CORRUPT, "older than a damaged one");
    storerig_stop(&b);

    start(&b, 4);
    m = storerig_meta(30); /* of term 4 */
    assert_int_equal(storerig_put_image(&b, &m), 0);
    expect_refusal(&b, -E_LOST, "hard state (term 3) is older than image-000000000000001e");
    storerig_stop(&b);
}

/* R-SNAP-13 */
static void strangers_are_refused(void **state)
{
    (void)state;
    struct storerig b;
    start(&b, 4);
    memvfs_remove(b.m, STORERIG_DIR "/identity");
    memvfs_remove(b.m, STORERIG_DIR "/hardstate");
    for (unsigned n = 1; n < 12; n++) {
        char path[VFS_PATH_MAX];
        snprintf(path, sizeof path, STORERIG_DIR "/log-%016x", n);
        if (memvfs_exists(b.m, path))
            memvfs_remove(b.m, path);
    }
    expect_refusal(&b, -E_LOST, "identity is missing");
    storerig_stop(&b);

    start(&b, 4);
    struct memvfs *other = b.m;
    size_t len;
    uint8_t *file = memvfs_bytes(other, image_path(12, "image", ""), &len);
    uint8_t *copy = mem_dup(file, len);
    storerig_stop(&b);
    memset(&b, 0, sizeof b);
    b.m = memvfs_new(3);
    struct store_options o = {.dir = STORERIG_DIR,
                              .wanted = {.cluster_id = 5, .node_id = 3, .disk_id = {9}},
                              .may_format = true,
                              .wal = {.segment_bytes = STORERIG_SEGMENT}};
    assert_int_equal(store_open(memvfs_vfs(b.m), &o, &b.store, &b.report, &b.e), 0);
    memvfs_put(b.m, image_path(12, "image", ""), copy, len);
    expect_refusal(&b, -E_MISMATCH, "another disk");
    free(copy);
    storerig_stop(&b);
}

/* Formatting broken off never leaves an image. */
static void a_broken_off_formatting_with_an_image_refuses(void **state)
{
    (void)state;
    struct storerig b;
    memset(&b, 0, sizeof b);
    b.m = memvfs_new(4);
    memvfs_halt_at(b.m, 16);
    assert_true(storerig_open(&b) < 0);
    memvfs_crash(b.m, MEMVFS_CUT_KEEP);
    assert_true(memvfs_exists(b.m, STORERIG_DIR "/identity"));
    memvfs_put(b.m, image_path(12, "image", ""), "x", 1);
    expect_refusal(&b, -E_LOST, "broken off, yet there is an image");
    memvfs_remove(b.m, image_path(12, "image", ""));
    assert_int_equal(storerig_open(&b), 0);
    storerig_stop(&b);
}

static void remains_are_removed_and_receptions_kept(void **state)
{
    (void)state;
    struct storerig b;
    start(&b, 4);
    memvfs_put(b.m, image_path(13, "image", ".tmp"), "x", 1);
    memvfs_put(b.m, image_path(11, "partial", ""), "x", 1);
    struct image_meta m = storerig_meta(20);
    m.state_bytes = 1000000;
    for (uint64_t index = 20; index <= 21; index++) {
        m.at.index = index;
        struct image_writer *w =
            image_partial_begin(memvfs_vfs(b.m), STORERIG_DIR, store_mark(&b.store), &m);
        b.writer = w;
        uint8_t *zeros = mem_alloc(200000);
        image_writer_append(w, zeros, 200000);
        free(zeros);
        assert_int_equal(storerig_run(&b), 0);
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
    storerig_stop(&b);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
