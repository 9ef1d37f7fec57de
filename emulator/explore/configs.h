/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations by number: entries, images and disks name them in one byte. */
#ifndef EXPLORE_CONFIGS_H
#define EXPLORE_CONFIGS_H

#include "emulator/explore/renaming.h"
#include "raft/raft.h"

#define EX_CONFIGS      256
#define EX_CONFIG_FIRST 1 /* that of the founders: the first one that is met */

/* Number 0 is no configuration. Numbers are never taken back, so what stands at one stays. */
struct ex_configs {
    uint32_t count;
    struct raft_config at[EX_CONFIGS];
    uint64_t hash[EX_CONFIGS][EX_RENAMINGS]; /* the order of members does not count */
};

void ex_configs_init(struct ex_configs *c);
/* Its number, new or known; 0: there are too many. */
uint8_t ex_configs_add(struct ex_configs *c, const struct ex_renamings *renamings,
                       const struct raft_config *config);

/* NULL: id is none of its members. */
const struct raft_member *ex_config_member(const struct raft_config *c, uint64_t id);
/* id is a voter of one of its halves at least. */
bool ex_config_votes(const struct raft_config *c, uint64_t id);
/* A majority of every half of it is in set: bit i is server i + 1. A half without voters has one.
 */
bool ex_config_quorum(const struct raft_config *c, uint32_t set);

#endif
