/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers to InstallSnapshot at the leader. */
#include "core/change.h"
#include "core/replicate.h"
#include "core/snapshot.h"
#include "core/transfer.h"

/* Set, never added to what was known before. With its log going on where ours begins, or with an
 * image that our log does not go on from any more, the member is done with this image. */
static void holds(struct turn *t, uint32_t slot, const struct raft_message *m)
{
    struct raft *r = t->r;
    struct progress *p = &r->progress[slot];
    if (m->match > r->trail.last)
        return; /* impossible from a correct member: believe nothing of it */
    bool news = progress_matched(p, raft_window(r, slot), r->limits.window_max, m->match, t->now);
    if (p->state == PROGRESS_SNAPSHOT &&
        (p->match >= r->trail.base.index || p->match >= p->image.pos.index)) {
        turn_reason(t, RAFT_BECAUSE_IMAGE_DONE, m->from, p->match, 0);
        progress_probe(p, p->match + 1);
    }
    if (news) {
        turn_reason(t, RAFT_BECAUSE_MATCHED, m->from, p->match, 0);
        commit_by_counting(t);
    }
    if (r->role == RAFT_LEADER && !p->regressed)
        change_acked(t, slot);
}

static void on_status(struct turn *t, uint32_t slot, const struct raft_message *m)
{
    struct progress *p = &t->r->progress[slot];
    bool ours = p->state == PROGRESS_SNAPSHOT && raft_image_same(&p->image, &m->image);
    switch ((enum raft_chunk_status)m->chunk_status) {
    case RAFT_CHUNK_OK:
        if (ours)
            snapshot_acked(t, p, m->next_offset);
        break;
    case RAFT_CHUNK_BUSY:
        if (ours)
            snapshot_busy(t, p);
        break;
    case RAFT_CHUNK_FAILED:
        if (ours)
            snapshot_failed(t, p);
        break;
    case RAFT_CHUNK_OBSOLETE:
    case RAFT_CHUNK_INSTALLED: holds(t, slot, m); break;
    }
}

void on_snapshot_reply(struct turn *t, const struct raft_message *m)
{
    int found = awaited_from(t, m);
    if (found < 0)
        return;
    uint32_t slot = (uint32_t)found;
    on_status(t, slot, m);
    /* That may have committed the configuration without us. */
    if (t->r->role != RAFT_LEADER)
        return;
    round_acked(t, slot, m->round, m->hold_ns);
    replicate_all(t);
    transfer_advance(t);
}
