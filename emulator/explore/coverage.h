/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of the core's decisions were met, how often, and which never were. */
#ifndef EXPLORE_COVERAGE_H
#define EXPLORE_COVERAGE_H

#include "base/buf.h"
#include "raft/raft.h"

/* One kind, with nX, A and B where a peer and numbers would stand. */
void ex_coverage_sentence(enum raft_reason_code code, struct buf *out);
/* All. counts: RAFT_REASON_CODES of them, in different transitions. */
void ex_coverage_tell(const uint64_t *counts, struct buf *out);

#endif
