/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How large a piece of an image may be: no more than passes a link in a heartbeat interval, or
 * heartbeats wait behind it for too long. Found out by measuring. */
#ifndef NODE_IMAGE_FLOW_H
#define NODE_IMAGE_FLOW_H

#include "raft/raft.h"

/* To one peer. */
struct image_flow {
    raft_id peer;        /* 0: unused */
    uint32_t size;       /* of the next piece */
    uint64_t sample_end; /* of the piece being measured; 0: none is */
    uint64_t sample_ns;
};

/* The first piece: an eighth of a second on a link of half a megabit. */
#define IMAGE_FLOW_BYTES_FIRST 8192u
#define IMAGE_FLOW_BYTES_MIN   1024u

void image_flow_init(struct image_flow *f, raft_id peer);

/* Bytes that may be sent from offset on, when everything below acked has arrived: 0, what is under
 * way comes first. Several pieces are under way only where they may be as large as any (most), or
 * where the longest election timeout has passed: then one is lost, which the core finds out. */
uint32_t image_flow_room(struct image_flow *f, uint64_t offset, uint64_t acked, uint64_t now_ns,
                         const struct raft_timing *timing, uint32_t most);
/* So many were sent. */
void image_flow_sent(struct image_flow *f, uint64_t offset, uint32_t size, uint64_t now_ns);

#endif
