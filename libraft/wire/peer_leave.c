/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node asks the leader to be removed, and what becomes of it. */
#include "wire/peer.h"
#include "wire/peer_header.h"
#include "wire/peer_text.h"

#include <stdio.h>

int peer_leave_encode(struct buf *out, const struct peer_leave *l, struct err *e)
{
    ASSERT(l->term <= INT64_MAX && l->config_index <= INT64_MAX);
    struct frame_header header = peer_header_of(PEER_LEAVE, &l->link, l->from, l->to);
    size_t begin = frame_begin(out);
    buf_put_u64(out, l->attempt);
    buf_put_u64(out, l->term);
    buf_put_u64(out, l->config_index);
    return frame_end(out, begin, &header, e);
}

int peer_leave_decode(const struct frame *frame, struct peer_leave *ret, struct err *e)
{
    ASSERT(frame->header.type == PEER_LEAVE);
    struct bytes c = bytes_of(frame->payload.data, frame->payload.len);
    struct peer_leave l = {
        .link = peer_link_of(&frame->header), .from = frame->header.from, .to = frame->header.to};
    l.attempt = bytes_u64(&c);
    l.term = bytes_u64(&c);
    l.config_index = bytes_u64(&c);
    if (!bytes_ended(&c))
        return err_set(e, -E_CORRUPT, "peer: Leave: %zu bytes do not fit its fields",
                       frame->payload.len);
    if (l.term > INT64_MAX || l.config_index > INT64_MAX)
        return err_set(e, -E_CORRUPT, "peer: Leave: a term or an index of 2^63 or above");
    *ret = l;
    return 0;
}

int peer_leave_reply_encode(struct buf *out, const struct peer_leave_reply *l, struct err *e)
{
    ASSERT(l->term <= INT64_MAX && l->config_index <= INT64_MAX);
    struct frame_header header = peer_header_of(PEER_LEAVE_REPLY, &l->link, l->from, l->to);
    size_t begin = frame_begin(out);
    buf_put_u64(out, l->attempt);
    buf_put_u64(out, l->term);
    buf_put_u8(out, (uint8_t)l->status);
    buf_put_u64(out, l->config_index);
    peer_text_put(out, l->why);
    return frame_end(out, begin, &header, e);
}

int peer_leave_reply_decode(const struct frame *frame, struct peer_leave_reply *ret, struct err *e)
{
    ASSERT(frame->header.type == PEER_LEAVE_REPLY);
    struct bytes c = bytes_of(frame->payload.data, frame->payload.len);
    struct peer_leave_reply l = {
        .link = peer_link_of(&frame->header), .from = frame->header.from, .to = frame->header.to};
    l.attempt = bytes_u64(&c);
    l.term = bytes_u64(&c);
    uint8_t status = bytes_u8(&c);
    l.config_index = bytes_u64(&c);
    peer_text_get(&c, l.why, sizeof(l.why));
    if (!bytes_ended(&c))
        return err_set(e, -E_CORRUPT, "peer: LeaveReply: %zu bytes do not fit its fields",
                       frame->payload.len);
    if (l.term > INT64_MAX || l.config_index > INT64_MAX)
        return err_set(e, -E_CORRUPT, "peer: LeaveReply: a term or an index of 2^63 or above");
    if (status < PEER_LEAVE_QUEUED || status > PEER_LEAVE_NOT_LEADER)
        return err_set(e, -E_CORRUPT, "peer: LeaveReply: unknown status %u", status);
    for (const char *p = l.why; *p != '\0'; p++) {
        if (*p < ' ' || *p > '~')
            return err_set(e, -E_CORRUPT, "peer: LeaveReply: the reason is not plain text");
    }
    l.status = (enum peer_leave_status)status;
    *ret = l;
    return 0;
}
