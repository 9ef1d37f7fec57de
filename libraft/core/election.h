/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting, carrying on and ending an election. T 3.4, pre-vote T 9.6. */
#ifndef CORE_ELECTION_H
#define CORE_ELECTION_H

#include "core/state.h"

/* Looks at the election deadlines: starts a pre-vote or campaign, asks the silent again. */
void election_timeout(struct turn *t);

/* Raises the term and votes for itself; requests leave once that is durable. T 3.4, T 3.8. */
void campaign(struct turn *t);

/* Term and own vote are durable: count the vote and ask the others. */
void campaign_announce(struct turn *t);

/* After a granted or denied answer: leader, follower, or wait on. */
void count_votes(struct turn *t);

/* This server may campaign, and could lead if it won. */
bool election_able(const struct raft *r);
bool election_fit(const struct raft *r); /* the same, whatever it is a member of */

/* The next moment election_timeout has something to do. */
uint64_t election_wake(const struct raft *r);

#endif
