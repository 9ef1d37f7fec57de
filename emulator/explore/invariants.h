/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of the cluster: looked at where something happened that could break it. */
#ifndef EXPLORE_INVARIANTS_H
#define EXPLORE_INVARIANTS_H

#include "emulator/explore/cluster.h"

/* A server took an event. */
struct ex_change {
    const struct ex_space *space;
    const struct ex_row *rows[EX_SERVERS]; /* of all, after it */
    const struct ex_row *before;           /* of that one */
    uint32_t at;                           /* which one: rows[at] */
    struct ex_event event;
    uint16_t flags; /* EX_LED … */
    uint8_t read_index;
};

/* NULL, or the promise that is broken. ghost becomes what is true afterwards. */
const char *ex_invariants(const struct ex_change *c, struct ex_ghost *ghost);

/* Events whose flags are none of these change nothing that is looked at. */
#define EX_LOOKED_AT (EX_LED | EX_COMMITTED | EX_LOGGED | EX_READ_DONE | EX_READ_LOST)

#endif
