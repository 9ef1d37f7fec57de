/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What images and the logs that begin at one promise, looked at after every step. T 5.1. */
#ifndef SUPPORT_CORE_IMAGE_CHECKS_H
#define SUPPORT_CORE_IMAGE_CHECKS_H

#include "tests/support/core_checks.h"

/* After a step of node id. */
void check_image(struct checks *c, raft_id id);

/* Everything up to index is on the node's disk as it is in its memory: as entries, or in the image
 * that its log on the disk continues. */
bool image_or_log_durable(const struct host *h, uint64_t index);

#endif
