/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leadership transfer: the target gets everything, then is told to campaign at once. T 3.10. */
#ifndef CORE_TRANSFER_H
#define CORE_TRANSFER_H

#include "core/state.h"

/* RAFT_TRANSFER: begins, joins the one under way to the same target, or says in the output why not.
 * target 0: the best voter. The target may take limit_ns to come close; 0: 10 s. */
void on_transfer(struct turn *t, raft_id target, uint64_t limit_ns);

/* RAFT_STEP_DOWN: leads no more, and does not campaign for two of the longest election timeouts. */
void on_step_down(struct turn *t);

/* Moves it on after anything that may have brought the target closer, or ends it by time. */
void transfer_advance(struct turn *t);
uint64_t transfer_wake(const struct raft *r);

/* The voter heard lately that has most of the log, then of the highest priority, then with the
 * lowest id; 0: none. */
raft_id transfer_best_target(const struct turn *t);

/* The member in this slot is a voter that could lead at once. */
bool transfer_possible(const struct turn *t, int slot);

/* No proposals are taken. */
bool transfer_frozen(const struct raft *r);

/* The connection to a peer broke: nothing is frozen for a target that cannot be told. */
void transfer_disconnected(struct turn *t, raft_id peer);

/* The leader steps down. */
void transfer_deposed(struct turn *t);
/* Somebody leads now: ends a transfer that was waiting to know who. */
void transfer_leader_known(struct turn *t, raft_id leader);

#endif
