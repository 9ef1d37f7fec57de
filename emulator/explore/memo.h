/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of a server that an event happens to, remembered: in most of the states that are
 * generated nothing is stepped at all. Each worker has a memory of its own. */
#ifndef EXPLORE_MEMO_H
#define EXPLORE_MEMO_H

#include "emulator/explore/turn.h"

struct ex_outcome {
    uint32_t server;    /* what it became, by number; BEYOND: enum ex_limit; BROKEN: 0 */
    uint32_t passed_ns; /* on its clock, before the event */
    uint32_t sent;      /* where its messages' numbers begin: see ex_memo_sent */
    uint16_t flags;     /* EX_LED … */
    uint8_t sent_count;
    uint8_t read_index;
};

struct ex_memo_slot {
    uint64_t key; /* 0: free */
    struct ex_outcome outcome;
};

struct ex_memo {
    struct ex_turn turn; /* the last one taken */
    uint32_t slots;      /* a power of two */
    uint32_t count;
    struct ex_memo_slot *slot; /* owned */
    uint32_t *sent;            /* owned */
    uint32_t sent_count;
    uint32_t sent_room;
    uint64_t reasons[RAFT_REASON_CODES]; /* decisions in what was stepped, by kind */
};

void ex_memo_init(struct ex_memo *m, struct ex_space *space);
void ex_memo_free(struct ex_memo *m);

struct ex_outcome ex_memo_take(struct ex_memo *m, uint32_t server, struct ex_event e);
/* The numbers of the messages that were sent. Borrowed until the next ex_memo_take. */
const uint32_t *ex_memo_sent(const struct ex_memo *m, const struct ex_outcome *o);

/* All of it, for a checkpoint. What is loaded comes to what is there; numbers of servers and
 * messages are the space's. What is wrong stays in the checkpoint. */
void ex_memo_save(const struct ex_memo *m, struct checkpoint_out *out);
void ex_memo_load(struct ex_memo *m, struct checkpoint_in *in);

#endif
