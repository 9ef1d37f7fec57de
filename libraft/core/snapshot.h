/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images on their way to members that need entries which are gone. T 5.1, P 7. */
#ifndef CORE_SNAPSHOT_H
#define CORE_SNAPSHOT_H

#include "core/state.h"

/* The member needs an entry below the log: begins to send it the newest image, once it answers. */
void snapshot_begin(struct turn *t, uint32_t slot);

/* Sends what may be under way now. Precondition: state PROGRESS_SNAPSHOT. */
void snapshot_send(struct turn *t, uint32_t slot);

/* When to look again at a member that is sent an image. */
uint64_t snapshot_wake(const struct progress *p);

/* The connection broke: what was in flight may be lost. */
void snapshot_interrupted(struct turn *t, uint32_t slot);

/* RAFT_CHUNK_UNSENT. */
void on_chunk_unsent(struct turn *t, const struct raft_event *e);

/* Answers. */
void snapshot_acked(struct turn *t, struct progress *p, uint64_t next_offset);
void snapshot_busy(struct turn *t, struct progress *p);
void snapshot_failed(struct turn *t, struct progress *p);

#endif
