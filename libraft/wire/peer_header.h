/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header of a frame between two nodes, from and to what the messages say of it. */
#ifndef WIRE_PEER_HEADER_H
#define WIRE_PEER_HEADER_H

#include "wire/peer.h"

static inline struct frame_header peer_header_of(uint8_t type, const struct peer_link *link,
                                                 raft_id from, raft_id to)
{
    return (struct frame_header){.type = type,
                                 .group = link->group,
                                 .cluster_id = link->cluster_id,
                                 .generation = link->generation,
                                 .from = from,
                                 .to = to};
}

static inline struct peer_link peer_link_of(const struct frame_header *header)
{
    return (struct peer_link){
        .cluster_id = header->cluster_id, .generation = header->generation, .group = header->group};
}

#endif
