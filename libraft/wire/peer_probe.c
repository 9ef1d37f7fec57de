/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probes: who is there, and how much does it have. */
#include "wire/peer.h"
#include "wire/peer_header.h"

#define INDEX_MAX ((1ull << 63) - 1)

int peer_probe_encode(struct buf *out, const struct peer_probe *p, struct err *e)
{
    struct frame_header header = peer_header_of(PEER_PROBE, &p->link, p->from, p->to);
    size_t begin = frame_begin(out);
    buf_put_u64(out, p->request_id);
    return frame_end(out, begin, &header, e);
}

int peer_probe_decode(const struct frame *frame, struct peer_probe *ret, struct err *e)
{
    ASSERT(frame->header.type == PEER_PROBE);
    struct bytes c = bytes_of(frame->payload.data, frame->payload.len);
    struct peer_probe p = {
        .link = peer_link_of(&frame->header), .from = frame->header.from, .to = frame->header.to};
    p.request_id = bytes_u64(&c);
    if (!bytes_ended(&c))
        return err_set(e, -E_CORRUPT, "peer: Probe: %zu bytes do not fit its fields",
                       frame->payload.len);
    *ret = p;
    return 0;
}

int peer_probe_reply_encode(struct buf *out, const struct peer_probe_reply *p, struct err *e)
{
    struct frame_header header = peer_header_of(PEER_PROBE_REPLY, &p->link, p->from, p->to);
    size_t begin = frame_begin(out);
    buf_put_u64(out, p->request_id);
    buf_put_u64(out, p->last.term);
    buf_put_u64(out, p->last.index);
    return frame_end(out, begin, &header, e);
}

int peer_probe_reply_decode(const struct frame *frame, struct peer_probe_reply *ret, struct err *e)
{
    ASSERT(frame->header.type == PEER_PROBE_REPLY);
    struct bytes c = bytes_of(frame->payload.data, frame->payload.len);
    struct peer_probe_reply p = {
        .link = peer_link_of(&frame->header), .from = frame->header.from, .to = frame->header.to};
    p.request_id = bytes_u64(&c);
    p.last.term = bytes_u64(&c);
    p.last.index = bytes_u64(&c);
    if (!bytes_ended(&c) || p.last.term > INDEX_MAX || p.last.index > INDEX_MAX)
        return err_set(e, -E_CORRUPT, "peer: ProbeReply: %zu bytes do not fit its fields",
                       frame->payload.len);
    *ret = p;
    return 0;
}
