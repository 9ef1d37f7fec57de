/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images in the random world: when they are taken, what becomes of those under way. */
#ifndef SUPPORT_CORE_NET_IMAGE_H
#define SUPPORT_CORE_NET_IMAGE_H

#include "tests/support/core_net.h"

/* A node takes an image or drops a part of its log. Whether it took a step. */
bool net_image(struct net *n, raft_id id);

/* RAFT_CHUNK_UNSENT for this packet, RAFT_CHUNK for one that was received. */
struct raft_event net_image_unsent(struct net *n, raft_id id, const struct host_packet *packet);
struct raft_event net_image_chunk(struct net *n, raft_id id, const struct host_packet *packet);

/* A whole image gets its name. Whether the node took a step: another may have come meanwhile. */
bool net_image_install(struct net *n, raft_id id);

#endif
