/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The renamings of servers that are alike: the permutations of the first few ids. */
#ifndef EXPLORE_RENAMING_H
#define EXPLORE_RENAMING_H

#include "emulator/explore/bounds.h"
#include "raft/fingerprint.h"

#define EX_RENAMINGS 24 /* of four servers; of more, four change places */

struct ex_renamings {
    uint32_t count;
    uint8_t of[EX_RENAMINGS][EX_SERVERS + 1]; /* of[p][id]; 0 is nobody and stays so */
    struct raft_renaming as[EX_RENAMINGS];    /* the same, for the core */
};

/* All permutations of ids 1..alike; the first one renames nobody. */
void ex_renamings_init(struct ex_renamings *r, uint32_t alike);

#endif
