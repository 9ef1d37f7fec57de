/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/compact.h"

bool raft_image_same(const struct raft_image *a, const struct raft_image *b)
{
    return raft_pos_compare(a->pos, b->pos) == 0 && a->bytes == b->bytes && a->digest == b->digest;
}

void on_image(struct turn *t, const struct raft_image *image)
{
    struct raft *r = t->r;
    uint64_t index = image->pos.index;
    ASSERT(image->bytes > 0);
    if (index <= r->image.pos.index)
        return;
    ASSERT(index <= r->commit && index <= r->durable);
    ASSERT(trail_term(&r->trail, raft_runs(r), index) == image->pos.term);
    r->image = *image;
    turn_reason(t, RAFT_BECAUSE_IMAGE_TAKEN, 0, index, 0);
}

/* "Once the state machine has durably written a snapshot … Raft discards the log's prefix"; index
 * and term of the last discarded entry stay, for the next append's consistency check. T 5.1. */
void on_compact(struct turn *t, uint64_t index)
{
    struct raft *r = t->r;
    ASSERT(index <= r->image.pos.index);
    if (index <= r->trail.base.index)
        return;
    trail_compact(&r->trail, raft_runs(r), index);
    turn_reason(t, RAFT_BECAUSE_COMPACTED, 0, index, r->image.pos.index);
}

struct raft_pos raft_base(const struct raft *r)
{
    return r->trail.base;
}

struct raft_image raft_image(const struct raft *r)
{
    return r->image;
}

uint64_t raft_image_needed(const struct raft *r)
{
    uint64_t oldest = r->image.pos.index;
    for (uint32_t i = 0; i < r->slots_end && r->role == RAFT_LEADER; i++) {
        const struct progress *p = &r->progress[i];
        if (p->state == PROGRESS_SNAPSHOT && p->image.pos.index < oldest)
            oldest = p->image.pos.index;
    }
    return oldest;
}

uint64_t raft_compact_limit(const struct raft *r, uint64_t now_ns)
{
    uint64_t limit = r->image.pos.index;
    for (uint32_t i = 0; i < r->slots_end && r->role == RAFT_LEADER; i++) {
        const struct progress *p = &r->progress[i];
        if (p->id == 0 || p->id == r->self)
            continue;
        uint64_t needs = limit;
        if (p->state == PROGRESS_SNAPSHOT)
            needs = p->image.pos.index;
        else if (progress_heard(p, now_ns, r->timing.election_ns_min))
            needs = p->match;
        limit = needs < limit ? needs : limit;
    }
    return limit > r->trail.base.index ? limit : r->trail.base.index;
}
