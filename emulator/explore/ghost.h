/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What nobody in the cluster knows and every promise is about: who led which term, what is
 * committed, and what a read that was asked for has to see. */
#ifndef EXPLORE_GHOST_H
#define EXPLORE_GHOST_H

#include "emulator/explore/log.h"
#include "emulator/explore/renaming.h"

/* Plain bytes without padding. */
struct ex_ghost {
    uint8_t leader[EX_TERMS + 1];  /* of each term; 0: nobody yet */
    uint8_t committed;             /* entries, from index 1 on */
    struct ex_entry entry[EX_LOG]; /* entry[i]: index i + 1 */
    uint8_t in_term[EX_LOG];       /* the leader that committed it led then */
    uint8_t read_at[EX_SERVERS];   /* the read asked for there: it must see so much; + 1 */
};

struct ex_ghost_row {
    struct ex_ghost ghost;
    uint64_t hash[EX_RENAMINGS];
};

struct ex_configs;
uint64_t ex_ghost_hash(const struct ex_ghost *g, const struct ex_configs *configs,
                       const struct ex_renamings *renamings, uint32_t renaming);

#endif
