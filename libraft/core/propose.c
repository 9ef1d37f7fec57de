/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Client proposals at the leader. */
#include "core/replicate.h"
#include "core/transfer.h"

void on_propose(struct turn *t, uint32_t count, enum entry_kind kind)
{
    struct raft *r = t->r;
    ASSERT(count > 0);
    if (r->role != RAFT_LEADER) {
        t->out->proposal = RAFT_NOT_LEADER;
        return;
    }
    if (transfer_frozen(r)) {
        t->out->proposal = RAFT_TRANSFERRING;
        return;
    }
    /* What the cluster itself needs is never refused, or it could not get out of the jam. */
    if (kind == ENTRY_DATA && r->trail.last - r->commit + count > r->limits.uncommitted_max) {
        t->out->proposal = RAFT_TOO_MANY_UNCOMMITTED;
        return;
    }
    turn_append(t, count, kind);
    replicate_all(t); /* in parallel with the own sync: T 10.2.1 */
}
