/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partitions as sets of directed cuts: pure, the same for both worlds. */
#ifndef SCENARIO_PARTITION_H
#define SCENARIO_PARTITION_H

#include "emulator/scenario/select.h"
#include "emulator/scenario/vocab.h"

/* Invariants: cut[from] has bit `to` if packets from `from` to `to` are dropped; never a node's
 * own bit. groups are disjoint sides for the selectors minority and majority; none for shapes that
 * have no sides (bridge, ring, chain, star, random). */
struct partition {
    nodeset cut[LIMIT_MEMBERS];
    nodeset groups[LIMIT_MEMBERS];
    size_t groups_count;
};

/* Whole groups cut from each other. Nodes in no group keep all their links. directed: only packets
 * from a group to one named later are dropped. Precondition: groups_count <= LIMIT_MEMBERS.
 * Errors: -E_INVALID for fewer than two groups, an empty group, a node in two groups. */
int partition_groups(const nodeset *groups, size_t groups_count, bool directed,
                     struct partition *ret, struct err *e) MUST_CHECK;

/* A shape over the nodes of `among` (usually the voters). centre: the node of bridge, star and
 * oneVsRest, or -1 to draw one. leader: for minorityWithLeader, or -1. directed: only one
 * direction of every cut is dropped, from the side named first in the shape's sentence, or from
 * the earlier to the later in the drawn order.
 * Errors: -E_NOTFOUND if the shape cuts nothing with so few nodes (ring: below 4; halves, oneVsRest
 * and random: below 2; all others: below 3), or minorityWithLeader finds no leader (or the leader
 * is not among them); -E_INVALID if the centre is not among them. */
int partition_shape(enum shape_id shape, nodeset among, int centre, int leader, bool directed,
                    struct prng *rnd, struct partition *ret, struct err *e) MUST_CHECK;

/* Cuts between every node of `who` and every other node of `among`: the two directions as seen
 * from `who`. Sides: who | the others. Nodes of `who` keep their links to each other. */
void partition_isolate(nodeset who, nodeset among, bool out, bool in, struct partition *ret);

bool partition_is_cut(const struct partition *p, unsigned from, unsigned to);
size_t partition_cuts_count(const struct partition *p); /* directed pairs */

#endif
