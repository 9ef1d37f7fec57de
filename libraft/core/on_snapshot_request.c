/* SPDX-License-Identifier: GPL-3.0-or-later */
/* InstallSnapshot at the follower: which image is wanted; its bytes are the host's. T 5.1, P 7. */
#include "core/install.h"
#include "core/role.h"

/* A leader goes on to a newer image at times, never back: an older one is a late message. Another
 * leader may have none but an older one. */
static bool is_old(const struct raft *r, const struct raft_message *m)
{
    return r->receiving_term == r->term && m->image.pos.index < r->receiving.pos.index;
}

void on_snapshot_request(struct turn *t, const struct raft_message *m)
{
    struct raft *r = t->r;
    uint64_t index = m->image.pos.index;
    if (!leader_heard(t, m))
        return;
    if (index >= r->trail.base.index && index <= certain_index(r) &&
        trail_term(&r->trail, raft_runs(r), index) != m->image.pos.term) {
        t->out->fatal = RAFT_FATAL_OVERWRITE;
        return;
    }
    if (m->round > r->chunk_round)
        r->chunk_round = m->round;
    if (index <= r->commit) {
        turn_reason(t, RAFT_BECAUSE_IMAGE_OBSOLETE, m->from, index, 0);
        install_owe(t, &m->image, RAFT_CHUNK_OBSOLETE);
        return;
    }
    if (is_old(r, m)) {
        turn_reason(t, RAFT_BECAUSE_CHUNK_OLD, m->from, index, r->receiving.pos.index);
        return;
    }
    turn_reason(t, RAFT_BECAUSE_CHUNK_RECEIVED, m->from, index, m->offset);
    r->receiving = m->image;
    r->receiving_term = r->term;
    t->out->chunk = true;
}
