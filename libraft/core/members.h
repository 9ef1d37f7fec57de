/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which configuration is in force, and the slots of its members. T 4.1. */
#ifndef CORE_MEMBERS_H
#define CORE_MEMBERS_H

#include "core/state.h"

/* A configuration counts from the moment it is in the log, committed or not. The oldest one known
 * makes room if need be: a configuration is appended only after the one before has committed, so
 * all but the newest are for good. */
void members_append(struct raft *r, const struct raft_config *config, uint64_t index,
                    uint64_t now_ns);

/* The log was cut from index on: configurations at or above it are in force no more. */
void members_truncate(struct raft *r, uint64_t index, uint64_t now_ns);

/* An image was taken over: its configuration, of entry index, takes the place of all whose entries
 * lie at or below upto. T 5.1. */
void members_install(struct raft *r, const struct raft_config *config, uint64_t index,
                     uint64_t upto, uint64_t now_ns);

/* commit rose: forget configurations below the newest committed one. At a leader the members that
 * it removes linger. */
void members_committed(struct raft *r, uint64_t now_ns);

/* Computes slots and voter sets from the configurations; progress of members that stay is kept,
 * new ones count as heard now: a leader must not lose its quorum to a member it just met. */
void members_sync(struct raft *r, uint64_t now_ns);

/* Slot of a member of the latest or committed configuration (or of one who lingers), or -1. */
int member_slot(const struct raft *r, raft_id id);

/* Has a vote of its own to start an election with: voter of the latest configuration, or of the
 * newest committed one while the latest is not committed (T 4.2.2); is no witness,
 * and has not left. */
bool member_may_campaign(const struct raft *r);

/* How much longer than others it waits before it campaigns, so that voters of higher priority come
 * first: half an election timeout for one of them, a whole one for more; those of priority 0 four
 * more, since they are to lead only if nobody else can. */
uint64_t member_delay_ns(const struct raft *r);

/* Alone it is a quorum. */
bool member_sole_voter(const struct raft *r);

/* The latest configuration is committed and not joint: another one may be appended. T 4.1. */
bool members_settled(const struct raft *r);

bool config_has(const struct raft_config *c, raft_id id);
/* Its entry in the configuration, or NULL. */
const struct raft_member *config_member(const struct raft_config *c, raft_id id);

/* The member as the latest configuration has it, or the committed one if it is not in the latest;
 * NULL if it is in neither. */
const struct raft_member *member_of(const struct raft *r, raft_id id);
bool member_is_witness(const struct raft *r, raft_id id);
/* The slots of all whose priority, as there, is higher. */
quorum_set members_above(const struct raft *r, int32_t priority);

/* The newest configuration that has committed for certain, and the index of its entry: after a
 * restart the commit index is not known, but a configuration is appended only once the one before
 * has committed. */
const struct raft_config *members_certain(const struct raft *r, uint64_t *ret_index);

#endif
