/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forgetting the older operations of a key that is never at rest, so that there is no cut.
 *
 * What is to come is called at since_ns or later, and so was what is not answered yet. Something
 * that was shown before since_ns then comes before all of that, and so does everything that has to
 * come before it. The key must have been found legal so far by a road made for its operations.
 *  - registers with unique writes: let some operation of value v (with cas: of a block of values,
 *    chain.c) have returned before since_ns. The values that must come before v, or before one
 *    of those, and so on, can never be read again: v would have to come both after and before them.
 *    Between them and what stays there is no contradiction now, since what must come before them is
 *    one of them, and none can arise, since times that are not known yet lie behind theirs. So they
 *    can go (register.c has the rule). Of v itself its write, its first return and its last
 *    call are enough. An unknown cas that nobody was shown goes with the block it would be in,
 *    once it is known to be over.
 *  - counters: what answered at most k, if k was shown before since_ns. Whoever answers less from
 *    now on is wrong, and is found to be, since the rest begins with k. Those that do not tell
 *    their number, but returned before k was asked for, have one up to k. As many unknown
 *    increments go as are needed to reach k: the first called, which can be spared best.
 *  - lists: the same with the longest list that was read before since_ns.
 * Nothing else is forgotten this way. */
#ifndef EMULATOR_CHECK_LIN_PRUNE_H
#define EMULATOR_CHECK_LIN_PRUNE_H

#include "emulator/check/lin/lin.h"

/* What stays: positions in the order of calls, and who told what the key held before (+ 1; 0:
 * nobody, as if nothing had been before). */
struct lin_pruned {
    uint32_t *pos; /* room for all operations of the key; the caller's */
    size_t count;
    uint32_t told;
};

/* False if nothing can be forgotten. The last that s was used for by lin_typed was this key. */
bool lin_prune(const struct lin_key *key, uint64_t since_ns, struct lin_scratch *s,
               struct lin_pruned *ret);

/* The parts for registers: without cas, and with it. */
bool lin_prune_zones(const struct lin_key *key, uint64_t since_ns, const struct lin_scratch *s,
                     struct lin_pruned *ret);
bool lin_prune_register(const struct lin_key *key, uint64_t since_ns, struct lin_scratch *s,
                        struct lin_pruned *ret);

/* The first cluster is of what was there before all others. */
#define LIN_PRUNE_INITIAL 0u
struct lin_cluster;
/* The cluster that was shown in time and is asked for latest; LIN_PRUNE_INITIAL if there is none.
 */
uint32_t lin_prune_newest(const struct lin_cluster *clusters, size_t count, uint64_t since_ns);
/* Clusters with a return before this must come before v. */
uint64_t lin_prune_reach(const struct lin_cluster *clusters, size_t count, uint32_t v);

#endif
