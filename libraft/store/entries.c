/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/entries.h"

#include "base/mem.h"

#include <string.h>

void entries_init(struct entries *l, struct wal_position base, uint64_t base_chain)
{
    *l = (struct entries){.base = base, .base_chain = base_chain, .evicted_to = base.index};
}

void entries_free(struct entries *l)
{
    entries_cut(l, l->base.index + 1);
    mem_free(l->slots);
    *l = (struct entries){0};
}

uint64_t entries_last(const struct entries *l)
{
    return l->base.index + l->count;
}

struct entry_slot *entries_at(const struct entries *l, uint64_t index)
{
    ASSERT(index > l->base.index && index <= entries_last(l));
    return &l->slots[index - l->base.index - 1];
}

uint64_t entries_term(const struct entries *l, uint64_t index)
{
    return index == l->base.index ? l->base.term : entries_at(l, index)->term;
}

uint64_t entries_chain(const struct entries *l, uint64_t index)
{
    return index == l->base.index ? l->base_chain : entries_at(l, index)->chain;
}

static uint8_t *copy_of(const struct entry *e)
{
    return e->len == 0 ? NULL : memcpy(mem_raw(e->len), e->payload, e->len);
}

void entries_append(struct entries *l, const struct entry *e)
{
    uint64_t last = entries_last(l);
    ASSERT(e->index == last + 1);
    ASSERT(e->term > 0 && e->term >= entries_term(l, last));
    if (l->count == l->cap) {
        l->cap = l->cap == 0 ? 64 : 2 * l->cap;
        l->slots = mem_grow(l->slots, l->cap, sizeof *l->slots);
    }
    l->slots[l->count++] = (struct entry_slot){
        .term = e->term,
        .stamp = e->stamp,
        .chain = entry_chain(entries_chain(l, last), e),
        .payload = copy_of(e),
        .len = e->len,
        .kind = e->kind,
    };
    l->memory_bytes += e->len;
    l->payload_bytes += e->len;
}

/* Lets go of one payload, if it is in memory. */
static void forget(struct entries *l, struct entry_slot *s)
{
    if (s->payload != NULL) {
        mem_free(s->payload);
        s->payload = NULL;
        l->memory_bytes -= s->len;
    }
}

void entries_cut(struct entries *l, uint64_t from)
{
    ASSERT(from > l->base.index);
    while (entries_last(l) >= from) {
        forget(l, &l->slots[l->count - 1]);
        l->payload_bytes -= l->slots[l->count - 1].len;
        l->count--;
    }
    if (l->evicted_to > entries_last(l))
        l->evicted_to = entries_last(l);
}

void entries_compact(struct entries *l, uint64_t index)
{
    ASSERT(index >= l->base.index && index <= entries_last(l));
    struct wal_position base = {.index = index, .term = entries_term(l, index)};
    uint64_t chain = entries_chain(l, index);
    size_t dropped = (size_t)(index - l->base.index);
    if (dropped == 0)
        return;
    for (size_t i = 0; i < dropped; i++) {
        forget(l, &l->slots[i]);
        l->payload_bytes -= l->slots[i].len;
    }
    l->count -= dropped;
    memmove(l->slots, l->slots + dropped, l->count * sizeof *l->slots);
    l->base = base;
    l->base_chain = chain;
    if (l->evicted_to < index)
        l->evicted_to = index;
}

void entries_reset(struct entries *l, struct wal_position base, uint64_t base_chain)
{
    entries_cut(l, l->base.index + 1);
    l->base = base;
    l->base_chain = base_chain;
    l->evicted_to = base.index;
}

void entries_evict(struct entries *l, uint64_t durable, uint64_t limit)
{
    ASSERT(durable <= entries_last(l));
    while (l->memory_bytes > limit && l->evicted_to < durable) {
        l->evicted_to++;
        forget(l, entries_at(l, l->evicted_to));
    }
}

struct wal_run *entries_runs(const struct entries *l, size_t *ret_count)
{
    size_t count = 0;
    struct wal_run *runs = mem_array(1, sizeof *runs);
    for (size_t i = 0; i < l->count; i++) {
        if (count > 0 && runs[count - 1].term == l->slots[i].term)
            continue;
        if (count > 0 && (count & (count - 1)) == 0) /* doubled at each power of two */
            runs = mem_grow(runs, 2 * count, sizeof *runs);
        runs[count++] = (struct wal_run){.first = l->base.index + 1 + i, .term = l->slots[i].term};
    }
    *ret_count = count;
    return runs;
}
