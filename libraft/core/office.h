/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a leader hands leadership over, or lays it down, of its own accord: a voter of higher
 * priority is ready, or its own disk is full, or too slow for it. */
#ifndef CORE_OFFICE_H
#define CORE_OFFICE_H

#include "core/state.h"

/* In longest election timeouts. */
#define OFFICE_READY_TIMEOUTS  10 /* a voter of higher priority is ready for so long */
#define OFFICE_WINDOW_TIMEOUTS 10 /* writes are timed over so long */
#define OFFICE_STUCK_TIMEOUTS  4  /* a write that takes so long ends leadership */

/* A new leader begins to look. */
void office_begin(struct turn *t);

/* A member holds more than before: how quick it is. */
void office_matched(struct turn *t, struct progress *p, uint64_t before);

/* Time passed, at the leader, at least once a heartbeat. It may not lead any more afterwards. */
void office_timeout(struct turn *t);
uint64_t office_wake(const struct raft *r); /* of a leader */

/* Around every step: whether a write has waited so long that this server must not lead; and what
 * the step handed to the disk, or heard of it. */
void office_before(struct turn *t);
void office_after(struct turn *t);

#endif
