/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time without traffic: keys and sessions end by the log's clock, which only entries move, so an
 * idle leader appends one when the state machine waits for it. */
#include "base/units.h"
#include "node/node_private.h"

/* Leadership is being handed over, or the disk is full: soon again, but not at every turn. */
#define RETRY_NS (100 * NS_PER_MS)

/* The stamp above which an entry is due; RAFT_NEVER: none is. */
static uint64_t due(const struct node *n)
{
    if (n->raft == NULL || n->role != RAFT_LEADER || !raft_term_committed(n->raft))
        return RAFT_NEVER;
    uint64_t at = machine_tick_at(n->machine);
    return n->stamp_appended > at ? RAFT_NEVER : at; /* that entry is on its way */
}

void tick_advance(struct node *n)
{
    if (n->dead || n->now_ns < n->tick_retry_ns || node_stamp(n) <= due(n))
        return;
    n->tick_retry_ns = n->now_ns + RETRY_NS;
    if (wal_reserve_status(n->wal) != 0)
        return;
    node_step(n, &(struct raft_event){.type = RAFT_PROPOSE,
                                      .now_ns = n->now_ns,
                                      .propose = {.count = 1, .kind = ENTRY_TICK}});
    if (n->out->proposal != RAFT_PROPOSED)
        return;
    n->tick_retry_ns = 0;
    n->metrics.ticks++;
}

uint64_t tick_wake(const struct node *n)
{
    uint64_t at = due(n), stamp = node_stamp(n);
    if (at == RAFT_NEVER)
        return RAFT_NEVER;
    uint64_t wake = at < stamp ? n->now_ns : n->now_ns + (at - stamp) + 1;
    return wake < n->tick_retry_ns ? n->tick_retry_ns : wake;
}
