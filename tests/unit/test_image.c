/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Image files: written and received in any pieces, read back at any offset, resumed, swept; with
 * damage at every byte that matters and faults and crashes at every call. */
#include "base/mem.h"
#include "base/prng.h"
#include "store/image_format.h"
#include "tests/support/memvfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

#define DIR  "data"
#define MARK 77u

static const char config[] = "three members and a learner";

/* The state every test writes: a function of the position. */
static uint8_t *make_state(uint64_t index, size_t len)
{
    uint8_t *state = mem_alloc(len);
    for (size_t i = 0; i < len; i++)
        state[i] = (uint8_t)(prng_mix(index * 7919 + i / 8) >> (8 * (i % 8)));
    return state;
}

static struct image_meta meta_of(uint64_t index)
{
    return (struct image_meta){.at = {.index = index, .term = 3},
                               .chain = index * 31,
                               .stamp = index * 1000,
                               .config_index = index / 2,
                               .config = (const uint8_t *)config,
                               .config_len = sizeof config,
                               .state_format = 2};
}

static uint64_t digest_of(const uint8_t *state, size_t len)
{
    struct image_digest *d = mem_alloc(sizeof *d);
    image_digest_add(d, state, len);
    uint64_t digest = image_digest_value(d);
    free(d);
    return digest;
}

static struct image_meta whole_meta_of(uint64_t index, size_t len)
{
    struct image_meta m = meta_of(index);
    uint8_t *state = make_state(index, len);
    m.state_bytes = len;
    m.digest = digest_of(state, len);
    free(state);
    return m;
}

/* Completes everything; the first code of a failed operation. */
static int complete(struct memvfs *m, struct image_writer *w)
{
    struct vfs_op *op;
    int status;
    int first = 0;
    struct err e;
    while (memvfs_complete(m, &op, &status)) {
        assert_ptr_equal(op->owner, w);
        int code = image_writer_on_done(w, op, status, &e);
        assert_true(code == 0 || e.text[0] != '\0');
        first = first == 0 ? code : first;
    }
    return first;
}

/* Brings the writer to its end: appends the rest of the state in pieces of `step` bytes, finishes,
 * flushes. 0 or the code of the failure. */
static int write_out(struct memvfs *m, struct image_writer *w, const uint8_t *state, size_t len,
                     size_t step)
{
    int code = 0;
    while (image_writer_next_offset(w) < len && code == 0) {
        size_t at = (size_t)image_writer_next_offset(w);
        size_t n = image_writer_room(w);
        n = n < step ? n : step;
        n = n < len - at ? n : len - at;
        image_writer_append(w, state + at, n);
        (void)image_writer_flush(w);
        if (n < step)
            code = complete(m, w);
    }
    if (code == 0)
        code = image_writer_finish(w, NULL);
    while (code == 0 && (image_writer_flush(w) != NULL || memvfs_queued(m) > 0))
        code = complete(m, w);
    return code;
}

static int write_image(struct memvfs *m, uint64_t index, size_t len, size_t step)
{
    struct image_meta meta = meta_of(index);
    uint8_t *state = make_state(index, len);
    struct image_writer *w = image_writer_begin(memvfs_vfs(m), DIR, MARK, &meta);
    int code = write_out(m, w, state, len, step);
    assert_true(code < 0 || image_writer_state(w) == IMAGE_DONE);
    assert_true(code == 0 || image_writer_state(w) == IMAGE_FAILED);
    image_writer_close(w);
    free(state);
    return code;
}

static int open_at(struct memvfs *m, uint64_t index, struct image **ret, struct err *e)
{
    return image_open(memvfs_vfs(m), DIR, MARK, (struct wal_position){.index = index, .term = 3},
                      ret, e);
}

/* The image is there in full. */
static void expect_image(struct memvfs *m, uint64_t index, size_t len)
{
    struct image *image;
    struct err e;
    if (open_at(m, index, &image, &e) < 0)
        fail_msg("%s", e.text);
    const struct image_meta *meta = image_meta(image);
    struct image_meta want = whole_meta_of(index, len);
    assert_true(meta->at.index == index && meta->at.term == 3 && meta->chain == want.chain);
    assert_true(meta->stamp == want.stamp && meta->config_index == want.config_index);
    assert_true(meta->state_format == 2 && meta->state_bytes == len);
    assert_true(meta->digest == want.digest);
    assert_true(meta->config_len == sizeof config);
    assert_memory_equal(meta->config, config, sizeof config);
    assert_int_equal(image_verify(image, &e), 0);
    uint8_t *state = make_state(index, len);
    uint8_t *out = mem_alloc(IMAGE_READ_BYTES_MAX);
    struct prng prng = prng_named(index, "offsets");
    for (unsigned i = 0; i < 40; i++) {
        size_t at = (size_t)prng_below(&prng, len + 1);
        size_t most = len - at < IMAGE_READ_BYTES_MAX ? len - at : IMAGE_READ_BYTES_MAX;
        size_t n = (size_t)prng_below(&prng, most + 1);
        assert_int_equal(image_read(image, at, out, n, &e), 0);
        assert_int_equal(memcmp(out, state + at, n), 0);
    }
    free(out);
    free(state);
    image_close(image);
}

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
            assert_int_equal(write_image(m, 9, lengths[i], step), 0);
            memvfs_crash(m, MEMVFS_CUT_LOSE);
            expect_image(m, 9, lengths[i]);
            memvfs_free(m);
        }
    }
}

static void the_digest_does_not_depend_on_how_it_is_cut(void **state)
{
    (void)state;
    struct prng prng = prng_named(1, "cuts");
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        uint8_t *bytes = make_state(4, lengths[i] + 1);
        uint64_t whole = digest_of(bytes, lengths[i]);
        struct image_digest *d = mem_alloc(sizeof *d);
        for (size_t at = 0; at < lengths[i];) {
            size_t n = 1 + (size_t)prng_below(&prng, 100000);
            n = n < lengths[i] - at ? n : lengths[i] - at;
            image_digest_add(d, bytes + at, n);
            at += n;
        }
        assert_true(image_digest_value(d) == whole);
        bytes[lengths[i]] = 0; /* a zero more is another stream */
        assert_true(digest_of(bytes, lengths[i] + 1) != whole);
        free(d);
        free(bytes);
    }
}

/* Room is bounded, and comes back when the disk has followed. */
static void the_disk_may_be_slow(void **state)
{
    (void)state;
    struct memvfs *m = memvfs_new(3);
    struct image_meta meta = meta_of(5);
    uint8_t *bytes = make_state(5, 4000000);
    struct image_writer *w = image_writer_begin(memvfs_vfs(m), DIR, MARK, &meta);
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
    assert_int_equal(complete(m, w), 0);
    assert_non_null(image_writer_flush(w));
    assert_int_equal(write_out(m, w, bytes, 4000000, 50000), 0);
    expect_image(m, 5, 4000000);
    image_writer_close(w);
    free(bytes);
    memvfs_free(m);
}

static struct wal_position newest(struct memvfs *m)
{
    struct image_list list;
    struct wal_position at = {0};
    assert_int_equal(image_list(memvfs_vfs(m), DIR, &list, NULL), 0);
    if (list.images_count > 0)
        at = list.images[list.images_count - 1];
    image_list_free(&list);
    return at;
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
            assert_int_equal(write_image(m, 10, 200000, 70000), 0);
            if (how < 2)
                memvfs_fail_call(m, n, n % 2 == 0 ? -E_IO : -E_NOSPACE);
            else
                memvfs_halt_at(m, n);
            int code = write_image(m, 11, len, 90000);
            struck = memvfs_struck(m);
            /* The removal before creating does not mind that there is nothing. */
            assert_true(code == 0 || struck);
            if (how < 2 && code < 0 && newest(m).index == 10)
                assert_false(memvfs_exists(m, DIR "/image-000000000000000b-0000000000000003.tmp"));
            memvfs_crash(m, (enum memvfs_crash)(n % 4));
            bool there = newest(m).index == 11;
            assert_true(there || code < 0);
            expect_image(m, 10, 200000);
            if (there)
                expect_image(m, 11, len);
            memvfs_free(m);
        }
    }
}

static struct image_writer *resumed(struct memvfs *m)
{
    struct image_writer *w = NULL;
    struct err e = {0};
    if (image_partial_resume(memvfs_vfs(m), DIR, MARK, &w, &e) < 0)
        fail_msg("%s", e.text);
    return w;
}

static void a_reception_goes_on_after_a_start(void **state)
{
    (void)state;
    const size_t len = 2500000;
    struct image_meta meta = whole_meta_of(40, len);
    uint8_t *bytes = make_state(40, len);
    struct memvfs *m = memvfs_new(4);
    assert_null(resumed(m));
    struct image_writer *w = image_partial_begin(memvfs_vfs(m), DIR, MARK, &meta);
    assert_true(image_writer_is_partial(w));
    assert_non_null(image_writer_flush(w)); /* makes itself known */
    assert_int_equal(complete(m, w), 0);
    uint64_t before = 0;
    for (unsigned round = 0; image_writer_next_offset(w) < len; round++) {
        size_t at = (size_t)image_writer_next_offset(w);
        size_t n = image_writer_room(w) < 250000 ? image_writer_room(w) : 250000;
        image_writer_append(w, bytes + at, n);
        (void)image_writer_flush(w);
        assert_int_equal(complete(m, w), 0);
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
        assert_memory_equal(image_writer_meta(w)->config, config, sizeof config);
    }
    assert_int_equal(write_out(m, w, bytes, len, 100000), 0);
    assert_int_equal(image_writer_state(w), IMAGE_DONE);
    image_writer_close(w);
    memvfs_crash(m, MEMVFS_CUT_LOSE);
    expect_image(m, 40, len);
    assert_null(resumed(m));
    free(bytes);
    memvfs_free(m);
}

/* Whole pieces only, all of them there already: finishing alone is left. */
static void a_complete_reception_is_finished_after_a_start(void **state)
{
    (void)state;
    const size_t len = 3 * IMAGE_PIECE_BYTES;
    struct image_meta meta = whole_meta_of(41, len);
    uint8_t *bytes = make_state(41, len);
    for (unsigned direct = 0; direct < 2; direct++) {
        struct memvfs *m = memvfs_new(5);
        memvfs_set_direct(m, direct == 1);
        struct image_writer *w = image_partial_begin(memvfs_vfs(m), DIR, MARK, &meta);
        image_writer_append(w, bytes, len);
        assert_int_equal(image_writer_room(w), 0);
        assert_non_null(image_writer_flush(w));
        assert_int_equal(complete(m, w), 0);
        memvfs_crash(m, MEMVFS_CUT_LOSE);
        image_writer_close(w);
        w = resumed(m);
        assert_int_equal(image_writer_next_offset(w), len);
        assert_int_equal(write_out(m, w, bytes, len, 1000), 0);
        image_writer_close(w);
        memvfs_crash(m, MEMVFS_CUT_LOSE);
        expect_image(m, 41, len);
        memvfs_free(m);
    }
    free(bytes);
}

static void a_wrong_digest_is_no_image(void **state)
{
    (void)state;
    const size_t len = 200000;
    struct image_meta meta = whole_meta_of(42, len);
    uint8_t *bytes = make_state(42, len);
    bytes[150000] ^= 1;
    struct memvfs *m = memvfs_new(6);
    struct image_writer *w = image_partial_begin(memvfs_vfs(m), DIR, MARK, &meta);
    assert_int_equal(write_out(m, w, bytes, len, 1000000), -E_CORRUPT);
    assert_int_equal(image_writer_state(w), IMAGE_GATHERING);
    image_writer_cancel(w);
    (void)complete(m, w);
    while (image_writer_flush(w) != NULL)
        assert_int_equal(complete(m, w), 0);
    assert_int_equal(image_writer_state(w), IMAGE_CANCELLED);
    image_writer_close(w);
    assert_int_equal(newest(m).index, 0);
    assert_null(resumed(m));

    /* Too short is wrong too. */
    w = image_partial_begin(memvfs_vfs(m), DIR, MARK, &meta);
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
    struct image_meta meta = whole_meta_of(43, len);
    uint8_t *bytes = make_state(43, len);
    for (unsigned how = 0; how < 4; how++) {
        bool struck = true;
        for (uint64_t n = 1; struck; n++) {
            struct memvfs *m = memvfs_new(1000 * n + how);
            memvfs_set_direct(m, how % 2 == 0);
            if (how < 2)
                memvfs_fail_call(m, n, -E_IO);
            else
                memvfs_halt_at(m, n);
            struct image_writer *w = image_partial_begin(memvfs_vfs(m), DIR, MARK, &meta);
            int code = write_out(m, w, bytes, len, 130000);
            struck = memvfs_struck(m);
            assert_true(code == 0 || struck);
            memvfs_crash(m, (enum memvfs_crash)(n % 4));
            image_writer_close(w);
            if (newest(m).index == 0) {
                assert_true(code < 0);
                w = resumed(m);
                if (w == NULL)
                    w = image_partial_begin(memvfs_vfs(m), DIR, MARK, &meta);
                assert_int_equal(write_out(m, w, bytes, len, 90000), 0);
                image_writer_close(w);
            }
            memvfs_crash(m, MEMVFS_CUT_LOSE);
            expect_image(m, 43, len);
            memvfs_free(m);
        }
    }
    free(bytes);
}

/* Any changed byte is noticed: in the header by opening, in the state by verifying and reading. */
static void damage_is_noticed(void **state)
{
    (void)state;
    const size_t len = 150000;
    const char *path = DIR "/image-0000000000000007-0000000000000003";
    struct memvfs *m = memvfs_new(8);
    assert_int_equal(write_image(m, 7, len, 40000), 0);
    size_t size;
    uint8_t *file = memvfs_bytes(m, path, &size);
    uint8_t *out = mem_alloc(IMAGE_READ_BYTES_MAX);
    unsigned unnoticed = 0;
    for (size_t at = 0; at < size; at += at < 200 ? 1 : 509) {
        struct image *image = NULL;
        struct err e = {0};
        file[at] ^= 4;
        memvfs_bytes_changed(m, path);
        int code = open_at(m, 7, &image, &e);
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
    expect_image(m, 7, len);
    uint8_t *cut = mem_dup(file, size);
    const size_t sizes[] = {0, 100, VFS_BLOCK, size - VFS_BLOCK};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct image *image;
        struct err e;
        memvfs_put(m, path, cut, sizes[i]);
        assert_int_equal(open_at(m, 7, &image, &e), -E_CORRUPT);
    }
    memvfs_put(m, DIR "/image-0000000000000008-0000000000000003", cut, size); /* misnamed */
    struct image *image;
    struct err e;
    assert_int_equal(open_at(m, 8, &image, &e), -E_CORRUPT);
    assert_int_equal(open_at(m, 9, &image, &e), -E_NOTFOUND);
    memvfs_put(m, path, cut, size);
    assert_int_equal(image_open(memvfs_vfs(m), DIR, MARK + 1,
                                (struct wal_position){.index = 7, .term = 3}, &image, &e),
                     -E_MISMATCH);
    free(cut);
    free(out);
    memvfs_free(m);
}

/* A partial that rotted continues before the damage; one without a header is nothing. */
static void a_damaged_partial_goes_on_before_the_damage(void **state)
{
    (void)state;
    const size_t len = 500000;
    const char *path = DIR "/partial-000000000000002c-0000000000000003";
    struct image_meta meta = whole_meta_of(44, len);
    uint8_t *bytes = make_state(44, len);
    struct memvfs *m = memvfs_new(9);
    struct image_writer *w = image_partial_begin(memvfs_vfs(m), DIR, MARK, &meta);
    image_writer_append(w, bytes, 400000);
    (void)image_writer_flush(w);
    assert_int_equal(complete(m, w), 0);
    image_writer_close(w);
    size_t size;
    memvfs_bytes(m, path, &size)[VFS_BLOCK + 2 * FRAME_BYTES + 5000] ^= 1;
    memvfs_bytes_changed(m, path);
    w = resumed(m);
    assert_int_equal(image_writer_next_offset(w), 2 * IMAGE_PIECE_BYTES);
    assert_int_equal(write_out(m, w, bytes, len, 100000), 0);
    image_writer_close(w);
    expect_image(m, 44, len);

    w = image_partial_begin(memvfs_vfs(m), DIR, MARK, &meta);
    (void)image_writer_flush(w);
    assert_int_equal(complete(m, w), 0);
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
    struct image_meta meta = whole_meta_of(45, len);
    uint8_t *bytes = make_state(45, len);
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct memvfs *m = memvfs_new(seed);
        const struct vfs *v = memvfs_vfs(m);
        memvfs_set_direct(m, false);
        struct image_writer *w = image_partial_begin(v, DIR, MARK, &meta);
        image_writer_append(w, bytes, IMAGE_PIECE_BYTES);
        (void)image_writer_flush(w);
        assert_int_equal(complete(m, w), 0);
        image_writer_close(w);

        struct vfs_file *file;
        uint8_t *frame = mem_alloc(FRAME_BYTES);
        memcpy(frame + PIECE_HEADER_BYTES, bytes + IMAGE_PIECE_BYTES, IMAGE_PIECE_BYTES);
        (void)image_piece_seal(frame, image_key(MARK, meta.at), IMAGE_PIECE_BYTES,
                               IMAGE_PIECE_BYTES);
        const char *path = DIR "/partial-000000000000002d-0000000000000003";
        uint64_t place = image_frame_at(image_header_bytes(meta.config_len), IMAGE_PIECE_BYTES);
        assert_int_equal(v->open(v->arg, path, VFS_WRITE, &file, NULL), 0);
        assert_int_equal(v->write(v->arg, file, place, frame, FRAME_BYTES, NULL), 0);
        memvfs_fail_call(m, 1, -E_IO);
        assert_int_equal(v->sync(v->arg, file, NULL), -E_IO);
        free(frame);
        memvfs_crash(m, MEMVFS_KILL);

        w = resumed(m);
        assert_int_equal(image_writer_next_offset(w), 2 * IMAGE_PIECE_BYTES);
        assert_int_equal(write_out(m, w, bytes, len, 100000), 0);
        image_writer_close(w);
        memvfs_crash(m, MEMVFS_CUT_LOSE);
        expect_image(m, 45, len);
        memvfs_free(m);
    }
    free(bytes);
}

static void cancelling_removes_the_file(void **state)
{
    (void)state;
    struct memvfs *m = memvfs_new(10);
    struct image_meta meta = meta_of(12);
    uint8_t *bytes = make_state(12, 200000);
    struct image_writer *w = image_writer_begin(memvfs_vfs(m), DIR, MARK, &meta);
    image_writer_append(w, bytes, 200000);
    (void)image_writer_flush(w);
    image_writer_cancel(w); /* with the creating operation in flight */
    assert_int_equal(image_writer_state(w), IMAGE_CANCELLING);
    assert_int_equal(image_writer_room(w), 0);
    assert_int_equal(complete(m, w), 0);
    assert_int_equal(memvfs_used(m) > 0, 1);
    assert_non_null(image_writer_flush(w));
    assert_int_equal(complete(m, w), 0);
    assert_int_equal(image_writer_state(w), IMAGE_CANCELLED);
    assert_null(image_writer_flush(w));
    assert_int_equal(memvfs_used(m), 0);
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
        assert_int_equal(write_image(m, order[i], 10, 10), 0);
    memvfs_put(m, DIR "/image-0000000000000009-0000000000000003.old", NULL, 1);
    memvfs_put(m, DIR "/image-9-3", NULL, 1);
    memvfs_put(m, DIR "/image-0000000000000000-0000000000000003", NULL, 1);
    struct image_list list;
    assert_int_equal(image_list(memvfs_vfs(m), DIR, &list, NULL), 0);
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
        assert_int_equal(write_image(m, index, 100, 100), 0);
    const uint64_t partials[] = {5, 11, 12, 20};
    struct image_writer *w[4];
    for (size_t i = 0; i < 4; i++) {
        struct image_meta meta = whole_meta_of(partials[i], 100);
        w[i] = image_partial_begin(memvfs_vfs(m), DIR, MARK, &meta);
        (void)image_writer_flush(w[i]);
        assert_int_equal(complete(m, w[i]), 0);
    }
    struct image *pinned;
    struct err e;
    assert_int_equal(open_at(m, 3, &pinned, &e), 0);
    struct image_sweep sweep = {0};
    struct wal_position keep = {.index = 11, .term = 3};
    unsigned rounds = 0;
    while (image_sweep_start(&sweep, memvfs_vfs(m), DIR, keep, w[1]) != NULL) {
        struct vfs_op *op;
        int status;
        assert_null(image_sweep_start(&sweep, memvfs_vfs(m), DIR, keep, w[1]));
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
    assert_int_equal(image_list(memvfs_vfs(m), DIR, &list, NULL), 0);
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
        cmocka_unit_test(a_reception_goes_on_after_a_start),
        cmocka_unit_test(a_complete_reception_is_finished_after_a_start),
        cmocka_unit_test(a_wrong_digest_is_no_image),
        cmocka_unit_test(every_call_of_receiving_fails_once),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(a_damaged_partial_goes_on_before_the_damage),
        cmocka_unit_test(a_piece_known_to_the_cache_alone_is_written_again),
        cmocka_unit_test(cancelling_removes_the_file),
        cmocka_unit_test(names_are_numbers),
        cmocka_unit_test(sweeping_keeps_what_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
