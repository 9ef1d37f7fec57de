/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The leader's side of replication: what to send whom, heartbeats, rounds, commitment. T 3.5. */
#ifndef CORE_REPLICATE_H
#define CORE_REPLICATE_H

#include "core/state.h"

/* Sends every member what its progress allows now. Cheap when there is nothing to send. */
void replicate_all(struct turn *t);
/* The same for one member: what it said changed nothing for the others. */
void replicate_to(struct turn *t, uint32_t slot);

/* Has the member acknowledge once more: an empty append behind index, which lies in the log
 * or is its base. */
void ask_again(struct turn *t, uint32_t slot, uint64_t index);

/* Starts a new round: a heartbeat to every member, outside windows and budgets. */
void heartbeat_all(struct turn *t);
/* One of the present round, to that member. */
void heartbeat_to(struct turn *t, uint32_t slot);

/* Commits the newest entry of the current term that a quorum holds durably, and what is before it.
 * "only log entries from the leader's current term are committed by counting replicas" (T 3.6.2) */
void commit_by_counting(struct turn *t);

/* Raises the commit index (leader and follower alike). Precondition: to <= last. */
void commit_to(struct turn *t, uint64_t to);

/* A reply that this leader waits for: the slot of the member it is from; else -1, and it must not
 * move anything (but a higher term in it is adopted where it must be). */
int awaited_from(struct turn *t, const struct raft_message *m);

/* The member answered round in this term: contact, and reads may be confirmed. It says that it
 * refuses votes for hold_ns after it heard us. */
void round_acked(struct turn *t, uint32_t slot, uint64_t round, uint64_t hold_ns);

/* The leader's deadlines: heartbeat due, quorum lost, a probe to repeat. */
void leader_timeout(struct turn *t);
uint64_t leader_wake(struct raft *r);

/* RAFT_UNSENT and RAFT_DISCONNECTED. */
void on_unsent(struct turn *t, raft_id peer, uint64_t first);
void on_disconnected(struct turn *t, raft_id peer);

#endif
