/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of servers that events happened to, remembered for all workers: whoever is first
 * steps a server, and all others look it up. */
#ifndef EXPLORE_OUTCOMES_H
#define EXPLORE_OUTCOMES_H

#include "emulator/explore/checkpoint.h"
#include "emulator/explore/table.h"
#include "raft/raft.h"

#include <pthread.h>

#define EX_SENT_CHUNK  262144
#define EX_SENT_CHUNKS 16384

struct ex_outcome {
    uint32_t server;    /* what it became, by number; BEYOND: enum ex_limit; BROKEN: 0 */
    uint32_t passed_ns; /* on its clock, before the event */
    uint32_t sent;      /* where its messages' numbers begin: see ex_outcomes_sent */
    uint16_t flags;     /* EX_LED … */
    uint8_t sent_count;
    uint8_t read_index;
};

struct ex_outcomes {
    struct ex_table table;
    uint32_t *sent[EX_SENT_CHUNKS]; /* owned; what stands there never moves */
    pthread_mutex_t lock;           /* to add */
    uint32_t sent_count;
    uint64_t reasons[RAFT_REASON_CODES]; /* decisions in what was stepped, by kind */
};

void ex_outcomes_init(struct ex_outcomes *o);
void ex_outcomes_free(struct ex_outcomes *o);

/* The key is not zero. False: nobody was there before. */
bool ex_outcomes_find(const struct ex_outcomes *o, uint64_t key, struct ex_outcome *ret);
/* Of two that step the same, the first one counts. sent: outcome.sent_count numbers of messages;
 * where they stand is filled in. reasons: what is to be counted if it is the first. */
struct ex_outcome ex_outcomes_add(struct ex_outcomes *o, uint64_t key, struct ex_outcome outcome,
                                  const uint32_t *sent, const struct raft_reason *reasons,
                                  uint32_t reasons_count);
/* The numbers of the messages that were sent. Borrowed. */
const uint32_t *ex_outcomes_sent(const struct ex_outcomes *o, const struct ex_outcome *outcome);

/* All of it, for a checkpoint; into one that is empty. What is wrong stays in the checkpoint. */
void ex_outcomes_save(const struct ex_outcomes *o, struct checkpoint_out *out);
void ex_outcomes_load(struct ex_outcomes *o, struct checkpoint_in *in);

#endif
