/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of a cluster when faults stop: it has to elect a leader and commit. */
#ifndef EXPLORE_CALM_H
#define EXPLORE_CALM_H

#include "emulator/explore/cluster.h"
#include "emulator/explore/memo.h"

/* Deadlines that may pass until something new is committed. The longest way of five servers in need
 * of snapshots takes a tenth of that; who has not come there will hardly ever. */
#define EX_CALM_DEADLINES 1000

struct ex_calm {
    struct ex_space *space;
    struct ex_memo memo; /* of a world without bounds */
    uint32_t server[EX_SERVERS];
    uint32_t *queue; /* owned; messages on their way, oldest first */
    uint32_t count;
    uint32_t room;
    uint32_t turn; /* of whom a deadline was last */
    char text[200];
    bool stopped;          /* a limit is reached */
    enum ex_limit limit;   /* stopped: which */
    uint64_t unclear;      /* states that there was no room for to find out */
    struct ex_ended ended; /* by which limit, each time */
};

void ex_calm_init(struct ex_calm *c, struct ex_space *space);
void ex_calm_free(struct ex_calm *c);

/* From now on nothing is lost and no disk is slow; clocks run alike, and every message arrives
 * before the next deadline passes. Twice: whoever is down starts, and what is on its way arrives;
 * then, if those that are up are a quorum, and would elect one of them, the others stay down, and
 * what is on its way is lost. NULL: something new was committed, or that is unclear, which is
 * counted. Else what is wrong; valid until the next call. */
const char *ex_calm_run(struct ex_calm *c, const struct ex_cluster *from);

#endif
