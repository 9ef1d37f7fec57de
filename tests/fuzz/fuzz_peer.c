/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is inside a peer frame. First byte: the type; the rest: the payload. Whatever is accepted
 * must come out of the encoder again, byte for byte. */
#include "wire/peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct peer_link demo = {.cluster_id = 7, .generation = 2, .group = 3};

/* Accepted bytes are the encoder's: payload may only be longer where more says so. */
static void expect_same(struct buf *again, struct span payload, bool more)
{
    struct span encoded =
        span_of(again->data + FRAME_HEADER_BYTES, again->len - FRAME_HEADER_BYTES);
    ASSERT(more ? encoded.len <= payload.len : encoded.len == payload.len);
    ASSERT(encoded.len == 0 || memcmp(encoded.data, payload.data, encoded.len) == 0);
    buf_free(again);
}

static void try_raft(const struct frame *frame)
{
    struct peer_raft p = {0};
    struct buf again = {0};
    if (peer_raft_decode(frame, &p, NULL) == 0) {
        int code = p.message.type == RAFT_INSTALL_SNAPSHOT
                       ? peer_chunk_encode(&again, &demo, &p.message, p.data, NULL)
                       : peer_raft_encode(&again, &demo, &p.message, p.entries, NULL);
        ASSERT(code == 0);
        expect_same(&again, frame->payload, false);
    }
    peer_raft_free(&p);
}

static void try_hello(const struct frame *frame)
{
    const struct peer_identity me = {.link = demo, .self = 2};
    struct peer_hello hello;
    struct buf again = {0};
    uint8_t version;
    char detail[PEER_DETAIL_MAX + 1];
    if (peer_hello_decode(frame, &hello, NULL) < 0)
        return;
    enum peer_refusal r = peer_hello_judge(&me, &hello, 9, &version, detail);
    ASSERT((r == PEER_ACCEPTED) == (detail[0] == '\0'));
    ASSERT(peer_hello_encode(&again, &hello, NULL) == 0);
    expect_same(&again, frame->payload, true);
}

static void try_hello_reply(const struct frame *frame)
{
    struct peer_hello_reply reply;
    struct buf again = {0};
    if (peer_hello_reply_decode(frame, &reply, NULL) < 0)
        return;
    ASSERT(peer_hello_reply_encode(&again, &reply, NULL) == 0);
    expect_same(&again, frame->payload, true);
}

static void try_forward(const struct frame *frame)
{
    struct peer_forward f;
    struct buf again = {0};
    if (peer_forward_decode(frame, &f, NULL) < 0)
        return;
    ASSERT(peer_forward_encode(&again, &f, NULL) == 0);
    expect_same(&again, frame->payload, false);
}

static void try_forward_reply(const struct frame *frame)
{
    struct peer_forward_reply f;
    struct buf again = {0};
    if (peer_forward_reply_decode(frame, &f, NULL) < 0)
        return;
    ASSERT(peer_forward_reply_encode(&again, &f, NULL) == 0);
    expect_same(&again, frame->payload, false);
}

static void try_leave(const struct frame *frame)
{
    struct peer_leave l;
    struct buf again = {0};
    if (peer_leave_decode(frame, &l, NULL) < 0)
        return;
    ASSERT(peer_leave_encode(&again, &l, NULL) == 0);
    expect_same(&again, frame->payload, false);
}

static void try_leave_reply(const struct frame *frame)
{
    struct peer_leave_reply l;
    struct buf again = {0};
    if (peer_leave_reply_decode(frame, &l, NULL) < 0)
        return;
    ASSERT(peer_leave_reply_encode(&again, &l, NULL) == 0);
    expect_same(&again, frame->payload, false);
}

static void try_probe(const struct frame *frame)
{
    struct peer_probe p;
    struct buf again = {0};
    if (peer_probe_decode(frame, &p, NULL) < 0)
        return;
    ASSERT(peer_probe_encode(&again, &p, NULL) == 0);
    expect_same(&again, frame->payload, false);
}

static void try_probe_reply(const struct frame *frame)
{
    struct peer_probe_reply p;
    struct buf again = {0};
    if (peer_probe_reply_decode(frame, &p, NULL) < 0)
        return;
    ASSERT(peer_probe_reply_encode(&again, &p, NULL) == 0);
    expect_same(&again, frame->payload, false);
}

static void try_birth(const struct frame *frame)
{
    struct peer_birth b;
    struct buf again = {0};
    if (peer_birth_decode(frame, &b, NULL) < 0)
        return;
    ASSERT(peer_birth_encode(&again, &b, NULL) == 0);
    expect_same(&again, frame->payload, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct frame frame = {.header = {.type = data[0],
                                           .group = demo.group,
                                           .cluster_id = demo.cluster_id,
                                           .generation = demo.generation,
                                           .from = 1,
                                           .to = 2},
                                .payload = span_of(data + 1, size - 1)};
    if (peer_type_is_raft(data[0]))
        try_raft(&frame);
    else if (data[0] == PEER_HELLO)
        try_hello(&frame);
    else if (data[0] == PEER_HELLO_REPLY)
        try_hello_reply(&frame);
    else if (data[0] == PEER_FORWARD)
        try_forward(&frame);
    else if (data[0] == PEER_FORWARD_REPLY)
        try_forward_reply(&frame);
    else if (data[0] == PEER_LEAVE)
        try_leave(&frame);
    else if (data[0] == PEER_LEAVE_REPLY)
        try_leave_reply(&frame);
    else if (data[0] == PEER_PROBE)
        try_probe(&frame);
    else if (data[0] == PEER_PROBE_REPLY)
        try_probe_reply(&frame);
    else if (data[0] == PEER_BIRTH)
        try_birth(&frame);
    return 0;
}
