/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all workers share: the bounds, and every server, message and history that was ever met, each
 * once and by number, and what became of servers. Numbers are given under a lock; what stands at
 * one never changes or moves, so whoever has a number may read it without. */
#ifndef EXPLORE_SPACE_H
#define EXPLORE_SPACE_H

#include "emulator/explore/bounds.h"
#include "emulator/explore/checkpoint.h"
#include "emulator/explore/ghost.h"
#include "emulator/explore/message.h"
#include "emulator/explore/outcomes.h"
#include "emulator/explore/pool.h"

#define EX_LINKS (EX_SERVERS * EX_SERVERS)

struct ex_met {
    struct ex_message message;
    uint32_t link; /* from whom to whom, as a number below EX_LINKS */
    uint64_t hash[EX_RENAMINGS];
};

struct ex_space {
    struct ex_bounds bounds;
    struct ex_renamings renamings;
    struct ex_configs configs; /* under configs_lock */
    pthread_mutex_t configs_lock;
    struct raft_limits limits;
    struct raft_timing timing;
    uint32_t block_words;
    uint32_t servers_count; /* spares included */
    bool wide;              /* fingerprints have 128 bits */
    struct ex_pool servers;
    struct ex_pool messages;
    struct ex_pool ghosts;
    struct ex_outcomes outcomes;
    struct ex_outcomes outcomes_calm; /* without bounds: see calm.h */
};

void ex_space_init(struct ex_space *s, const struct ex_bounds *bounds);
void ex_space_free(struct ex_space *s);

/* The numbers of equal values are equal. hash[] of a new one is filled in. */
uint32_t ex_space_server(struct ex_space *s, struct ex_row *row, const struct raft *core);
uint32_t ex_space_message(struct ex_space *s, const struct ex_message *m);
uint32_t ex_space_ghost(struct ex_space *s, const struct ex_ghost *g);
/* 0: there are too many. */
uint8_t ex_space_config(struct ex_space *s, const struct raft_config *config);

const struct ex_row *ex_space_row(const struct ex_space *s, uint32_t server);
const struct ex_met *ex_space_met(const struct ex_space *s, uint32_t message);
const struct ex_ghost_row *ex_space_history(const struct ex_space *s, uint32_t ghost);

/* All of it but the bounds, for a checkpoint: numbers stay what they are. */
void ex_space_save(const struct ex_space *s, struct checkpoint_out *out);
/* Into one of the same bounds in which nothing was met. What is wrong stays in the checkpoint. */
void ex_space_load(struct ex_space *s, struct checkpoint_in *in);

#endif
