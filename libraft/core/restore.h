/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A server whose log was damaged and begun anew: until it is whole again it promises nothing that
 * rests on what it once held. */
#ifndef CORE_RESTORE_H
#define CORE_RESTORE_H

#include "core/state.h"

/* While r->restoring is not 0 the server gives no vote or pre-vote, does not campaign and serves no
 * read; it takes entries and images from the leader of its term and acknowledges what is durable.
 * Reads that need no leader, of what is applied, are the host's to refuse, by raft_restoring: what
 * is applied began anew with the log.
 *
 * Why that is safe. Term and vote are intact, so no vote is given twice. Let D be the damaged
 * server and e an entry that was committed with the help of an acknowledgement by D that is lost
 * now. Every leader L elected while D does not vote was elected by a quorum without D, and that
 * quorum meets the one that acknowledged e in a server other than D: L's log has e (T 3.6.3). A
 * leader elected before, with D's vote or without, has e by the usual argument, or wrote it. So
 * every leader's log, whichever D follows, has all that D ever helped to commit, and all of it lies
 * at or below `restoring`, the highest index that D's log can have held. Once D's durable log
 * agrees with a leader's up to there, D holds again everything its votes must take into account.
 * What D acknowledges meanwhile it holds, like any other server. R-PERS-9. */

/* A leader compares logs: the first one after the start may know more to be committed. */
void restore_met(struct raft *r, uint64_t commit);
/* At the end of each step: whole again? */
void restore_settle(struct turn *t);

#endif
