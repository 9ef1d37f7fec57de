/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images of the own state, and the log that begins at one. T 5.1. */
#ifndef CORE_COMPACT_H
#define CORE_COMPACT_H

#include "core/state.h"

/* RAFT_IMAGE: an image is durable; of the newest known one a leader sends. */
void on_image(struct turn *t, const struct raft_image *image);

/* RAFT_COMPACT: entries up to index are dropped. */
void on_compact(struct turn *t, uint64_t index);

#endif
