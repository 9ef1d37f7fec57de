/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/texts.h"

#include "base/checksum.h"
#include "base/mem.h"

#include <string.h>

#define CHUNK_BYTES_MIN (4u << 10)
#define CHUNK_BYTES_MAX (1u << 20)

/* Bytes never move, so entries may point into them. */
struct texts_chunk {
    struct texts_chunk *next;
    size_t used;
    size_t cap;
    char data[];
};

void texts_free(struct texts *t)
{
    while (t->chunks != NULL) {
        struct texts_chunk *next = t->chunks->next;
        mem_free(t->chunks);
        t->chunks = next;
    }
    mem_free(t->entries);
    mem_free(t->slots);
    *t = (struct texts){0};
}

static const char *keep(struct texts *t, const char *at, size_t len)
{
    struct texts_chunk *c = t->chunks;
    if (c == NULL || c->cap - c->used < len) {
        size_t cap = c == NULL ? CHUNK_BYTES_MIN : c->cap * 2;
        cap = cap < CHUNK_BYTES_MAX ? cap : CHUNK_BYTES_MAX;
        cap = len > cap ? len : cap;
        c = mem_alloc(sizeof(*c) + cap);
        c->cap = cap;
        c->next = t->chunks;
        t->chunks = c;
    }
    char *to = c->data + c->used;
    memcpy(to, at, len);
    c->used += len;
    return to;
}

/* Where a search begins, and what texts are told apart by. Texts that differ in the last byte only
 * are neighbours: values that count up, which is most of what a history holds, come to lie in the
 * same cache lines. */
struct place {
    uint32_t home;
    uint32_t hash;
};

static struct place place_of(const char *at, size_t len)
{
    if (len == 0)
        return (struct place){0};
    uint64_t stem = checksum64(at, len - 1);
    uint32_t last = (unsigned char)at[len - 1];
    return (struct place){(uint32_t)stem << 3 | (last & 7),
                          (uint32_t)(stem >> 32) ^ last * 0x9e3779b1u};
}

static void slots_grow(struct texts *t)
{
    uint32_t cap = t->slots_cap == 0 ? 64 : t->slots_cap * 2;
    struct texts_slot *slots = mem_array(cap, sizeof(*slots));
    for (uint32_t i = 1; i < t->count; i++) {
        const struct texts_entry *x = &t->entries[i];
        uint32_t at = place_of(x->at, x->len).home & (cap - 1);
        while (slots[at].number != 0)
            at = (at + 1) & (cap - 1);
        slots[at] = (struct texts_slot){i, x->hash};
    }
    mem_free(t->slots);
    t->slots = slots;
    t->slots_cap = cap;
}

/* The slot that holds those bytes, or the free one where they belong. */
static uint32_t slot_of(const struct texts *t, const char *at, size_t len, struct place place)
{
    uint32_t slot = place.home & (t->slots_cap - 1);
    for (; t->slots[slot].number != 0; slot = (slot + 1) & (t->slots_cap - 1)) {
        const struct texts_entry *x = &t->entries[t->slots[slot].number];
        if (t->slots[slot].hash == place.hash && x->len == len && memcmp(x->at, at, len) == 0)
            break;
    }
    return slot;
}

uint32_t texts_find(const struct texts *t, const char *at, size_t len)
{
    if (at == NULL || t->slots_cap == 0)
        return 0;
    return t->slots[slot_of(t, at, len, place_of(at, len))].number;
}

uint32_t texts_add(struct texts *t, const char *at, size_t len)
{
    if (at == NULL)
        return 0;
    ASSERT(len < UINT32_MAX && t->count < UINT32_MAX / 4);
    if (t->count == 0)
        t->count = 1;
    if (t->slots_cap < 2 * (t->count + 1))
        slots_grow(t);
    struct place place = place_of(at, len);
    uint32_t slot = slot_of(t, at, len, place);
    if (t->slots[slot].number != 0)
        return t->slots[slot].number;
    if (t->count >= t->cap) {
        t->cap = t->cap == 0 ? 64 : t->cap * 2;
        t->entries = mem_grow(t->entries, t->cap, sizeof(*t->entries));
    }
    t->entries[t->count] = (struct texts_entry){keep(t, at, len), (uint32_t)len, place.hash};
    t->slots[slot] = (struct texts_slot){t->count, place.hash};
    return t->count++;
}

struct trace_text texts_get(const struct texts *t, uint32_t number)
{
    if (number == 0)
        return (struct trace_text){0};
    ASSERT(number < t->count);
    return (struct trace_text){t->entries[number].at, t->entries[number].len};
}
