/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The head of an image as it travels: whole or refused, whatever comes. */
#include "node/images/images.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char config[] = "the members";

static struct image_meta example(void)
{
    return (struct image_meta){.at = {.index = 70, .term = 4},
                               .chain = 0x1111,
                               .stamp = 5,
                               .config_index = 7,
                               .config = (const uint8_t *)config,
                               .config_len = sizeof(config) - 1,
                               .state_format = KV_IMAGE_VERSION,
                               .state_bytes = 100000,
                               .digest = 0xdddd};
}

static int decode(const struct buf *head, const struct raft_image *said, struct image_meta *ret)
{
    struct err e = {0};
    int code = image_head_decode(span_of(head->data, head->len), said, ret, &e);
    assert_true(code == 0 || (code < 0 && e.text[0] != '\0'));
    return code;
}

static void comes_back(void **state)
{
    struct image_meta m = example(), got;
    struct raft_image said = image_described(&m);
    struct buf head = {0};
    (void)state;
    image_head_encode(&head, &m);
    assert_int_equal(head.len, image_head_bytes(m.config_len));
    assert_int_equal(said.bytes, head.len + m.state_bytes);
    assert_int_equal(decode(&head, &said, &got), 0);
    assert_int_equal(got.at.index, 70);
    assert_int_equal(got.at.term, 4);
    assert_int_equal(got.chain, m.chain);
    assert_int_equal(got.stamp, m.stamp);
    assert_int_equal(got.config_index, 7);
    assert_int_equal(got.config_len, m.config_len);
    assert_memory_equal(got.config, config, m.config_len);
    assert_int_equal(got.state_bytes, m.state_bytes);
    assert_int_equal(got.digest, m.digest);
    /* In pieces: never more is asked for than it has. */
    for (size_t len = 0; len <= head.len; len++) {
        uint32_t missing = image_head_missing(span_of(head.data, len));
        assert_true(len + missing <= head.len && (missing == 0) == (len == head.len));
    }
    buf_free(&head);
}

static void a_flipped_bit_is_seen(void **state)
{
    struct image_meta m = example(), got;
    struct raft_image said = image_described(&m);
    struct buf head = {0};
    (void)state;
    image_head_encode(&head, &m);
    for (size_t bit = 0; bit < head.len * 8; bit++) {
        head.data[bit / 8] = (char)(head.data[bit / 8] ^ (1 << bit % 8));
        assert_true(decode(&head, &said, &got) < 0);
        head.data[bit / 8] = (char)(head.data[bit / 8] ^ (1 << bit % 8));
    }
    for (size_t len = 0; len < head.len; len++) {
        struct buf cut = {.data = head.data, .len = len, .cap = len};
        assert_true(decode(&cut, &said, &got) < 0);
    }
    buf_free(&head);
}

/* Well formed, and not what was announced. */
static void another_image_is_refused(void **state)
{
    struct image_meta m = example(), got;
    struct raft_image said = image_described(&m);
    struct buf head = {0};
    struct image_meta wrong[] = {m, m, m, m, m, m, m};
    (void)state;
    wrong[0].at.index++;
    wrong[1].at.term++;
    wrong[2].state_bytes++;
    wrong[3].digest++;
    wrong[4].config_index = 71;
    wrong[5].config_index = 0;
    wrong[6].state_format += 1;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        buf_reset(&head);
        image_head_encode(&head, &wrong[i]);
        assert_int_equal(decode(&head, &said, &got), i == 6 ? -E_UNSUPPORTED : -E_CORRUPT);
    }
    buf_free(&head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(a_flipped_bit_is_seen),
        cmocka_unit_test(another_image_is_refused),
    };
    return cmocka_run_group_tests_name("image_head", tests, NULL, NULL);
}
