/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a case of tests/protocol says of one core. The writer of cases and the runner that compares
 * them print by the same functions, so a case that was written is a case that is read. Each writes
 * whole lines to out. */
#ifndef EXPLORE_CASE_CORE_H
#define EXPLORE_CASE_CORE_H

#include "base/buf.h"
#include "raft/raft.h"

/* How the server stands, its image and, at a leader, what it knows of each member. */
void ex_case_core(const struct raft *core, raft_id self, struct buf *out);
/* The configuration in force. */
void ex_case_members(const struct raft *core, raft_id self, struct buf *out);
/* Why it went down; nothing if it did not. */
void ex_case_fatal(enum raft_fatal fatal, struct buf *out);

#endif
