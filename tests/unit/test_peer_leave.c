/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leave and LeaveReply on the wire: what goes in comes out, nonsense is refused by name. */
#include "wire/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct peer_link demo = {.cluster_id = 7, .generation = 2, .group = 3};

/* The frame in bytes; its payload is borrowed from there. */
static struct frame frame_in(const struct buf *bytes)
{
    struct frame_decoder d;
    struct frame frame;
    struct err e = {0};
    frame_decoder_init(&d);
    frame_decoder_feed(&d, bytes->data, bytes->len);
    assert_int_equal(frame_decoder_next(&d, &frame, &e), 1);
    frame_decoder_free(&d);
    frame.payload = span_of(bytes->data + FRAME_HEADER_BYTES, bytes->len - FRAME_HEADER_BYTES);
    return frame;
}

static void leave_round_trips(void **state)
{
    const struct peer_leave l = {
        .link = demo, .from = 1, .to = 2, .attempt = UINT64_MAX, .term = 9, .config_index = 17};
    struct peer_leave got;
    struct buf bytes = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(peer_leave_encode(&bytes, &l, &e), 0);
    struct frame frame = frame_in(&bytes);
    assert_int_equal(peer_leave_decode(&frame, &got, &e), 0);
    assert_int_equal(got.from, 1);
    assert_int_equal(got.to, 2);
    assert_true(got.attempt == UINT64_MAX);
    assert_int_equal(got.term, 9);
    assert_int_equal(got.config_index, 17);
    bytes.data[FRAME_HEADER_BYTES + 15] = (char)0x80; /* the term's highest byte */
    assert_int_equal(peer_leave_decode(&frame, &got, &e), -E_CORRUPT);
    assert_string_equal(e.text, "peer: Leave: a term or an index of 2^63 or above");
    frame.payload.len--;
    assert_int_equal(peer_leave_decode(&frame, &got, &e), -E_CORRUPT);
    assert_string_equal(e.text, "peer: Leave: 23 bytes do not fit its fields");
    buf_free(&bytes);
}

static void reply_round_trips(void **state)
{
    struct peer_leave_reply l = {.link = demo,
                                 .from = 2,
                                 .to = 1,
                                 .attempt = 5,
                                 .term = 9,
                                 .status = PEER_LEAVE_REFUSED,
                                 .why = "LASTVOTER nobody would be left to vote"};
    struct peer_leave_reply got;
    struct buf bytes = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(peer_leave_reply_encode(&bytes, &l, &e), 0);
    struct frame frame = frame_in(&bytes);
    assert_int_equal(peer_leave_reply_decode(&frame, &got, &e), 0);
    assert_int_equal(got.attempt, 5);
    assert_int_equal(got.term, 9);
    assert_int_equal(got.status, PEER_LEAVE_REFUSED);
    assert_string_equal(got.why, l.why);
    for (int status = 0; status < 256; status++) {
        bytes.data[FRAME_HEADER_BYTES + 16] = (char)status;
        assert_int_equal(peer_leave_reply_decode(&frame, &got, &e),
                         status >= 1 && status <= 4 ? 0 : -E_CORRUPT);
    }
    bytes.data[FRAME_HEADER_BYTES + 16] = 3;
    bytes.data[FRAME_HEADER_BYTES + 30] = '\n'; /* it goes into a log */
    assert_int_equal(peer_leave_reply_decode(&frame, &got, &e), -E_CORRUPT);
    assert_string_equal(e.text, "peer: LeaveReply: the reason is not plain text");
    bytes.data[FRAME_HEADER_BYTES + 25] = (char)PEER_LEAVE_WHY_MAX + 1; /* the reason's length */
    assert_int_equal(peer_leave_reply_decode(&frame, &got, &e), -E_CORRUPT);
    buf_free(&bytes);
}

static void types_have_names(void **state)
{
    (void)state;
    assert_string_equal(peer_type_name(PEER_LEAVE), "Leave");
    assert_string_equal(peer_type_name(PEER_LEAVE_REPLY), "LeaveReply");
    assert_false(peer_type_is_raft(PEER_LEAVE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leave_round_trips),
        cmocka_unit_test(reply_round_trips),
        cmocka_unit_test(types_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
