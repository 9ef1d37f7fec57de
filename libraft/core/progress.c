/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/progress.h"

void progress_reset(struct progress *p, uint64_t last, uint64_t now_ns)
{
    raft_id id = p->id;
    *p = (struct progress){.id = id,
                           .next = last + 1,
                           .contact_ns = now_ns,
                           .catch_target = last,
                           .catch_began_ns = now_ns,
                           .moved_ns = now_ns};
}

void progress_probe(struct progress *p, uint64_t next)
{
    ASSERT(next > p->match);
    p->next = next;
    p->state = PROGRESS_PROBE;
    p->window_head = 0;
    p->window_count = 0;
    p->paused = false;
    p->image = (struct raft_image){0};
    p->chunk_acked = p->chunk_next = 0;
    p->chunk_retries = 0;
    p->chunk_answered = false;
}

void progress_image(struct progress *p, const struct raft_image *image, uint64_t retry_ns)
{
    progress_probe(p, p->next);
    p->state = PROGRESS_SNAPSHOT;
    p->image = *image;
    p->chunk_retry_ns = retry_ns;
}

/* Frees the appends in flight that match covers. */
static void free_window(struct progress *p, const uint64_t *window, uint32_t window_max,
                        uint64_t now_ns)
{
    bool freed = false;
    while (p->window_count > 0 && window[p->window_head] <= p->match) {
        p->window_head = (p->window_head + 1) % window_max;
        p->window_count--;
        freed = true;
    }
    if (freed)
        p->oldest_sent_ns = now_ns;
}

bool progress_matched(struct progress *p, uint64_t *window, uint32_t window_max, uint64_t match,
                      uint64_t now_ns)
{
    bool news = match > p->match;
    if (news) {
        p->match = match;
        p->moved_ns = now_ns;
    }
    if (p->next <= p->match)
        p->next = p->match + 1;
    if (p->state == PROGRESS_PROBE) {
        progress_probe(p, p->match + 1);
        p->state = PROGRESS_REPLICATE;
    }
    if (p->state == PROGRESS_REPLICATE)
        p->paused = false;
    free_window(p, window, window_max, now_ns);
    return news;
}

void progress_sent(struct progress *p, uint64_t *window, uint32_t window_max, uint64_t last,
                   uint64_t now_ns)
{
    ASSERT(p->state == PROGRESS_REPLICATE && !progress_window_full(p, window_max));
    ASSERT(last >= p->next);
    if (p->window_count == 0)
        p->oldest_sent_ns = now_ns;
    window[(p->window_head + p->window_count) % window_max] = last;
    p->window_count++;
    p->next = last + 1;
}

void progress_unsent(struct progress *p, const uint64_t *window, uint32_t window_max,
                     uint64_t first, uint64_t resume_ns)
{
    p->paused = true;
    p->resend_ns = resume_ns;
    if (p->state != PROGRESS_REPLICATE || first >= p->next)
        return;
    p->next = first > p->match ? first : p->match + 1;
    while (p->window_count > 0 &&
           window[(p->window_head + p->window_count - 1) % window_max] >= p->next)
        p->window_count--;
}

const char *progress_state_name(enum progress_state state)
{
    switch (state) {
    case PROGRESS_PROBE: return "probe";
    case PROGRESS_REPLICATE: return "replicate";
    case PROGRESS_SNAPSHOT: return "snapshot";
    }
    UNREACHABLE();
}

bool progress_window_full(const struct progress *p, uint32_t window_max)
{
    return p->window_count >= window_max;
}

bool progress_heard(const struct progress *p, uint64_t now_ns, uint64_t span_ns)
{
    return p->acked_round != 0 && now_ns - p->contact_ns <= span_ns;
}
