/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/quorum.h"

uint32_t quorum_majority(uint32_t n)
{
    return n / 2 + 1;
}

quorum_set quorum_members(struct quorum q)
{
    return q.now | q.old;
}

/* One half: an empty one has nothing to say. */
static enum quorum_result vote_half(quorum_set voters, quorum_set granted, quorum_set denied)
{
    if (voters == 0)
        return QUORUM_WON;
    uint32_t need = quorum_majority(nodeset_count(voters));
    if (nodeset_count(voters & granted) >= need)
        return QUORUM_WON;
    if (nodeset_count(voters & ~denied) < need)
        return QUORUM_LOST;
    return QUORUM_PENDING;
}

enum quorum_result quorum_vote(struct quorum q, quorum_set granted, quorum_set denied)
{
    ASSERT((granted & denied) == 0);
    if (quorum_members(q) == 0)
        return QUORUM_LOST;
    enum quorum_result now = vote_half(q.now, granted, denied);
    enum quorum_result old = vote_half(q.old, granted, denied);
    if (now == QUORUM_LOST || old == QUORUM_LOST)
        return QUORUM_LOST;
    return now == QUORUM_WON && old == QUORUM_WON ? QUORUM_WON : QUORUM_PENDING;
}

/* Ascending values of the voters, element n - majority(n): a majority is at or above it. */
static uint64_t value_half(quorum_set voters, const uint64_t *values)
{
    uint64_t sorted[LIMIT_MEMBERS];
    uint32_t n = 0;
    if (voters == 0)
        return UINT64_MAX;
    for (quorum_set left = voters; left != 0; left &= left - 1) {
        uint64_t value = values[nodeset_first(left)];
        uint32_t at = n++;
        for (; at > 0 && sorted[at - 1] > value; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = value;
    }
    ASSERT(n == nodeset_count(voters));
    return sorted[n - quorum_majority(n)];
}

uint64_t quorum_value(struct quorum q, const uint64_t *values)
{
    if (quorum_members(q) == 0)
        return 0;
    uint64_t now = value_half(q.now, values);
    uint64_t old = value_half(q.old, values);
    return now < old ? now : old;
}
