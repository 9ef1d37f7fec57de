/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/checksum.h"
#include "base/prng.h"
#include "wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct frame_header sample = {.type = 5,
                                           .group = 0x01020304,
                                           .cluster_id = 0x1112131415161718,
                                           .generation = 3,
                                           .from = 0x21,
                                           .to = 0x2223242526272829};

static void put_frame(struct buf *out, const struct frame_header *header, const char *payload)
{
    struct err e = {0};
    size_t begin = frame_begin(out);
    buf_puts(out, payload);
    assert_int_equal(frame_end(out, begin, header, &e), 0);
}

/* Writes the checksums of a hand-made frame where they belong. */
static void seal(char *frame, size_t payload_len)
{
    uint64_t sum = checksum64(frame + 64, payload_len);
    for (size_t i = 0; i < 8; i++)
        frame[48 + i] = (char)(sum >> (8 * i));
    sum = checksum64(frame, 56);
    for (size_t i = 0; i < 8; i++)
        frame[56 + i] = (char)(sum >> (8 * i));
}

/* The byte table of the README, spelled out. */
static void test_bytes_are_as_documented(void **state)
{
    (void)state;
    static const unsigned char head[48] = {
        'R',  'A',  'F',  'T',  1,    5,    0,    0,     /* magic … reserved */
        0x04, 0x03, 0x02, 0x01, 2,    0,    0,    0,     /* group, length */
        0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,  /* cluster id */
        3,    0,    0,    0,    0,    0,    0,    0,     /* generation */
        0x21, 0,    0,    0,    0,    0,    0,    0,     /* from */
        0x29, 0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22}; /* to */
    char expected[66] = {0};
    memcpy(expected, head, sizeof(head));
    memcpy(expected + 64, "hi", 2);
    seal(expected, 2);
    struct buf out = {0};
    put_frame(&out, &sample, "hi");
    assert_int_equal(out.len, sizeof(expected));
    assert_memory_equal(out.data, expected, sizeof(expected));
    buf_free(&out);
}

static void check_header(const struct frame_header *h)
{
    assert_int_equal(h->type, sample.type);
    assert_int_equal(h->group, sample.group);
    assert_int_equal(h->cluster_id, sample.cluster_id);
    assert_int_equal(h->generation, sample.generation);
    assert_int_equal(h->from, sample.from);
    assert_int_equal(h->to, sample.to);
}

/* Three frames, cut into chunks of every size. */
static void test_any_cutting(void **state)
{
    (void)state;
    static const char *const payloads[] = {"one", "", "and the third one"};
    struct buf stream = {0};
    for (size_t i = 0; i < 3; i++)
        put_frame(&stream, &sample, payloads[i]);
    for (size_t chunk = 1; chunk <= stream.len; chunk++) {
        struct frame_decoder d;
        struct frame frame;
        struct err e = {0};
        size_t got = 0;
        frame_decoder_init(&d);
        for (size_t at = 0; at < stream.len; at += chunk) {
            size_t len = chunk < stream.len - at ? chunk : stream.len - at;
            frame_decoder_feed(&d, stream.data + at, len);
            int rc;
            while ((rc = frame_decoder_next(&d, &frame, &e)) > 0) {
                check_header(&frame.header);
                assert_true(span_equal(frame.payload, span_str(payloads[got])));
                got++;
            }
            assert_int_equal(rc, 0);
        }
        assert_int_equal(got, 3);
        frame_decoder_free(&d);
    }
    buf_free(&stream);
}

/* Whatever single bit is wrong, no frame comes out, and the decoder says so at once: a damaged
 * length must not make it wait for bytes that never come. */
static void test_every_flipped_bit_is_found(void **state)
{
    (void)state;
    struct buf frame = {0};
    put_frame(&frame, &sample, "payload");
    for (size_t bit = 0; bit < frame.len * 8; bit++) {
        struct frame_decoder d;
        struct frame got;
        struct err e = {0};
        frame.data[bit / 8] ^= (char)(1 << bit % 8);
        frame_decoder_init(&d);
        frame_decoder_feed(&d, frame.data, frame.len);
        assert_true(frame_decoder_next(&d, &got, &e) < 0);
        assert_int_not_equal(e.text[0], '\0');
        frame_decoder_free(&d);
        frame.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    buf_free(&frame);
}

static int decode_raw(const char *bytes, size_t len, struct err *e)
{
    struct frame_decoder d;
    struct frame frame;
    frame_decoder_init(&d);
    frame_decoder_feed(&d, bytes, len);
    int rc = frame_decoder_next(&d, &frame, e);
    if (rc < 0) { /* a lost stream stays lost */
        struct err again = {0};
        frame_decoder_feed(&d, bytes, len);
        assert_int_equal(frame_decoder_next(&d, &frame, &again), rc);
        assert_string_equal(again.text, e->text);
    }
    frame_decoder_free(&d);
    return rc;
}

static void test_refusals_say_why(void **state)
{
    (void)state;
    struct buf good = {0};
    put_frame(&good, &sample, "hi");
    char raw[66];
    struct err e = {0};

    memcpy(raw, good.data, sizeof(raw));
    raw[0] = 'X';
    assert_int_equal(decode_raw(raw, sizeof(raw), &e), -E_CORRUPT);
    assert_non_null(strstr(e.text, "bad magic 58"));

    memcpy(raw, good.data, sizeof(raw));
    raw[4] = 2;
    seal(raw, 2);
    assert_int_equal(decode_raw(raw, sizeof(raw), &e), -E_UNSUPPORTED);
    assert_string_equal(e.text, "frame: protocol version 2, this node speaks 1..1");

    memcpy(raw, good.data, sizeof(raw));
    raw[6] = 1;
    seal(raw, 2);
    assert_int_equal(decode_raw(raw, sizeof(raw), &e), -E_CORRUPT);
    assert_non_null(strstr(e.text, "reserved"));

    memcpy(raw, good.data, sizeof(raw));
    raw[15] = 1; /* length 0x01000002 */
    seal(raw, 2);
    assert_int_equal(decode_raw(raw, sizeof(raw), &e), -E_LIMIT);
    assert_string_equal(e.text, "frame: type 5: payload of 16777218 bytes, above 8454144");

    memcpy(raw, good.data, sizeof(raw));
    raw[64] = 'H';
    assert_int_equal(decode_raw(raw, sizeof(raw), &e), -E_CORRUPT);
    assert_non_null(strstr(e.text, "payload checksum"));
    buf_free(&good);
}

/* A header may declare 8 MiB: only what arrived is kept. */
static void test_memory_follows_what_arrived(void **state)
{
    (void)state;
    char raw[64] = {'R', 'A', 'F', 'T', 1, 5};
    raw[14] = (char)0x80; /* 8 MiB */
    seal(raw, 0);
    struct frame_decoder d;
    struct frame frame;
    frame_decoder_init(&d);
    frame_decoder_feed(&d, raw, sizeof(raw));
    assert_int_equal(frame_decoder_next(&d, &frame, NULL), 0);
    assert_true(d.in.cap <= 256);
    frame_decoder_free(&d);
}

static void test_largest_frame_and_one_more(void **state)
{
    (void)state;
    struct buf out = {0};
    struct err e = {0};
    size_t begin = frame_begin(&out);
    buf_put_zeros(&out, LIMIT_FRAME_BYTES);
    assert_int_equal(frame_end(&out, begin, &sample, &e), 0);
    struct frame_decoder d;
    struct frame frame;
    frame_decoder_init(&d);
    for (size_t at = 0; at < out.len; at += 65536) {
        assert_int_equal(frame_decoder_next(&d, &frame, &e), 0);
        frame_decoder_feed(&d, out.data + at, out.len - at < 65536 ? out.len - at : 65536);
    }
    assert_int_equal(frame_decoder_next(&d, &frame, &e), 1);
    assert_int_equal(frame.payload.len, LIMIT_FRAME_BYTES);
    frame_decoder_free(&d);

    size_t before = out.len;
    begin = frame_begin(&out);
    buf_put_zeros(&out, LIMIT_FRAME_BYTES + 1);
    assert_int_equal(frame_end(&out, begin, &sample, &e), -E_LIMIT);
    assert_int_equal(out.len, before);
    buf_free(&out);
}

static void test_full_output_is_cut_back(void **state)
{
    (void)state;
    struct buf out;
    struct err e = {0};
    buf_init(&out, 100);
    put_frame(&out, &sample, "fits");
    size_t before = out.len;
    size_t begin = frame_begin(&out);
    buf_puts(&out, "this one does not");
    assert_int_equal(frame_end(&out, begin, &sample, &e), -E_LIMIT);
    assert_int_equal(out.len, before);
    assert_false(out.overflow);
    buf_free(&out);
}

static void test_unread_input_is_bounded(void **state)
{
    (void)state;
    static char zeros[1 << 20];
    struct frame_decoder d;
    struct frame frame;
    struct err e = {0};
    frame_decoder_init(&d);
    for (size_t i = 0; i < 64; i++)
        frame_decoder_feed(&d, zeros, sizeof(zeros));
    assert_int_equal(frame_decoder_next(&d, &frame, &e), -E_LIMIT);
    assert_true(d.in.cap < 20u << 20);
    frame_decoder_free(&d);
}

static void test_check_names_the_first_difference(void **state)
{
    (void)state;
    const struct frame_expect expect = {.cluster_id = sample.cluster_id,
                                        .generation = sample.generation,
                                        .from = sample.from,
                                        .to = sample.to};
    struct err e = {0};
    assert_int_equal(frame_check(&sample, &expect, &e), 0);
    struct frame_header h = sample;
    h.cluster_id++;
    assert_int_equal(frame_check(&h, &expect, &e), -E_MISMATCH);
    assert_string_equal(e.text, "frame: cluster 1112131415161719, expected 1112131415161718");
    h = sample;
    h.generation = 2;
    assert_int_equal(frame_check(&h, &expect, &e), -E_MISMATCH);
    assert_string_equal(e.text, "frame: generation 2, expected 3");
    h = sample;
    h.from = 34;
    assert_int_equal(frame_check(&h, &expect, &e), -E_MISMATCH);
    assert_string_equal(e.text, "frame: from node 34, expected 33");
    h = sample;
    h.to = 1;
    assert_int_equal(frame_check(&h, &expect, &e), -E_MISMATCH);
    struct frame_expect anyone = expect;
    anyone.from = anyone.to = 0;
    assert_int_equal(frame_check(&h, &anyone, &e), 0);
}

/* Random damage of many bytes at random places in a long stream: every frame that comes out is one
 * that went in. */
static void test_damaged_streams(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct prng p = prng_seed(seed);
        struct buf stream = {0};
        char payload[32];
        for (int i = 0; i < 20; i++) {
            (void)snprintf(payload, sizeof(payload), "payload %d", i);
            put_frame(&stream, &sample, payload);
        }
        size_t victim = prng_below(&p, stream.len);
        size_t run = 1 + prng_below(&p, 8);
        for (size_t i = victim; i < victim + run && i < stream.len; i++)
            stream.data[i] = (char)prng_u64(&p);
        struct frame_decoder d;
        struct frame frame;
        frame_decoder_init(&d);
        frame_decoder_feed(&d, stream.data, stream.len);
        for (int i = 0; frame_decoder_next(&d, &frame, NULL) > 0; i++) {
            (void)snprintf(payload, sizeof(payload), "payload %d", i);
            assert_true(span_equal(frame.payload, span_str(payload)));
            check_header(&frame.header);
        }
        frame_decoder_free(&d);
        buf_free(&stream);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_as_documented),
        cmocka_unit_test(test_any_cutting),
        cmocka_unit_test(test_every_flipped_bit_is_found),
        cmocka_unit_test(test_refusals_say_why),
        cmocka_unit_test(test_memory_follows_what_arrived),
        cmocka_unit_test(test_largest_frame_and_one_more),
        cmocka_unit_test(test_full_output_is_cut_back),
        cmocka_unit_test(test_unread_input_is_bounded),
        cmocka_unit_test(test_check_names_the_first_difference),
        cmocka_unit_test(test_damaged_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
