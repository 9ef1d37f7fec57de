/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/restore.h"

uint64_t raft_restoring(const struct raft *r)
{
    return r->restoring;
}

void restore_met(struct raft *r, uint64_t commit)
{
    if (r->restoring == 0 || r->restoring_met)
        return;
    r->restoring_met = true;
    if (commit > r->restoring)
        r->restoring = commit;
}

void restore_settle(struct turn *t)
{
    struct raft *r = t->r;
    uint64_t agreed = r->commit > r->accepted ? r->commit : r->accepted;
    if (r->restoring == 0 || !r->restoring_met || agreed < r->restoring ||
        r->durable < r->restoring)
        return;
    turn_reason(t, RAFT_BECAUSE_RESTORED, 0, r->restoring, 0);
    r->restoring = 0;
}
