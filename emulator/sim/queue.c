/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/sim/queue.h"

#include "base/mem.h"

const char *sim_event_text(enum sim_event_kind kind)
{
    static const char *const texts[] = {
        [SIM_PACKET] = "gets ",
        [SIM_READ] = "reads what came while it stood still: ",
        [SIM_RESEND] = "sends what was lost or held back: ",
        [SIM_DISK] = "its disk has done the oldest thing it was asked for",
        [SIM_TIMER] = "its timer",
        [SIM_TURN] = "its turn ends: it writes and sends",
        [SIM_DIAL] = "dials whom it is not connected to",
        [SIM_BIRTH] = "its process begins",
        [SIM_END] = "the patience with its orderly end is over",
        [SIM_RESUME] = "its stall is over",
        [SIM_ADMIN] = "is asked by its administrator",
        [SIM_STROBE] = "its clock jumps",
        [SIM_CLIENT] = "goes on",
    };
    ASSERT(kind < ARRAY_LEN(texts));
    return texts[kind];
}

void sim_queue_free(struct sim_queue *q)
{
    mem_free(q->heap);
    *q = (struct sim_queue){0};
}

static bool before(const struct sim_event *a, const struct sim_event *b)
{
    return a->t_ns != b->t_ns ? a->t_ns < b->t_ns : a->seq < b->seq;
}

void sim_queue_put(struct sim_queue *q, const struct sim_event *e)
{
    struct sim_event new = *e;
    if (q->count == q->cap) {
        q->cap = q->cap == 0 ? 256 : 2 * q->cap;
        q->heap = mem_grow(q->heap, q->cap, sizeof(*q->heap));
    }
    new.seq = ++q->seq;
    size_t at = q->count++;
    while (at > 0 && before(&new, &q->heap[(at - 1) / 2])) {
        q->heap[at] = q->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    q->heap[at] = new;
}

uint64_t sim_queue_next_ns(const struct sim_queue *q)
{
    return q->count == 0 ? UINT64_MAX : q->heap[0].t_ns;
}

/* The event, put into the hole at that place, finds its own below it. */
static void sink(struct sim_queue *q, size_t at, struct sim_event event)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < q->count && before(&q->heap[child + 1], &q->heap[child]))
            child++;
        if (child >= q->count || !before(&q->heap[child], &event))
            break;
        q->heap[at] = q->heap[child];
        at = child;
    }
    if (q->count > 0)
        q->heap[at] = event;
}

struct sim_event sim_queue_take(struct sim_queue *q)
{
    ASSERT(q->count > 0);
    struct sim_event first = q->heap[0];
    sink(q, 0, q->heap[--q->count]);
    q->taken++;
    return first;
}

struct sim_event sim_queue_remove(struct sim_queue *q, size_t place)
{
    ASSERT(place < q->count);
    struct sim_event taken = q->heap[place], last = q->heap[--q->count];
    size_t at = place;
    if (place == q->count)
        return taken;
    while (at > 0 && before(&last, &q->heap[(at - 1) / 2])) {
        q->heap[at] = q->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    sink(q, at, last);
    return taken;
}
