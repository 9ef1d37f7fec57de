/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of `recovers` about a core: a quorum that was mended while everybody else stayed broken.
 * It has to commit something new within a bound, and all of it has to learn of that. */
#ifndef EMULATOR_CHECK_RECOVERS_CORE_H
#define EMULATOR_CHECK_RECOVERS_CORE_H

#include "emulator/check/checker.h"

/* The events it is fed. */
#define RECOVERS_CORE_EVENTS                                                                      \
    (CHECKER_ON(fault) | CHECKER_ON(becameLeader) | CHECKER_ON(campaign) | CHECKER_ON(appended) | \
     CHECKER_ON(committed) | CHECKER_ON(snapshotChunk) | CHECKER_ON(snapshotInstalled) |          \
     CHECKER_ON(clientReturn))

/* All-zero: no core has been mended. Sets are of the numbers of names. */
struct recovers_core {
    nodeset nodes;
    uint64_t from_ns;
    uint64_t base;            /* what was committed then, by anybody */
    uint64_t terms;           /* the highest term then */
    uint64_t first_ns;        /* when something new was committed in the core; 0: not yet */
    uint64_t first;           /* its index */
    nodeset installing;       /* of the core: in the middle of a snapshot */
    uint64_t refused_ns;      /* when a leader refused a client last; 0: never */
    struct event_ref elected; /* the newest leader in the core */
    uint64_t elections, campaigns;
    bool open;   /* mended, and the others are still broken */
    bool missed; /* the bound has passed without anything new */
    bool idle;   /* … but a leader waited to be asked for something */
    bool ended;
    nodeset behind; /* at the end: who does not know of first */
    uint64_t to_ns;
};

void recovers_core_feed(struct recovers_core *c, const struct check_input *in,
                        const struct trace_record *rec);
/* Adds to what the cluster as a whole has brought. A violation in res is left as it is. */
void recovers_core_finish(struct recovers_core *c, const struct check_input *in,
                          struct check_result *res);

#endif
