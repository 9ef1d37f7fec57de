/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A full disk: said once, tried again once a second. The core, told at once, lets another
 * lead. */
#include "base/units.h"
#include "node/node_private.h"

#include <stdio.h>

/* Each attempt creates, fills and removes a file: rarely. */
#define RETRY_NS NS_PER_S

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
    node_timeout(n);
}

void space_advance(struct node *n)
{
    note_change(n, wal_reserve_status(n->wal));
    if (n->reserve_status == 0 || n->now_ns < n->reserve_retry_ns)
        return;
    n->reserve_retry_ns = n->now_ns + RETRY_NS;
    (void)wal_reserve(n->wal);
}

uint64_t space_wake(const struct node *n)
{
    return n->reserve_status == 0 ? RAFT_NEVER : n->reserve_retry_ns;
}
