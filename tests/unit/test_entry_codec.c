/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/limits.h"
#include "wire/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct entry sample = {.index = 0x0102030405060708,
                                    .term = 9,
                                    .stamp = 0x11,
                                    .kind = ENTRY_CONFIG,
                                    .len = 2,
                                    .payload = (const uint8_t *)"hi"};

static void test_bytes_are_as_documented(void **state)
{
    (void)state;
    static const uint8_t expected[] = {8,  7, 6, 5, 4, 3, 2, 1, 9, 0, 0, 0, 0, 0,   0,  0,
                                       17, 0, 0, 0, 0, 0, 0, 0, 3, 2, 0, 0, 0, 'h', 'i'};
    struct buf out = {0};
    wire_entry_put(&out, &sample);
    assert_int_equal(out.len, WIRE_ENTRY_HEAD_BYTES + 2);
    assert_memory_equal(out.data, expected, sizeof(expected));
    struct bytes c = bytes_of(out.data, out.len);
    struct entry back = wire_entry_get(&c);
    assert_true(bytes_ended(&c));
    assert_int_equal(back.index, sample.index);
    assert_int_equal(back.term, sample.term);
    assert_int_equal(back.stamp, sample.stamp);
    assert_int_equal(back.kind, sample.kind);
    assert_int_equal(back.len, 2);
    assert_memory_equal(back.payload, "hi", 2);
    /* Nothing shorter is an entry. */
    for (size_t len = 0; len < out.len; len++) {
        c = bytes_of(out.data, len);
        (void)wire_entry_get(&c);
        assert_true(c.bad);
    }
    buf_free(&out);
}

static void expect_bad(const struct buf *bytes)
{
    struct bytes c = bytes_of(bytes->data, bytes->len);
    (void)wire_entry_get(&c);
    assert_true(c.bad);
}

static void test_bad_kinds_and_lengths(void **state)
{
    (void)state;
    struct buf out = {0};
    wire_entry_put(&out, &sample);
    for (int kind = 0; kind < 256; kind++) {
        out.data[24] = (char)kind;
        struct bytes c = bytes_of(out.data, out.len);
        (void)wire_entry_get(&c);
        assert_int_equal(c.bad, kind < ENTRY_NOOP || kind > ENTRY_TICK);
    }
    out.data[24] = ENTRY_DATA;
    out.data[25] = 3; /* one byte more than there are */
    expect_bad(&out);
    out.data[25] = 2;
    out.data[28] = (char)0xff;
    expect_bad(&out);
    /* A length above the limit is bad even if the bytes were there. */
    buf_reset(&out);
    struct entry large = sample;
    large.len = 0;
    wire_entry_put(&out, &large);
    uint32_t len = LIMIT_ENTRY_BYTES + 1;
    for (size_t i = 0; i < 4; i++)
        out.data[25 + i] = (char)(len >> (8 * i));
    buf_put_zeros(&out, len);
    expect_bad(&out);
    buf_free(&out);
}

struct order_case {
    uint64_t index[2], term[2], prev_term, prev_index, message_term;
    const char *problem; /* part of it; NULL: none */
};

static void test_order(void **state)
{
    (void)state;
    static const struct order_case cases[] = {
        {{1, 2}, {1, 1}, 0, 0, 1, NULL},
        {{8, 9}, {4, 6}, 4, 7, 6, NULL},
        {{8, 10}, {4, 4}, 4, 7, 6, "gap"},
        {{9, 10}, {4, 4}, 4, 7, 6, "gap"},
        {{7, 8}, {4, 4}, 4, 7, 6, "gap"},
        {{8, 8}, {4, 4}, 4, 7, 6, "gap"},
        {{8, 9}, {3, 4}, 4, 7, 6, "fall"},
        {{8, 9}, {5, 4}, 4, 7, 6, "fall"},
        {{8, 9}, {4, 7}, 4, 7, 6, "later term"},
        {{1, 2}, {0, 1}, 0, 0, 1, "term 0"},
        {{INT64_MAX, 1ull << 63}, {4, 4}, 4, INT64_MAX - 1, 6, "2^63"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct order_case *c = &cases[i];
        struct entry entries[2] = {{.index = c->index[0], .term = c->term[0]},
                                   {.index = c->index[1], .term = c->term[1]}};
        const char *problem =
            wire_entries_problem(entries, 2, c->prev_term, c->prev_index, c->message_term);
        if (c->problem == NULL) {
            assert_null(problem);
        } else {
            assert_non_null(problem);
            assert_non_null(strstr(problem, c->problem));
        }
    }
    assert_null(wire_entries_problem(NULL, 0, 1, 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_as_documented),
        cmocka_unit_test(test_bad_kinds_and_lengths),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
