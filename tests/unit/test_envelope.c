/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/bytes.h"
#include "kv/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct span words[] = {{"set", 3}, {"key", 3}, {"value", 5}};

static struct span payload_of(const struct buf *b)
{
    return span_of(b->data, b->len);
}

/* Each shorter piece and each longer one is refused. */
static void expect_exact_length(struct buf *payload)
{
    struct envelope envelope = {0};
    struct err e = {0};
    for (size_t len = 0; len < payload->len; len++) {
        struct buf cut = {0};
        buf_put(&cut, payload->data, len);
        assert_int_equal(envelope_decode(payload_of(&cut), &envelope, &e), -E_CORRUPT);
        assert_int_equal(envelope.form, 0);
        buf_free(&cut);
    }
    buf_put_u8(payload, 0);
    assert_int_equal(envelope_decode(payload_of(payload), &envelope, &e), -E_CORRUPT);
}

static void test_data(void **state)
{
    (void)state;
    struct buf plain = {0}, command = {0}, in_session = {0};
    struct envelope envelope;
    const struct session_write w = {.sid = 7, .seq = 9, .first_open = 8};
    assert_int_equal(command_encode(&command, words, 3, NULL), 0);
    assert_int_equal(envelope_encode(&plain, NULL, words, 3, NULL), 0);
    assert_int_equal(envelope_decode(payload_of(&plain), &envelope, NULL), 0);
    assert_int_equal(envelope.form, ENVELOPE_PLAIN);
    assert_int_equal(envelope.write.sid, 0);
    assert_true(envelope_is_data(&envelope));
    assert_true(span_equal(envelope.command, payload_of(&command)));

    assert_int_equal(envelope_encode(&in_session, &w, words, 3, NULL), 0);
    assert_int_equal(envelope_decode(payload_of(&in_session), &envelope, NULL), 0);
    assert_int_equal(envelope.form, ENVELOPE_SESSION);
    assert_true(envelope_is_data(&envelope));
    assert_memory_equal(&envelope.write, &w, sizeof(w));
    assert_true(span_equal(envelope.command, payload_of(&command)));
    assert_int_equal(in_session.len, command.len + ENVELOPE_HEAD_BYTES_MAX);
    buf_free(&plain);
    buf_free(&command);
    buf_free(&in_session);
}

static void test_open_and_close(void **state)
{
    (void)state;
    struct buf open = {0}, close = {0};
    struct envelope envelope;
    envelope_encode_open(&open, SESSION_TTL_NS_DEFAULT);
    assert_int_equal(envelope_decode(payload_of(&open), &envelope, NULL), 0);
    assert_int_equal(envelope.form, ENVELOPE_OPEN);
    assert_int_equal(envelope.ttl_ns, SESSION_TTL_NS_DEFAULT);
    assert_false(envelope_is_data(&envelope));
    envelope_encode_close(&close, SESSION_NUMBER_END - 1);
    assert_int_equal(envelope_decode(payload_of(&close), &envelope, NULL), 0);
    assert_int_equal(envelope.form, ENVELOPE_CLOSE);
    assert_int_equal(envelope.write.sid, SESSION_NUMBER_END - 1);
    assert_false(envelope_is_data(&envelope));
    expect_exact_length(&open);
    expect_exact_length(&close);
    buf_free(&open);
    buf_free(&close);
}

/* A form byte and numbers, by hand. */
static int decode(uint8_t form, size_t count, const uint64_t *numbers, struct err *e)
{
    struct buf b = {0};
    struct envelope envelope;
    buf_put_u8(&b, form);
    for (size_t i = 0; i < count; i++)
        buf_put_u64(&b, numbers[i]);
    int code = envelope_decode(payload_of(&b), &envelope, e);
    buf_free(&b);
    return code;
}

static void test_numbers_out_of_bounds(void **state)
{
    (void)state;
    const uint64_t end = SESSION_NUMBER_END;
    const uint64_t good[][3] = {{1, 1, 1}, {end - 1, end - 1, end - 1}, {5, 9, 1}};
    const uint64_t refused[][3] = {{0, 1, 1},   {1, 0, 0},     {1, 1, 0},          {1, 1, 2},
                                   {end, 1, 1}, {1, end, end}, {1, UINT64_MAX, 1}, {1, end, 1}};
    struct err e = {0};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_int_equal(decode(ENVELOPE_SESSION, 3, good[i], &e), 0);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_int_equal(decode(ENVELOPE_SESSION, 3, refused[i], &e), -E_CORRUPT);
    assert_string_equal(e.text, "payload: form 2: a number is out of bounds");
    assert_int_equal(decode(ENVELOPE_OPEN, 1, (uint64_t[]){SESSION_TTL_NS_MIN - 1}, &e),
                     -E_CORRUPT);
    assert_int_equal(decode(ENVELOPE_OPEN, 1, (uint64_t[]){SESSION_TTL_NS_MAX + 1}, &e),
                     -E_CORRUPT);
    assert_int_equal(decode(ENVELOPE_OPEN, 1, (uint64_t[]){SESSION_TTL_NS_MAX}, &e), 0);
    assert_int_equal(decode(ENVELOPE_CLOSE, 1, (uint64_t[]){0}, &e), -E_CORRUPT);
    assert_int_equal(decode(ENVELOPE_CLOSE, 1, (uint64_t[]){end}, &e), -E_CORRUPT);
    assert_int_equal(decode(0, 1, (uint64_t[]){1}, &e), -E_CORRUPT);
    assert_int_equal(decode(7, 1, (uint64_t[]){1}, &e), -E_CORRUPT);
    assert_string_equal(e.text, "payload: form 7 is not known");
    assert_int_equal(envelope_decode((struct span){0}, &(struct envelope){0}, &e), -E_CORRUPT);
    assert_string_equal(e.text, "payload: it is empty");
}

/* What does not fit leaves nothing behind; the longest that does fits an entry. */
static void test_limits(void **state)
{
    (void)state;
    const struct session_write w = {1, 1, 1};
    struct buf out = {.max = LIMIT_ENTRY_BYTES}, small = {.max = 20};
    struct err e = {0};
    size_t len = COMMAND_BYTES_MAX - 2 - 3 * 4 - 4;
    char *value = calloc(1, len + 1);
    assert_non_null(value);
    struct span argv[] = {{"set", 3}, {"k", 1}, span_of(value, len)};
    assert_int_equal(envelope_encode(&out, &w, argv, 3, &e), 0);
    assert_int_equal(out.len, COMMAND_BYTES_MAX + ENVELOPE_HEAD_BYTES_MAX);
    buf_reset(&out);
    argv[2].len++;
    assert_int_equal(envelope_encode(&out, &w, argv, 3, &e), -E_LIMIT);
    assert_int_equal(out.len, 0);
    assert_int_equal(envelope_encode(&small, &w, words, 3, &e), -E_LIMIT);
    assert_int_equal(small.len, 0);
    free(value);
    buf_free(&out);
    buf_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_open_and_close),
        cmocka_unit_test(test_numbers_out_of_bounds),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
