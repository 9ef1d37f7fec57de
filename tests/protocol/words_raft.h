/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command line says of Raft: nodes, positions, configurations. */
#ifndef PROTOCOL_WORDS_RAFT_H
#define PROTOCOL_WORDS_RAFT_H

#include "raft/raft.h"
#include "tests/support/words.h"

/* "TERM,INDEX" */
struct raft_pos words_pos(struct words *w);
/* A node's number, 1..max. */
raft_id words_node(struct words *w, uint32_t max);

/* [voters 1 2 3] [old 1 2] [learners 4] [witnesses 3 4] [priorities 1=200 2=0], into an empty
 * configuration; who is a witness beside is a voter or learner too. Stops at any other word. */
void words_config(struct words *w, struct raft_config *ret);

#endif
