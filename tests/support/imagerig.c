/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/imagerig.h"

#include "base/mem.h"
#include "base/prng.h"
#include "store/image_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after its friends */
#include <cmocka.h>

const char imagerig_config[28] = "three members and a learner";

/* The state every test writes: a function of the position. */
uint8_t *imagerig_state(uint64_t index, size_t len)
{
    uint8_t *state = mem_alloc(len);
    for (size_t i = 0; i < len; i++)
        state[i] = (uint8_t)(prng_mix(index * 7919 + i / 8) >> (8 * (i % 8)));
    return state;
}

struct image_meta imagerig_meta(uint64_t index)
{
    return (struct image_meta){.at = {.index = index, .term = 3},
                               .chain = index * 31,
                               .stamp = index * 1000,
                               .config_index = index / 2,
                               .config = (const uint8_t *)imagerig_config,
                               .config_len = sizeof imagerig_config,
                               .state_format = 2};
}

uint64_t imagerig_digest(const uint8_t *state, size_t len)
{
    struct image_digest *d = mem_alloc(sizeof *d);
    image_digest_add(d, state, len);
    uint64_t digest = image_digest_value(d);
    free(d);
    return digest;
}

struct image_meta imagerig_whole_meta(uint64_t index, size_t len)
{
    struct image_meta m = imagerig_meta(index);
    uint8_t *state = imagerig_state(index, len);
    m.state_bytes = len;
    m.digest = imagerig_digest(state, len);
    free(state);
    return m;
}

/* Completes everything; the first code of a failed operation. */
int imagerig_complete(struct memvfs *m, struct image_writer *w)
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
int imagerig_write_out(struct memvfs *m, struct image_writer *w, const uint8_t *state, size_t len,
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
            code = imagerig_complete(m, w);
    }
    if (code == 0)
        code = image_writer_finish(w, NULL);
    while (code == 0 && (image_writer_flush(w) != NULL || memvfs_queued(m) > 0))
        code = imagerig_complete(m, w);
    return code;
}

int imagerig_write(struct memvfs *m, uint64_t index, size_t len, size_t step)
{
    struct image_meta meta = imagerig_meta(index);
    uint8_t *state = imagerig_state(index, len);
    struct image_writer *w = image_writer_begin(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK, &meta);
    int code = imagerig_write_out(m, w, state, len, step);
    assert_true(code < 0 || image_writer_state(w) == IMAGE_DONE);
    assert_true(code == 0 || image_writer_state(w) == IMAGE_FAILED);
    image_writer_close(w);
    free(state);
    return code;
}

int imagerig_open(struct memvfs *m, uint64_t index, struct image **ret, struct err *e)
{
    return image_open(memvfs_vfs(m), IMAGERIG_DIR, IMAGERIG_MARK,
                      (struct wal_position){.index = index, .term = 3}, ret, e);
}

/* The image is there in full. */
void imagerig_expect(struct memvfs *m, uint64_t index, size_t len)
{
    struct image *image;
    struct err e;
    if (imagerig_open(m, index, &image, &e) < 0)
        fail_msg("%s", e.text);
    const struct image_meta *meta = image_meta(image);
    struct image_meta want = imagerig_whole_meta(index, len);
    assert_true(meta->at.index == index && meta->at.term == 3 && meta->chain == want.chain);
    assert_true(meta->stamp == want.stamp && meta->config_index == want.config_index);
    assert_true(meta->state_format == 2 && meta->state_bytes == len);
    assert_true(meta->digest == want.digest);
    assert_true(meta->config_len == sizeof imagerig_config);
    assert_memory_equal(meta->config, imagerig_config, sizeof imagerig_config);
    assert_int_equal(image_verify(image, &e), 0);
    uint8_t *state = imagerig_state(index, len);
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

struct wal_position imagerig_newest(struct memvfs *m)
{
    struct image_list list;
    struct wal_position at = {0};
    assert_int_equal(image_list(memvfs_vfs(m), IMAGERIG_DIR, &list, NULL), 0);
    if (list.images_count > 0)
        at = list.images[list.images_count - 1];
    image_list_free(&list);
    return at;
}
