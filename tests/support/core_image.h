/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images at the least host of a core: taken, sent, received, installed, found at a start. */
#ifndef SUPPORT_CORE_IMAGE_H
#define SUPPORT_CORE_IMAGE_H

#include "tests/support/core_host.h"

/* The newest on its disk; NULL: none. */
const struct host_image *host_image_newest(const struct host *h);
/* The one on its disk that the core calls so; all zero: it is gone. */
struct host_image host_image_of(const struct host *h, const struct raft_image *image);

/* The configuration in force at index (in the log, or below it), and its entry's index. */
const struct raft_config *host_config_at(const struct host *h, uint64_t index, uint64_t *ret_index);

/* Adds an image to the disk: of a base that a test invents, or one that was received. Those the
 * core does not send any more go. */
void host_image_add(struct host *h, const struct host_image *image);

/* An image of its own state at index (committed and durable, above the newest one): on the disk,
 * and the core hears. digest 0: the log's chain there. */
void host_image_take(struct host *h, uint64_t index, uint64_t bytes, uint64_t digest,
                     uint64_t now_ns);

/* A chunk that the core wants (output.chunk): taken or not, and the answer for the core. */
struct raft_event host_image_chunk(struct host *h, const struct host_packet *packet);
/* Everything of the image being received is here. */
bool host_image_whole(const struct host *h);
/* It gets its final name, and the core hears. */
void host_image_install(struct host *h, uint64_t now_ns);

/* RAFT_INSTALL answered with log_reset: the log in memory. */
void host_image_resets_log(struct host *h, struct raft_pos base);

/* At a start: an image that the log on the disk does not contain takes its place. */
void host_image_finish(struct host *h);

#endif
