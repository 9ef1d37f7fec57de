/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/timerq.h"

#include "base/mem.h"

static bool earlier(const struct timerq_item *a, const struct timerq_item *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->seq < b->seq;
}

static void swap(struct timerq_item *a, struct timerq_item *b)
{
    struct timerq_item t = *a;
    *a = *b;
    *b = t;
}

void timerq_free(struct timerq *q)
{
    mem_free(q->items);
    *q = (struct timerq){0};
}

void timerq_push(struct timerq *q, uint64_t due_ns, void *what)
{
    if (q->count == q->cap) {
        q->cap = q->cap == 0 ? 64 : q->cap * 2;
        q->items = mem_grow(q->items, q->cap, sizeof(*q->items));
    }
    size_t i = q->count++;
    q->items[i] = (struct timerq_item){.due_ns = due_ns, .seq = q->next_seq++, .what = what};
    while (i > 0 && earlier(&q->items[i], &q->items[(i - 1) / 2])) {
        swap(&q->items[i], &q->items[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

const struct timerq_item *timerq_peek(const struct timerq *q)
{
    return q->count == 0 ? NULL : &q->items[0];
}

void *timerq_pop(struct timerq *q)
{
    ASSERT(q->count > 0);
    void *what = q->items[0].what;
    q->items[0] = q->items[--q->count];
    for (size_t i = 0;;) {
        size_t least = i, left = 2 * i + 1, right = left + 1;
        if (left < q->count && earlier(&q->items[left], &q->items[least]))
            least = left;
        if (right < q->count && earlier(&q->items[right], &q->items[least]))
            least = right;
        if (least == i)
            return what;
        swap(&q->items[i], &q->items[least]);
        i = least;
    }
}
