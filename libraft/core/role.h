/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changing role and term: the only functions that assign role, term, vote and leader. */
#ifndef CORE_ROLE_H
#define CORE_ROLE_H

#include "core/state.h"

/* Adopts a higher term as follower with no vote and no known leader; to be persisted. T 3.3. */
void adopt_term(struct turn *t, uint64_t term);

/* Gives this term's vote; to be persisted. Precondition: the vote is free or the same. */
void set_vote(struct turn *t, raft_id candidate);

/* Follower of this term. leader may be 0 (unknown). Reads that nobody confirmed fail. */
void become_follower(struct turn *t, raft_id leader);

/* A message of this term's leader m->from (checked by its handler to be of the current term): makes
 * it the known leader, resets timer and hold. False (and fatal) if another leads this term. */
bool leader_heard(struct turn *t, const struct raft_message *m);

/* Draws a new election timeout from now. T 3.4. */
void reset_timer(struct turn *t);

/* Until when this server refuses votes: what it promised on hearing a leader; a leader also while
 * a quorum answered it within the election timeout. T 4.2.3. */
uint64_t held_until(const struct raft *r, uint64_t now);

/* Per voter the start of the newest round it answered, self = now: the value a quorum reached.
 * Nothing later than this was heard from a quorum. T 6.2. */
uint64_t quorum_contact(const struct raft *r, uint64_t now);

/* Drops everything a (pre-)candidate or leader knows. */
void clear_campaign(struct raft *r);

#endif
