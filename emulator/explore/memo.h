/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of a server that an event happens to: in most of the states that are generated
 * nothing is stepped at all, but looked up in what all workers remember. What is stepped is stepped
 * by each worker itself. */
#ifndef EXPLORE_MEMO_H
#define EXPLORE_MEMO_H

#include "emulator/explore/turn.h"

struct ex_memo {
    struct ex_turn turn;       /* the last one taken */
    struct ex_outcomes *known; /* borrowed from the space */
};

void ex_memo_init(struct ex_memo *m, struct ex_space *space);
/* In a world without bounds: see calm.h. */
void ex_memo_init_calm(struct ex_memo *m, struct ex_space *space);
void ex_memo_free(struct ex_memo *m);

struct ex_outcome ex_memo_take(struct ex_memo *m, uint32_t server, struct ex_event e);
/* The numbers of the messages that were sent. Borrowed from the space. */
const uint32_t *ex_memo_sent(const struct ex_memo *m, const struct ex_outcome *o);

#endif
