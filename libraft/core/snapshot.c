/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/snapshot.h"

#include "core/members.h"

static uint64_t longest_ns(const struct raft *r)
{
    return r->timing.election_ns_max;
}

/* A heartbeat interval, then twice as long each time, at most the longest election timeout. */
static uint64_t backoff_ns(const struct raft *r, uint32_t times)
{
    uint64_t wait = r->timing.heartbeat_ns;
    while (times-- > 0 && wait < longest_ns(r))
        wait *= 2;
    return wait < longest_ns(r) ? wait : longest_ns(r);
}

void snapshot_begin(struct turn *t, uint32_t slot)
{
    struct raft *r = t->r;
    struct progress *p = &r->progress[slot];
    ASSERT(r->image.pos.index >= r->trail.base.index && r->image.bytes > 0);
    if (p->paused && t->now < p->resend_ns)
        return;
    p->paused = false;
    if (!progress_heard(p, t->now, r->timing.election_ns_min))
        return;
    turn_reason(t, RAFT_BECAUSE_IMAGE_BEGUN, p->id, p->next, r->image.pos.index);
    progress_image(p, &r->image, t->now + longest_ns(r));
}

static void send_chunk(struct turn *t, struct progress *p)
{
    uint64_t left = p->image.bytes - p->chunk_next;
    uint32_t most = t->r->limits.chunk_bytes;
    struct raft_message m = {.type = RAFT_INSTALL_SNAPSHOT,
                             .to = p->id,
                             .image = p->image,
                             .offset = p->chunk_next,
                             .size = left < most ? (uint32_t)left : most,
                             .round = t->r->round};
    p->chunk_next += m.size;
    turn_send(t, &m);
}

/* What was under way may be lost. One piece at a time until the member answers. */
static void rewind_chunks(struct progress *p)
{
    p->chunk_next = p->chunk_acked;
    p->chunk_answered = false;
}

static void pause(struct turn *t, struct progress *p, uint64_t until_ns)
{
    p->paused = true;
    p->resend_ns = until_ns;
    p->chunk_retry_ns = until_ns + longest_ns(t->r);
}

/* Silent for the longest election timeout, then asked again at growing intervals. With everything
 * sent, an empty chunk asks: it may just take long to install. */
static void retry(struct turn *t, struct progress *p)
{
    rewind_chunks(p);
    p->chunk_retry_ns = t->now + backoff_ns(t->r, p->chunk_retries++);
    turn_reason(t, RAFT_BECAUSE_IMAGE_RETRY, p->id, p->chunk_acked, 0);
    if (p->chunk_acked == p->image.bytes)
        send_chunk(t, p);
}

static void replace(struct turn *t, struct progress *p, enum raft_reason_code why)
{
    struct raft *r = t->r;
    turn_reason(t, why, p->id, p->image.pos.index, r->image.pos.index);
    progress_image(p, &r->image, t->now + longest_ns(r));
}

void snapshot_send(struct turn *t, uint32_t slot)
{
    struct raft *r = t->r;
    struct progress *p = &r->progress[slot];
    ASSERT(p->state == PROGRESS_SNAPSHOT);
    /* Otherwise a newer image waits for its turn: one that is replaced again and again never
     * arrives. */
    if (p->image.pos.index < r->trail.base.index)
        replace(t, p, RAFT_BECAUSE_IMAGE_REPLACED);
    if (p->paused && t->now < p->resend_ns)
        return;
    p->paused = false;
    if (t->now >= p->chunk_retry_ns)
        retry(t, p);
    uint64_t open_max = p->chunk_answered ? LIMIT_CHUNKS_OPEN : 1;
    while (p->chunk_next < p->image.bytes && turn_has_room(t) &&
           p->chunk_next - p->chunk_acked + r->limits.chunk_bytes <=
               open_max * r->limits.chunk_bytes)
        send_chunk(t, p);
}

uint64_t snapshot_wake(const struct progress *p)
{
    return p->paused ? p->resend_ns : p->chunk_retry_ns;
}

void snapshot_interrupted(struct turn *t, uint32_t slot)
{
    struct progress *p = &t->r->progress[slot];
    rewind_chunks(p);
    pause(t, p, t->now + t->r->timing.heartbeat_ns);
}

void on_chunk_unsent(struct turn *t, const struct raft_event *e)
{
    struct raft *r = t->r;
    int slot = member_slot(r, e->chunk_unsent.peer);
    if (r->role != RAFT_LEADER || slot < 0)
        return;
    struct progress *p = &r->progress[slot];
    if (p->state != PROGRESS_SNAPSHOT || !raft_image_same(&p->image, &e->chunk_unsent.image))
        return;
    turn_reason(t, RAFT_BECAUSE_IMAGE_UNSENT, p->id, e->chunk_unsent.offset, p->image.pos.index);
    if (e->chunk_unsent.gone && !raft_image_same(&p->image, &r->image))
        replace(t, p, RAFT_BECAUSE_IMAGE_GONE);
    uint64_t next = e->chunk_unsent.offset;
    next = next < p->chunk_acked ? p->chunk_acked : next;
    p->chunk_next = next < p->chunk_next ? next : p->chunk_next;
    uint64_t again = e->chunk_unsent.retry_ns;
    pause(t, p, again > t->now ? again : t->now + r->timing.heartbeat_ns);
}

void snapshot_acked(struct turn *t, struct progress *p, uint64_t next_offset)
{
    if (next_offset > p->image.bytes)
        return; /* impossible from a correct member: believe nothing of it */
    bool news = next_offset > p->chunk_acked;
    /* The answer to the only piece under way: the member had more of the image, or less, than was
     * known. Less at any other time: it lost what its disk did not hold yet. */
    if (!p->chunk_answered || next_offset < p->chunk_acked)
        p->chunk_next = next_offset;
    if (p->chunk_next < next_offset)
        p->chunk_next = next_offset;
    p->chunk_acked = next_offset;
    p->chunk_answered = true;
    if (news) {
        p->moved_ns = t->now;
        p->chunk_retries = 0;
        p->chunk_retry_ns = t->now + longest_ns(t->r);
    }
}

void snapshot_busy(struct turn *t, struct progress *p)
{
    turn_reason(t, RAFT_BECAUSE_IMAGE_WAITS, p->id, p->image.pos.index, 0);
    rewind_chunks(p);
    pause(t, p, t->now + backoff_ns(t->r, p->chunk_retries++));
}

void snapshot_failed(struct turn *t, struct progress *p)
{
    turn_reason(t, RAFT_BECAUSE_IMAGE_FAILED, p->id, p->image.pos.index, 0);
    progress_probe(p, p->match + 1);
    p->paused = true;
    p->resend_ns = t->now + longest_ns(t->r);
}
