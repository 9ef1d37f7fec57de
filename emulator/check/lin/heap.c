/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/lin/heap.h"

#include "base/mem.h"

void lin_heap_push(struct lin_heap *h, uint64_t ret_ns, uint32_t item)
{
    if (h->count == h->cap) {
        h->cap = h->cap == 0 ? 16 : h->cap * 2;
        h->at = mem_grow(h->at, h->cap, sizeof(*h->at));
    }
    size_t i = h->count++;
    for (; i > 0 && h->at[(i - 1) / 2].ret_ns > ret_ns; i = (i - 1) / 2)
        h->at[i] = h->at[(i - 1) / 2];
    h->at[i] = (struct lin_heap_item){ret_ns, item};
}

struct lin_heap_item lin_heap_pop(struct lin_heap *h)
{
    ASSERT(h->count > 0);
    struct lin_heap_item top = h->at[0];
    struct lin_heap_item last = h->at[--h->count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= h->count)
            break;
        if (child + 1 < h->count && h->at[child + 1].ret_ns < h->at[child].ret_ns)
            child++;
        if (h->at[child].ret_ns >= last.ret_ns)
            break;
        h->at[i] = h->at[child];
        i = child;
    }
    h->at[i] = last;
    return top;
}
