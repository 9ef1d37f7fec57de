/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A full disk: said once, tried again once a second; a leader lets another lead. */
#include "base/units.h"
#include "node/node_private.h"

#include <stdio.h>

/* Each attempt creates, fills and removes a file: rarely. */
#define RETRY_NS     NS_PER_S
#define HAND_OVER_NS (60 * NS_PER_S)

/* Clients are told with each refused write; whoever reads the log, when it begins and ends. */
static void note_change(struct node *n, int status)
{
    char text[ERR_TEXT_MAX];
    bool changed = (status == 0) != (n->reserve_status == 0);
    n->reserve_status = status;
    if (!changed)
        return;
    n->reserve_retry_ns = n->now_ns + RETRY_NS;
    if (status == 0)
        (void)snprintf(text, sizeof(text), "disk: there is space for the log again");
    else
        (void)snprintf(text, sizeof(text),
                       "disk: no new writes until there is space for the log: %s",
                       wal_reserve_text(n->wal));
    journal_say(n, ENV_ABOUT_DISK, status == 0 ? ENV_INFO : ENV_WARNING, text);
}

/* Another may have space. Rarely, or leadership would wander for ever where all disks are full. */
static void hand_over(struct node *n)
{
    if (n->role != RAFT_LEADER || n->transfers_count > 0 || n->now_ns < n->hand_over_ns)
        return;
    node_step(n, &(struct raft_event){.type = RAFT_TRANSFER, .now_ns = n->now_ns});
    if (n->dead || n->out->transfer != RAFT_TRANSFER_NO_NEWS)
        return; /* not now, or to nobody: seen again with the next attempt */
    n->hand_over_ns = n->now_ns + HAND_OVER_NS;
    journal_say(n, ENV_ABOUT_DISK, ENV_WARNING,
                "disk: leadership is handed over for lack of space");
}

void space_advance(struct node *n)
{
    note_change(n, wal_reserve_status(n->wal));
    if (n->reserve_status == 0 || n->now_ns < n->reserve_retry_ns)
        return;
    n->reserve_retry_ns = n->now_ns + RETRY_NS;
    (void)wal_reserve(n->wal);
    hand_over(n);
}

uint64_t space_wake(const struct node *n)
{
    return n->reserve_status == 0 ? RAFT_NEVER : n->reserve_retry_ns;
}
