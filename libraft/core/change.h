/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Membership changes at the leader: one at a time, simple or joint. T 4. */
#ifndef CORE_CHANGE_H
#define CORE_CHANGE_H

#include "core/state.h"

/* RAFT_CHANGE: appends the configuration wanted (or the joint one on the way to it), or says in the
 * output why not. relabel: also one equal to that in force. */
void on_change(struct turn *t, const struct raft_config *wanted, uint64_t expected, bool relabel);

/* The commit index rose at the leader: leaves a joint configuration; gives leadership up if the
 * committed one does not contain this server. */
void change_committed(struct turn *t);

/* A member acknowledged entries: rounds of catching up. */
void change_acked(struct turn *t, uint32_t slot);
/* A member answered the heartbeat of this round: a removed one that knows it now is let go. */
void change_heard(struct turn *t, uint32_t slot, uint64_t round);
/* Time passed: so are removed members that did not take notice in time. */
void change_timeout(struct turn *t);

#endif
