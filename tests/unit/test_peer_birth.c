/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of births and recoveries: Probe, ProbeReply, Birth. */
#include "wire/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Every field travels, and nothing shorter or longer is taken. */
static void test_probe_and_birth_round_trip(void **state)
{
    (void)state;
    const struct peer_probe_reply reply = {.link = {.cluster_id = 7, .generation = 2, .group = 3},
                                           .from = 1,
                                           .to = 2,
                                           .request_id = 9,
                                           .last = {.term = 4, .index = 44}};
    const struct peer_birth birth = {.from = 5,
                                     .name = "n1",
                                     .address = "h:1",
                                     .cluster = "c",
                                     .disk = 6,
                                     .expect = 3,
                                     .list = 8,
                                     .offer = span_of("xyz", 3)};
    struct buf bytes = {0};
    struct frame_decoder decoder;
    struct frame frame;
    struct peer_probe_reply got_reply;
    struct peer_birth got;
    struct err e = {0};
    assert_int_equal(peer_probe_reply_encode(&bytes, &reply, &e), 0);
    assert_int_equal(peer_birth_encode(&bytes, &birth, &e), 0);
    frame_decoder_init(&decoder);
    frame_decoder_feed(&decoder, bytes.data, bytes.len);
    assert_int_equal(frame_decoder_next(&decoder, &frame, &e), 1);
    assert_int_equal(peer_probe_reply_decode(&frame, &got_reply, &e), 0);
    assert_int_equal(got_reply.link.generation, 2);
    assert_int_equal(got_reply.from, 1);
    assert_int_equal(got_reply.request_id, 9);
    assert_int_equal(got_reply.last.term, 4);
    assert_int_equal(got_reply.last.index, 44);
    frame.payload.len--;
    assert_int_equal(peer_probe_reply_decode(&frame, &got_reply, &e), -E_CORRUPT);
    assert_int_equal(frame_decoder_next(&decoder, &frame, &e), 1);
    assert_int_equal(peer_birth_decode(&frame, &got, &e), 0);
    assert_string_equal(got.name, "n1");
    assert_string_equal(got.address, "h:1");
    assert_string_equal(got.cluster, "c");
    assert_int_equal(got.from, 5);
    assert_int_equal(got.disk, 6);
    assert_int_equal(got.expect, 3);
    assert_int_equal(got.list, 8);
    assert_true(span_equal(got.offer, birth.offer));
    frame.payload.len = 9;
    assert_int_equal(peer_birth_decode(&frame, &got, &e), -E_CORRUPT);
    frame_decoder_free(&decoder);
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe_and_birth_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
