/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of nodes by their small numbers: bit i is node i.
 *
 * It is a number, so sets are united, cut, compared and emptied with C's operators, and
 * `for (left = set; left != 0; left &= left - 1)` with nodeset_first goes through one. What moves
 * between a set and a node's number comes from here: a shift of a word, or a builtin for one, would
 * know half of it. (A shift of all 128 bits by a variable number is a call into the compiler's
 * library on some machines; libraft does without.) */
#ifndef BASE_NODESET_H
#define BASE_NODESET_H

#include "base/limits.h"
#include "base/must.h"

#define NODESET_MAX 128 /* nodes are 0 .. NODESET_MAX - 1 */
_Static_assert(LIMIT_MEMBERS <= NODESET_MAX, "a set holds every member");

/* Aligned as a word, so that it leaves no padding between words. */
__extension__ typedef unsigned __int128 nodeset __attribute__((aligned(8)));

#define NODESET_ALL (~(nodeset)0)

/* The set of this node alone; whether it is in a set. i: of any integer type, 0 .. NODESET_MAX - 1.
 */
#define NODE_BIT(i)         nodeset_bit((unsigned)(i))
#define nodeset_has(set, i) nodeset_holds(set, (unsigned)(i))

static inline nodeset nodeset_bit(unsigned i)
{
    ASSERT(i < NODESET_MAX);
    uint64_t bit = (uint64_t)1 << (i & 63);
    return i < 64 ? (nodeset)bit : (nodeset)bit << 64;
}

static inline bool nodeset_holds(nodeset set, unsigned i)
{
    ASSERT(i < NODESET_MAX);
    uint64_t half = i < 64 ? (uint64_t)set : (uint64_t)(set >> 64);
    return (half >> (i & 63) & 1) != 0;
}

/* The n nodes 0 .. n - 1. Precondition: n <= NODESET_MAX. */
static inline nodeset nodeset_below(size_t n)
{
    ASSERT(n <= NODESET_MAX);
    return n == NODESET_MAX ? NODESET_ALL : NODE_BIT(n) - 1;
}

static inline unsigned nodeset_count(nodeset set)
{
    uint64_t low = (uint64_t)set, high = (uint64_t)(set >> 64);
    unsigned count = (unsigned)__builtin_popcountll(low);
    return high == 0 ? count : count + (unsigned)__builtin_popcountll(high);
}

/* The lowest of it; -1 of nobody. */
static inline int nodeset_first(nodeset set)
{
    uint64_t low = (uint64_t)set, high = (uint64_t)(set >> 64);
    if (low != 0)
        return __builtin_ctzll(low);
    return high == 0 ? -1 : 64 + __builtin_ctzll(high);
}

#endif
