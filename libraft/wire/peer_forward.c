/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands on their way to the leader, and the answers back. */
#include "wire/peer.h"

#include "base/respw.h"
#include "wire/peer_header.h"

/* The last field: everything to the end of the payload. */
static struct span rest(struct bytes *c)
{
    size_t len = bytes_left(c);
    return span_of(bytes_take(c, len), len);
}

int peer_forward_encode(struct buf *out, const struct peer_forward *f, struct err *e)
{
    ASSERT(f->command.len > 0 && f->hops <= PEER_HOPS_MAX);
    struct frame_header header = peer_header_of(PEER_FORWARD, &f->link, f->from, f->to);
    size_t begin = frame_begin(out);
    buf_put_u64(out, f->request_id);
    buf_put_u64(out, f->deadline_left_ns);
    buf_put_u8(out, f->hops);
    buf_put(out, f->command.data, f->command.len);
    return frame_end(out, begin, &header, e);
}

int peer_forward_decode(const struct frame *frame, struct peer_forward *ret, struct err *e)
{
    ASSERT(frame->header.type == PEER_FORWARD);
    struct bytes c = bytes_of(frame->payload.data, frame->payload.len);
    struct peer_forward f = {
        .link = peer_link_of(&frame->header), .from = frame->header.from, .to = frame->header.to};
    f.request_id = bytes_u64(&c);
    f.deadline_left_ns = bytes_u64(&c);
    f.hops = bytes_u8(&c);
    f.command = rest(&c);
    if (c.bad || f.command.len == 0)
        return err_set(e, -E_CORRUPT, "peer: Forward: %zu bytes do not fit its fields",
                       frame->payload.len);
    if (f.hops > PEER_HOPS_MAX)
        return err_set(e, -E_CORRUPT, "peer: Forward: %u hops", f.hops);
    *ret = f;
    return 0;
}

int peer_forward_reply_encode(struct buf *out, const struct peer_forward_reply *f, struct err *e)
{
    ASSERT(f->reply.len > 0 && f->outcome >= PEER_OUTCOME_OK);
    struct frame_header header = peer_header_of(PEER_FORWARD_REPLY, &f->link, f->from, f->to);
    size_t begin = frame_begin(out);
    buf_put_u64(out, f->request_id);
    buf_put_u8(out, (uint8_t)f->outcome);
    buf_put_u64(out, f->index);
    buf_put_u64(out, f->leader_hint);
    buf_put(out, f->reply.data, f->reply.len);
    return frame_end(out, begin, &header, e);
}

int peer_forward_reply_decode(const struct frame *frame, struct peer_forward_reply *ret,
                              struct err *e)
{
    ASSERT(frame->header.type == PEER_FORWARD_REPLY);
    struct bytes c = bytes_of(frame->payload.data, frame->payload.len);
    struct peer_forward_reply f = {
        .link = peer_link_of(&frame->header), .from = frame->header.from, .to = frame->header.to};
    f.request_id = bytes_u64(&c);
    uint8_t outcome = bytes_u8(&c);
    f.index = bytes_u64(&c);
    f.leader_hint = bytes_u64(&c);
    f.reply = rest(&c);
    if (c.bad || f.reply.len == 0)
        return err_set(e, -E_CORRUPT, "peer: ForwardReply: %zu bytes do not fit its fields",
                       frame->payload.len);
    if (!respw_is_one_value(f.reply))
        return err_set(e, -E_CORRUPT, "peer: ForwardReply: the answer is not one RESP2 value");
    if (outcome < PEER_OUTCOME_OK || outcome > PEER_OUTCOME_UNKNOWN)
        return err_set(e, -E_CORRUPT, "peer: ForwardReply: unknown outcome %u", outcome);
    if (f.index > INT64_MAX)
        return err_set(e, -E_CORRUPT, "peer: ForwardReply: an index of 2^63 or above");
    f.outcome = (enum peer_outcome)outcome;
    *ret = f;
    return 0;
}
