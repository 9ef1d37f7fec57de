/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/txn/txn.h"

#include "base/mem.h"

void txns_free(struct txns *t)
{
    mem_free(t->at);
    mem_free(t->parts);
    mem_free(t->elements);
    texts_free(&t->texts);
    *t = (struct txns){0};
}

static void *room(void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    *cap = *cap == 0 ? 64 : *cap * 2;
    return mem_grow(items, *cap, size);
}

void txns_add(struct txns *t, struct txn txn)
{
    t->at = room(t->at, t->count, &t->cap, sizeof(*t->at));
    txn.part = (uint32_t)t->parts_count;
    txn.parts = 0;
    t->at[t->count++] = txn;
}

uint32_t txns_add_part(struct txns *t, uint32_t key, uint32_t element)
{
    ASSERT(t->count > 0);
    t->parts = room(t->parts, t->parts_count, &t->parts_cap, sizeof(*t->parts));
    t->parts[t->parts_count] = (struct txn_part){.key = key, .element = element};
    t->at[t->count - 1].parts++;
    return (uint32_t)t->parts_count++;
}

void txns_answer(struct txns *t, uint32_t part)
{
    ASSERT(t->parts[part].element == 0);
    t->parts[part].known = true;
    t->parts[part].first = (uint32_t)t->elements_count;
}

void txns_add_element(struct txns *t, uint32_t part, uint32_t element)
{
    t->elements = room(t->elements, t->elements_count, &t->elements_cap, sizeof(*t->elements));
    t->elements[t->elements_count++] = element;
    t->parts[part].count++;
}
