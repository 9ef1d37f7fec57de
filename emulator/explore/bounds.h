/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an exploration tries, and how much of each. */
#ifndef EXPLORE_BOUNDS_H
#define EXPLORE_BOUNDS_H

#include "base/must.h"

#define EX_SERVERS 5
#define EX_TERMS   7 /* terms are 1..terms */
/* When faults stop so many more may begin. Of five servers one may be the only one that the others
 * would elect, and be the first to ask by chance: in all of a hundred terms it fails to be once in
 * 10^9 times. */
#define EX_CALM_TERMS 100

/* name, option. Everything that a schedule may have only so many of; a state knows how many are
 * left. */
#define EX_BUDGETS(X)                                                                   \
    X(TIMEOUT, "timeouts")     /* election timers that fire */                          \
    X(BEAT, "beats")           /* other deadlines: heartbeats, questions asked again */ \
    X(HEARD, "heartbeats")     /* heartbeats that arrive */                             \
    X(OLD, "old-messages")     /* messages that arrive when their term is long over */  \
    X(ENTRY, "entries")        /* entries that clients propose */                       \
    X(FAULT, "faults")         /* of the five below together; 0: as many as these */    \
    X(LATE, "late-syncs")      /* writes that the disk keeps waiting */                 \
    X(CRASH, "crashes")        /* crashes */                                            \
    X(DROP, "drops")           /* messages that are lost while later ones arrive */     \
    X(REORDER, "reorders")     /* messages that later ones overtake */                  \
    X(DUPLICATE, "duplicates") /* messages that arrive twice */                         \
    X(RESTART, "restarts")     /* crashed servers that come back */                     \
    X(CHANGE, "changes")       /* changes of members that are asked for */              \
    X(TRANSFER, "transfers")   /* leaders asked to hand over */                         \
    X(IMAGE, "images")         /* snapshots taken, and the log cut under them */        \
    X(READ, "reads")           /* reads that are asked for */

enum ex_budget {
#define X(name, option) EX_##name,
    EX_BUDGETS(X)
#undef X
        EX_BUDGETS_COUNT
};
#define EX_FREE EX_BUDGETS_COUNT /* of no budget */

/* Which changes of members may be asked for. Each is offered for every server it fits, so that none
 * of those that are alike is preferred. */
#define EX_CHANGE_ADD     1u  /* a spare server becomes a learner */
#define EX_CHANGE_PROMOTE 2u  /* a learner becomes a voter */
#define EX_CHANGE_REMOVE  4u  /* another one than the leader goes */
#define EX_CHANGE_SELF    8u  /* the leader goes */
#define EX_CHANGE_DEMOTE  16u /* a voter becomes a learner */
#define EX_CHANGE_SWAP    32u /* joint: a learner becomes a voter while a voter goes */

struct ex_bounds {
    uint32_t servers; /* voters at the beginning: 1..EX_SERVERS */
    uint32_t
        spares; /* servers beside them that know of no cluster; servers + spares <= EX_SERVERS */
    uint32_t learners; /* of the spares, so many are learners at the beginning */
    uint32_t terms;    /* nobody campaigns beyond: 1..EX_TERMS */
    uint8_t budget[EX_BUDGETS_COUNT];
    uint32_t changes; /* EX_CHANGE_*; what the budget may be spent on */
    bool pre_vote;
    bool check_quorum;
    bool lease; /* reads by lease, and all clocks are one: see README.md */

    /* Reductions. */
    bool symmetry; /* servers that are alike may change places */
    bool stale;    /* messages that say nothing any more are taken away */
};

#endif
