/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Receiving images: broken off and resumed anywhere, with faults and crashes at every call;
 * complete or nothing. */
#include "base/mem.h"
#include "store/image_format.h"
#include "tests/support/imagerig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

static struct image_writer *resumed(struct memvfs *m)
{
    struct image_writer *w = NULL;
    struct err e = {0};
    if (image_partial_resume(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &w, &e) < 0)
        fail_msg("%s", e.text);
    return w;
}

static void a_reception_goes_on_after_a_start(void **state)
{
    (void)state;
    const size_t len = 2500000;
    struct image_meta meta = imagerig_whole_meta(40, len);
    uint8_t *bytes = imagerig_state(40, len);
    struct memvfs *m = memvfs_new(4);
    assert_null(resumed(m));
    struct image_writer *w = image_partial_begin(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &meta);
    assert_true(image_writer_is_partial(w));
    assert_non_null(image_writer_flush(w)); /* makes itself known */
    assert_int_equal(imagerig_complete(m, w), 0);
    uint64_t before = 0;
    for (unsigned round = 0; image_writer_next_offset(w) < len; round++) {
        size_t at = (size_t)image_writer_next_offset(w);
        size_t n = image_writer_room(w) < 250000 ? image_writer_room(w) : 250000;
        image_writer_append(w, bytes + at, n);
        (void)image_writer_flush(w);
        assert_int_equal(imagerig_complete(m, w), 0);
        if (round % 3 != 2)
            continue;
        uint64_t known = image_writer_next_offset(w);
        memvfs_crash(m, (enum memvfs_crash)(round % 4));
        image_writer_close(w);
        memvfs_set_direct(m, round % 2 == 0);
        w = resumed(m);
        assert_non_null(w);
        assert_true(image_writer_next_offset(w) <= known);
        assert_true(image_writer_next_offset(w) > known - IMAGE_PIECE_BYTES);
        assert_true(image_writer_next_offset(w) > before);
        before = image_writer_next_offset(w);
        assert_true(image_writer_meta(w)->digest == meta.digest);
        assert_memory_equal(image_writer_meta(w)->config, imagerig_config, sizeof imagerig_config);
    }
    assert_int_equal(imagerig_write_out(m, w, bytes, len, 100000), 0);
    assert_int_equal(image_writer_state(w), IMAGE_DONE);
    image_writer_close(w);
    memvfs_crash(m, MEMVFS_CUT_LOSE);
    imagerig_expect(m, 40, len);
    assert_null(resumed(m));
    free(bytes);
    memvfs_free(m);
}

/* Whole pieces only, all of them there already: finishing alone is left. */
static void a_complete_reception_is_finished_after_a_start(void **state)
{
    (void)state;
    const size_t len = 3 * IMAGE_PIECE_BYTES;
    struct image_meta meta = imagerig_whole_meta(41, len);
    uint8_t *bytes = imagerig_state(41, len);
    for (unsigned direct = 0; direct < 2; direct++) {
        struct memvfs *m = memvfs_new(5);
        memvfs_set_direct(m, direct == 1);
        struct image_writer *w =
            image_partial_begin(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &meta);
        image_writer_append(w, bytes, len);
        assert_int_equal(image_writer_room(w), 0);
        assert_non_null(image_writer_flush(w));
        assert_int_equal(imagerig_complete(m, w), 0);
        memvfs_crash(m, MEMVFS_CUT_LOSE);
        image_writer_close(w);
        w = resumed(m);
        assert_int_equal(image_writer_next_offset(w), len);
        assert_int_equal(imagerig_write_out(m, w, bytes, len, 1000), 0);
        image_writer_close(w);
        memvfs_crash(m, MEMVFS_CUT_LOSE);
        imagerig_expect(m, 41, len);
        memvfs_free(m);
    }
    free(bytes);
}

static void a_wrong_digest_is_no_image(void **state)
{
    (void)state;
    const size_t len = 200000;
    struct image_meta meta = imagerig_whole_meta(42, len);
    uint8_t *bytes = imagerig_state(42, len);
    bytes[150000] ^= 1;
    struct memvfs *m = memvfs_new(6);
    struct image_writer *w = image_partial_begin(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &meta);
    assert_int_equal(imagerig_write_out(m, w, bytes, len, 1000000), -E_CORRUPT);
    assert_int_equal(image_writer_state(w), IMAGE_GATHERING);
    image_writer_cancel(w);
    (void)imagerig_complete(m, w);
    while (image_writer_flush(w) != NULL)
        assert_int_equal(imagerig_complete(m, w), 0);
    assert_int_equal(image_writer_state(w), IMAGE_CANCELLED);
    image_writer_close(w);
    assert_int_equal(imagerig_newest(m).index, 0);
    assert_null(resumed(m));

    /* Too short is wrong too. */
    w = image_partial_begin(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &meta);
    struct err e;
    image_writer_append(w, bytes, 1000);
    assert_int_equal(image_writer_finish(w, &e), -E_CORRUPT);
    image_writer_cancel(w); /* no file yet: at once */
    assert_int_equal(image_writer_state(w), IMAGE_CANCELLED);
    image_writer_close(w);
    free(bytes);
    memvfs_free(m);
}

/* Each call of a reception with a start in the middle fails once or is the last: a start finds the
 * image complete, or a partial that can be completed, or nothing; never a wrong image. */
static void every_call_of_receiving_fails_once(void **state)
{
    (void)state;
    const size_t len = 400000;
    struct image_meta meta = imagerig_whole_meta(43, len);
    uint8_t *bytes = imagerig_state(43, len);
    for (unsigned how = 0; how < 4; how++) {
        bool struck = true;
        for (uint64_t n = 1; struck; n++) {
            struct memvfs *m = memvfs_new(1000 * n + how);
            memvfs_set_direct(m, how % 2 == 0);
            if (how < 2)
                memvfs_fail_call(m, n, -E_IO);
            else
                memvfs_halt_at(m, n);
            struct image_writer *w =
                image_partial_begin(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &meta);
            int code = imagerig_write_out(m, w, bytes, len, 130000);
            struck = memvfs_struck(m);
            assert_true(code == 0 || struck);
            memvfs_crash(m, (enum memvfs_crash)(n % 4));
            image_writer_close(w);
            if (imagerig_newest(m).index == 0) {
                assert_true(code < 0);
                w = resumed(m);
                if (w == NULL)
                    w = image_partial_begin(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &meta);
                assert_int_equal(imagerig_write_out(m, w, bytes, len, 90000), 0);
                image_writer_close(w);
            }
            memvfs_crash(m, MEMVFS_CUT_LOSE);
            imagerig_expect(m, 43, len);
            memvfs_free(m);
        }
    }
    free(bytes);
}

/* A partial that rotted continues before the damage; one without a header is nothing. */
static void a_damaged_partial_goes_on_before_the_damage(void **state)
{
    (void)state;
    const size_t len = 500000;
    const char *path = IMAGERIG_DIR "/partial-000000000000002c-0000000000000003";
    struct image_meta meta = imagerig_whole_meta(44, len);
    uint8_t *bytes = imagerig_state(44, len);
    struct memvfs *m = memvfs_new(9);
    struct image_writer *w = image_partial_begin(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &meta);
    image_writer_append(w, bytes, 400000);
    (void)image_writer_flush(w);
    assert_int_equal(imagerig_complete(m, w), 0);
    image_writer_close(w);
    size_t size;
    memvfs_bytes(m, path, &size)[VFS_BLOCK + 2 * FRAME_BYTES + 5000] ^= 1;
    memvfs_bytes_changed(m, path);
    w = resumed(m);
    assert_int_equal(image_writer_next_offset(w), 2 * IMAGE_PIECE_BYTES);
    assert_int_equal(imagerig_write_out(m, w, bytes, len, 100000), 0);
    image_writer_close(w);
    imagerig_expect(m, 44, len);

    w = image_partial_begin(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &meta);
    (void)image_writer_flush(w);
    assert_int_equal(imagerig_complete(m, w), 0);
    image_writer_close(w);
    memvfs_bytes(m, path, &size)[20] ^= 1;
    memvfs_bytes_changed(m, path);
    assert_null(resumed(m));
    assert_false(memvfs_exists(m, path));
    free(bytes);
    memvfs_free(m);
}

/* A sync fails in a buffered file and marks its pages clean, and the process dies before it can
 * remove the file: the piece is read from the cache, and no sync would ever write it. */
static void a_piece_known_to_the_cache_alone_is_written_again(void **state)
{
    (void)state;
    const size_t len = 3 * IMAGE_PIECE_BYTES;
    struct image_meta meta = imagerig_whole_meta(45, len);
    uint8_t *bytes = imagerig_state(45, len);
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct memvfs *m = memvfs_new(seed);
        const struct vfs *v = memvfs_vfs(m);
        memvfs_set_direct(m, false);
        struct image_writer *w = image_partial_begin(v, IMAGERIG_DIR, IMAGERIG_MARK, &meta);
        image_writer_append(w, bytes, IMAGE_PIECE_BYTES);
        (void)image_writer_flush(w);
        assert_int_equal(imagerig_complete(m, w), 0);
        image_writer_close(w);

        struct vfs_file *file;
        uint8_t *frame = mem_alloc(FRAME_BYTES);
        memcpy(frame + PIECE_HEADER_BYTES, bytes + IMAGE_PIECE_BYTES, IMAGE_PIECE_BYTES);
        (void)image_piece_seal(frame, image_key(IMAGERIG_MARK, meta.at), IMAGE_PIECE_BYTES,
                               IMAGE_PIECE_BYTES);
        const char *path = IMAGERIG_DIR "/partial-000000000000002d-0000000000000003";
        uint64_t place = image_frame_at(image_header_bytes(meta.config_len), IMAGE_PIECE_BYTES);
        assert_int_equal(v->open(v->arg, path, VFS_WRITE, &file, NULL), 0);
        assert_int_equal(v->write(v->arg, file, place, frame, FRAME_BYTES, NULL), 0);
        memvfs_fail_call(m, 1, -E_IO);
        assert_int_equal(v->sync(v->arg, file, NULL), -E_IO);
        free(frame);
        memvfs_crash(m, MEMVFS_KILL);

        w = resumed(m);
        assert_int_equal(image_writer_next_offset(w), 2 * IMAGE_PIECE_BYTES);
        assert_int_equal(imagerig_write_out(m, w, bytes, len, 100000), 0);
        image_writer_close(w);
        memvfs_crash(m, MEMVFS_CUT_LOSE);
        imagerig_expect(m, 45, len);
        memvfs_free(m);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reception_goes_on_after_a_start),
        cmocka_unit_test(a_complete_reception_is_finished_after_a_start),
        cmocka_unit_test(a_wrong_digest_is_no_image),
        cmocka_unit_test(every_call_of_receiving_fails_once),
        cmocka_unit_test(a_damaged_partial_goes_on_before_the_damage),
        cmocka_unit_test(a_piece_known_to_the_cache_alone_is_written_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
