/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/table.h"

#include "base/mem.h"
#include "base/prng.h"

#include <stdatomic.h>
#include <string.h>

#define SLOTS_FIRST 1024u

/* A value is there before its key is, and neither ever changes. */
struct slot {
    _Atomic uint64_t key; /* 0: free */
    uint64_t value[EX_VALUE_WORDS];
};

/* At most half of them are taken, so that every search ends. */
struct ex_slots {
    struct ex_slots *before; /* owned */
    uint64_t count;          /* a power of two */
    struct slot slot[];
};

static struct ex_slots *slots_new(uint64_t count, struct ex_slots *before)
{
    struct ex_slots *s = mem_alloc(sizeof(*s) + count * sizeof(s->slot[0]));
    s->before = before;
    s->count = count;
    return s;
}

void ex_table_init(struct ex_table *t)
{
    atomic_init(&t->slots, slots_new(SLOTS_FIRST, NULL));
    atomic_init(&t->count, 0);
}

void ex_table_free(struct ex_table *t)
{
    struct ex_slots *s = atomic_load(&t->slots);
    while (s != NULL) {
        struct ex_slots *before = s->before;
        mem_free(s);
        s = before;
    }
}

/* Where the key is, or a free slot where it would be. */
static const struct slot *look(const struct ex_slots *s, uint64_t key, uint64_t *ret_key)
{
    uint64_t at = prng_mix(key) & (s->count - 1);
    for (;; at = (at + 1) & (s->count - 1)) {
        *ret_key = atomic_load_explicit(&s->slot[at].key, memory_order_acquire);
        if (*ret_key == key || *ret_key == 0)
            return &s->slot[at];
    }
}

bool ex_table_find(const struct ex_table *t, uint64_t key, uint64_t ret[EX_VALUE_WORDS])
{
    ASSERT(key != 0);
    uint64_t there;
    const struct ex_slots *s = atomic_load_explicit(&t->slots, memory_order_acquire);
    const struct slot *slot = look(s, key, &there);
    if (there == 0)
        return false;
    memcpy(ret, slot->value, sizeof(slot->value));
    return true;
}

static void put(struct ex_slots *s, uint64_t key, const uint64_t value[EX_VALUE_WORDS])
{
    uint64_t there;
    struct slot *slot = &s->slot[look(s, key, &there) - s->slot];
    ASSERT(there == 0);
    memcpy(slot->value, value, sizeof(slot->value));
    atomic_store_explicit(&slot->key, key, memory_order_release);
}

static struct ex_slots *widen(struct ex_slots *before)
{
    struct ex_slots *s = slots_new(2 * before->count, before);
    for (uint64_t i = 0; i < before->count; i++) {
        uint64_t key = atomic_load_explicit(&before->slot[i].key, memory_order_relaxed);
        if (key != 0)
            put(s, key, before->slot[i].value);
    }
    return s;
}

void ex_table_add(struct ex_table *t, uint64_t key, const uint64_t value[EX_VALUE_WORDS])
{
    ASSERT(key != 0);
    struct ex_slots *s = atomic_load_explicit(&t->slots, memory_order_relaxed);
    uint64_t count = ex_table_count(t);
    if (count >= s->count / 2) {
        s = widen(s);
        atomic_store_explicit(&t->slots, s, memory_order_release);
    }
    put(s, key, value);
    atomic_store_explicit(&t->count, count + 1, memory_order_relaxed);
}

uint64_t ex_table_count(const struct ex_table *t)
{
    return atomic_load_explicit(&t->count, memory_order_relaxed);
}

bool ex_table_each(const struct ex_table *t, uint64_t *at, uint64_t *ret_key,
                   uint64_t ret[EX_VALUE_WORDS])
{
    const struct ex_slots *s = atomic_load_explicit(&t->slots, memory_order_relaxed);
    while (*at < s->count) {
        const struct slot *slot = &s->slot[(*at)++];
        *ret_key = atomic_load_explicit(&slot->key, memory_order_relaxed);
        if (*ret_key == 0)
            continue;
        memcpy(ret, slot->value, sizeof(slot->value));
        return true;
    }
    return false;
}
