/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Membership changes at the leader: one at a time, simple or joint. T 4. */
#ifndef CORE_CHANGE_H
#define CORE_CHANGE_H

#include "core/state.h"

/* RAFT_CHANGE: appends the configuration wanted (or the joint one on the way to it), or says in the
 * output why not. */
void on_change(struct turn *t, const struct raft_config *wanted, uint64_t expected);

/* The commit index rose at the leader: leaves a joint configuration; gives leadership up if the
 * committed one does not contain this server. */
void change_committed(struct turn *t);

/* A member acknowledged: rounds of catching up, and removed members that know it now. */
void change_acked(struct turn *t, uint32_t slot);
/* Time passed: removed members that were not heard any more are let go. */
void change_timeout(struct turn *t);

#endif
