/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Empty nodes that are to found a cluster together. */
#include "wire/peer.h"
#include "wire/peer_header.h"
#include "wire/peer_text.h"

int peer_birth_encode(struct buf *out, const struct peer_birth *b, struct err *e)
{
    const struct peer_link none = {0};
    struct frame_header header = peer_header_of(PEER_BIRTH, &none, b->from, 0);
    size_t begin = frame_begin(out);
    peer_text_put(out, b->name);
    peer_text_put(out, b->address);
    peer_text_put(out, b->cluster);
    buf_put_u64(out, b->disk);
    buf_put_u32(out, b->expect);
    buf_put_u64(out, b->list);
    buf_put(out, b->offer.data, b->offer.len);
    return frame_end(out, begin, &header, e);
}

int peer_birth_decode(const struct frame *frame, struct peer_birth *ret, struct err *e)
{
    ASSERT(frame->header.type == PEER_BIRTH);
    struct bytes c = bytes_of(frame->payload.data, frame->payload.len);
    struct peer_birth b = {.from = frame->header.from};
    peer_text_get(&c, b.name, sizeof(b.name));
    peer_text_get(&c, b.address, sizeof(b.address));
    peer_text_get(&c, b.cluster, sizeof(b.cluster));
    b.disk = bytes_u64(&c);
    b.expect = bytes_u32(&c);
    b.list = bytes_u64(&c);
    size_t len = bytes_left(&c);
    b.offer = span_of(bytes_take(&c, len), len);
    if (c.bad || b.from == 0 || !peer_name_valid(b.name) || !peer_name_valid(b.cluster) ||
        b.address[0] == '\0' || !peer_address_valid(b.address))
        return err_set(e, -E_CORRUPT, "peer: Birth: %zu bytes do not fit its fields",
                       frame->payload.len);
    *ret = b;
    return 0;
}
