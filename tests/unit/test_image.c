/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Image files: written in any pieces, read back at any offset, swept; with damage at every byte
 * that matters and faults and crashes at every call. */
#include "base/mem.h"
#include "base/prng.h"
#include "store/image_format.h"
#include "tests/support/imagerig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

static const size_t lengths[] = {0,
                                 1,
                                 4064,
                                 4065,
                                 IMAGE_PIECE_BYTES - 1,
                                 IMAGE_PIECE_BYTES,
                                 IMAGE_PIECE_BYTES + 1,
                                 5 * IMAGE_PIECE_BYTES,
                                 300000,
                                 16 * IMAGE_PIECE_BYTES,
                                 3000000};

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        for (unsigned direct = 0; direct < 2; direct++) {
            struct memvfs *m = memvfs_new(i);
            memvfs_set_direct(m, direct == 1);
            size_t step = direct ? 1000000 : 777 + lengths[i] / 20;
            assert_int_equal(imagerig_write(m, 9, lengths[i], step), 0);
            memvfs_crash(m, MEMVFS_CUT_LOSE);
            imagerig_expect(m, 9, lengths[i]);
            memvfs_free(m);
        }
    }
}

static void the_digest_does_not_depend_on_how_it_is_cut(void **state)
{
    (void)state;
    struct prng prng = prng_named(1, "cuts");
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        uint8_t *bytes = imagerig_state(4, lengths[i] + 1);
        uint64_t whole = imagerig_digest(bytes, lengths[i]);
        struct image_digest *d = mem_alloc(sizeof *d);
        for (size_t at = 0; at < lengths[i];) {
            size_t n = 1 + (size_t)prng_below(&prng, 100000);
            n = n < lengths[i] - at ? n : lengths[i] - at;
            image_digest_add(d, bytes + at, n);
            at += n;
        }
        assert_true(image_digest_value(d) == whole);
        bytes[lengths[i]] = 0; /* a zero more is another stream */
        assert_true(imagerig_digest(bytes, lengths[i] + 1) != whole);
        free(d);
        free(bytes);
    }
}

/* Room is bounded, and comes back when the disk has followed. */
static void the_disk_may_be_slow(void **state)
{
    (void)state;
    struct memvfs *m = memvfs_new(3);
    struct image_meta meta = imagerig_meta(5);
    uint8_t *bytes = imagerig_state(5, 4000000);
    struct image_writer *w = image_writer_begin(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &meta);
    assert_null(image_writer_flush(w)); /* nothing to do */
    size_t first = image_writer_room(w);
    assert_true(first <= 1u << 20);
    image_writer_append(w, bytes, first);
    assert_int_equal(image_writer_room(w), 0);
    assert_non_null(image_writer_flush(w));
    assert_null(image_writer_flush(w)); /* one at a time */
    size_t second = image_writer_room(w);
    assert_true(second > 0);
    image_writer_append(w, bytes + first, second);
    assert_int_equal(image_writer_room(w), 0);
    assert_true(image_writer_in_flight(w));
    assert_int_equal(imagerig_complete(m, w), 0);
    assert_non_null(image_writer_flush(w));
    assert_int_equal(imagerig_write_out(m, w, bytes, 4000000, 50000), 0);
    imagerig_expect(m, 5, 4000000);
    image_writer_close(w);
    free(bytes);
    memvfs_free(m);
}

/* Each call of writing a second image fails, or is the last before a crash: the first image is
 * untouched, and the second either complete or not there. */
static void every_call_of_writing_fails_once(void **state)
{
    (void)state;
    const size_t len = 1300000;
    for (unsigned how = 0; how < 4; how++) {
        bool struck = true;
        for (uint64_t n = 1; struck; n++) {
            struct memvfs *m = memvfs_new(100 * n + how);
            memvfs_set_direct(m, how % 2 == 0);
            assert_int_equal(imagerig_write(m, 10, 200000, 70000), 0);
            if (how < 2)
                memvfs_fail_call(m, n, n % 2 == 0 ? -E_IO : -E_NOSPACE);
            else
                memvfs_halt_at(m, n);
            int code = imagerig_write(m, 11, len, 90000);
            struck = memvfs_struck(m);
            /* The removal before creating does not mind that there is nothing. */
            assert_true(code == 0 || struck);
            if (how < 2 && code < 0 && imagerig_newest(m).index == 10)
                assert_false(
                    memvfs_exists(m, IMAGERIG_DIR "/image-000000000000000b-0000000000000003.tmp"));
            memvfs_crash(m, (enum memvfs_crash)(n % 4));
            bool there = imagerig_newest(m).index == 11;
            assert_true(there || code < 0);
            imagerig_expect(m, 10, 200000);
            if (there)
                imagerig_expect(m, 11, len);
            memvfs_free(m);
        }
    }
}

/* Any changed byte is noticed: in the header by opening, in the state by verifying and reading. */
static void damage_is_noticed(void **state)
{
    (void)state;
    const size_t len = 150000;
    const char *path = IMAGERIG_DIR "/image-0000000000000007-0000000000000003";
    struct memvfs *m = memvfs_new(8);
    assert_int_equal(imagerig_write(m, 7, len, 40000), 0);
    size_t size;
    uint8_t *file = memvfs_bytes(m, path, &size);
    uint8_t *out = mem_alloc(IMAGE_READ_BYTES_MAX);
    unsigned unnoticed = 0;
    for (size_t at = 0; at < size; at += at < 200 ? 1 : 509) {
        struct image *image = NULL;
        struct err e = {0};
        file[at] ^= 4;
        memvfs_bytes_changed(m, path);
        int code = imagerig_open(m, 7, &image, &e);
        if (code == 0) {
            code = image_verify(image, &e);
            int reading = image_read(image, 0, out, len, &e);
            assert_int_equal(code, reading);
        }
        assert_true(code == 0 || code == -E_CORRUPT || (at < 8 && code == -E_UNSUPPORTED));
        assert_true(code == 0 || strstr(e.text, "image-0000000000000007") != NULL);
        unnoticed += code == 0; /* padding */
        image_close(image);
        file[at] ^= 4;
    }
    memvfs_bytes_changed(m, path);
    assert_true(unnoticed < 4);
    imagerig_expect(m, 7, len);
    uint8_t *cut = mem_dup(file, size);
    const size_t sizes[] = {0, 100, VFS_BLOCK, size - VFS_BLOCK};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct image *image;
        struct err e;
        memvfs_put(m, path, cut, sizes[i]);
        assert_int_equal(imagerig_open(m, 7, &image, &e), -E_CORRUPT);
    }
    memvfs_put(m, IMAGERIG_DIR "/image-0000000000000008-0000000000000003", cut,
               size); /* misnamed */
    struct image *image;
    struct err e;
    assert_int_equal(imagerig_open(m, 8, &image, &e), -E_CORRUPT);
    assert_int_equal(imagerig_open(m, 9, &image, &e), -E_NOTFOUND);
    memvfs_put(m, path, cut, size);
    assert_int_equal(image_open(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK + 1,
                                (struct wal_position){.index = 7, .term = 3}, &image, &e),
                     -E_MISMATCH);
    free(cut);
    free(out);
    memvfs_free(m);
}

static void cancelling_removes_the_file(void **state)
{
    (void)state;
    struct memvfs *m = memvfs_new(10);
    struct image_meta meta = imagerig_meta(12);
    uint8_t *bytes = imagerig_state(12, 200000);
    struct image_writer *w = image_writer_begin(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &meta);
    image_writer_append(w, bytes, 200000);
    (void)image_writer_flush(w);
    image_writer_cancel(w); /* with the creating operation in flight */
    assert_int_equal(image_writer_state(w), IMAGE_CANCELLING);
    assert_int_equal(image_writer_room(w), 0);
    assert_int_equal(imagerig_complete(m, w), 0);
    assert_int_equal(memvfs_used(m, NULL) > 0, 1);
    assert_non_null(image_writer_flush(w));
    assert_int_equal(imagerig_complete(m, w), 0);
    assert_int_equal(image_writer_state(w), IMAGE_CANCELLED);
    assert_null(image_writer_flush(w));
    assert_int_equal(memvfs_used(m, NULL), 0);
    image_writer_close(w);
    free(bytes);
    memvfs_free(m);
}

/* 9, 10, 99 and 100 have an order as numbers that they do not have as decimal text. */
static void names_are_numbers(void **state)
{
    (void)state;
    struct memvfs *m = memvfs_new(11);
    const uint64_t order[] = {99, 9, 100, 10, 4096};
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        assert_int_equal(imagerig_write(m, order[i], 10, 10), 0);
    memvfs_put(m, IMAGERIG_DIR "/image-0000000000000009-0000000000000003.old", NULL, 1);
    memvfs_put(m, IMAGERIG_DIR "/image-9-3", NULL, 1);
    memvfs_put(m, IMAGERIG_DIR "/image-0000000000000000-0000000000000003", NULL, 1);
    struct image_list list;
    assert_int_equal(image_list(memvfs_vfs(m), IMAGERIG_DIR, &list, NULL), 0);
    assert_int_equal(list.images_count, 5);
    const uint64_t want[] = {9, 10, 99, 100, 4096};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(list.images[i].index, want[i]);
    image_list_free(&list);
    memvfs_free(m);
}

static void sweeping_keeps_what_is_needed(void **state)
{
    (void)state;
    struct memvfs *m = memvfs_new(12);
    for (uint64_t index = 1; index <= 12; index++)
        assert_int_equal(imagerig_write(m, index, 100, 100), 0);
    const uint64_t partials[] = {5, 11, 12, 20};
    struct image_writer *w[4];
    for (size_t i = 0; i < 4; i++) {
        struct image_meta meta = imagerig_whole_meta(partials[i], 100);
        w[i] = image_partial_begin(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &meta);
        (void)image_writer_flush(w[i]);
        assert_int_equal(imagerig_complete(m, w[i]), 0);
    }
    struct image *pinned;
    struct err e;
    assert_int_equal(imagerig_open(m, 3, &pinned, &e), 0);
    struct image_sweep sweep = {0};
    struct wal_position keep = {.index = 11, .term = 3};
    unsigned rounds = 0;
    while (image_sweep_start(&sweep, memvfs_vfs(m), IMAGERIG_DIR, keep, w[1]) != NULL) {
        struct vfs_op *op;
        int status;
        assert_null(image_sweep_start(&sweep, memvfs_vfs(m), IMAGERIG_DIR, keep, w[1]));
        assert_true(memvfs_complete(m, &op, &status));
        assert_ptr_equal(op->owner, &sweep);
        assert_int_equal(image_sweep_on_done(&sweep, op, status, &e), 0);
        rounds++;
    }
    assert_int_equal(rounds, 2); /* eight at once */
    uint8_t out[100];
    assert_int_equal(image_read(pinned, 0, out, sizeof out, &e), 0);
    image_close(pinned);
    struct image_list list;
    assert_int_equal(image_list(memvfs_vfs(m), IMAGERIG_DIR, &list, NULL), 0);
    assert_int_equal(list.images_count, 2);
    assert_int_equal(list.images[0].index, 11);
    assert_int_equal(list.partials_count, 3); /* 11 is in use, 12 and 20 are above */
    image_list_free(&list);
    for (size_t i = 0; i < 4; i++)
        image_writer_close(w[i]);
    memvfs_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(the_digest_does_not_depend_on_how_it_is_cut),
        cmocka_unit_test(the_disk_may_be_slow),
        cmocka_unit_test(every_call_of_writing_fails_once),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(cancelling_removes_the_file),
        cmocka_unit_test(names_are_numbers),
        cmocka_unit_test(sweeping_keeps_what_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
