/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Majority arithmetic over sets of members, joint consensus included: pure, knows nothing of Raft.
 *
 * A set has a bit for each member (its slot). While a configuration is joint it has two halves, and
 * "quorum" means a majority of each (T 4.3); old is empty otherwise. */
#ifndef CORE_QUORUM_H
#define CORE_QUORUM_H

#include "base/nodeset.h"

typedef nodeset quorum_set; /* by slots */

struct quorum {
    quorum_set now; /* the voters; of a joint configuration the incoming half */
    quorum_set old; /* the outgoing half; empty: not joint */
};

enum quorum_result { QUORUM_PENDING, QUORUM_WON, QUORUM_LOST };

/* Smallest majority of n members: floor(n/2) + 1. */
uint32_t quorum_majority(uint32_t n);

/* Won: a majority of every half granted. Lost: no answers still missing can change that. An empty
 * configuration never wins. granted and denied do not overlap. */
enum quorum_result quorum_vote(struct quorum q, quorum_set granted, quorum_set denied);

/* The largest value that a majority of every half has reached: values[slot] belongs to the member
 * of that bit. An empty half reaches everything, an empty configuration nothing (0). */
uint64_t quorum_value(struct quorum q, const uint64_t *values);

/* Both halves together. */
quorum_set quorum_members(struct quorum q);

#endif
