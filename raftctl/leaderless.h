/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When nobody leads: what needs a leader waits for one, and says in the end who is there. */
#ifndef RAFTCTL_LEADERLESS_H
#define RAFTCTL_LEADERLESS_H

#include "raftctl/ask.h"

/* Asks as ask_cluster does, and again until the time is up while the answer is that nobody leads.
 * Only for what may be said twice: reads, and the opening of a session. */
enum ctl_exit leaderless_ask(const struct ctl *ctl, const struct span *argv, size_t argc,
                             struct answer *ret, struct failure *f);

/* Nothing was done for want of a leader, and that passes. */
bool leaderless_is(const struct failure *f);

/* What is said in the end of a NOLEADER that outlasted the verb's time: who is up and who is not,
 * as far as that is known by the deadline. Leaves other failures as they are. */
void leaderless_tell(const struct ctl *ctl, uint64_t deadline_ns, struct failure *f);

/* The cluster of that survey has no leader: fills f. */
void leaderless_set(struct failure *f, const struct survey *s);

#endif
