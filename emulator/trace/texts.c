/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/texts.h"

#include "base/checksum.h"
#include "base/mem.h"
#include "base/prng.h"

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

static uint64_t word64(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

static uint32_t word32(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

#define SHORT_MAX 8u /* so many bytes are one word */

/* Of texts of one length up to SHORT_MAX, equal words are equal texts. */
static uint64_t short_word(const char *at, size_t len)
{
    if (len == sizeof(uint64_t))
        return word64(at);
    if (len >= sizeof(uint32_t))
        return word32(at) | (uint64_t)word32(at + len - sizeof(uint32_t)) << 32;
    if (len == 0)
        return 0;
    return (unsigned char)at[0] | (uint64_t)(unsigned char)at[len / 2] << 8 |
           (uint64_t)(unsigned char)at[len - 1] << 16;
}

static uint64_t hash_of(const char *at, size_t len)
{
    return len <= SHORT_MAX ? prng_mix(short_word(at, len) + len) : checksum64(at, len);
}

/* Where a search begins, how it goes on, and what it looks for. Texts that differ in the last byte
 * only are neighbours: values that count up, which is most of what a history holds, come to lie in
 * the same cache lines. Whoever finds the place taken goes on elsewhere. */
struct place {
    uint32_t home;
    uint32_t step; /* odd: it comes by all slots */
    uint64_t word;
    uint32_t hash;
};

#define NEIGHBOURS 16u

static struct place place_of(const char *at, size_t len)
{
    if (len == 0)
        return (struct place){.step = 1};
    uint64_t stem = hash_of(at, len - 1);
    uint32_t high = (uint32_t)(stem >> 32);
    uint64_t last = (unsigned char)at[len - 1];
    uint64_t other = last * 0x9e3779b97f4a7c15u;
    return (struct place){.home = (uint32_t)(stem * NEIGHBOURS | (last & (NEIGHBOURS - 1))),
                          .step = high * NEIGHBOURS | 1,
                          .word = len <= SHORT_MAX ? short_word(at, len) : stem ^ other,
                          .hash = high ^ (uint32_t)(other >> 32)};
}

static void slots_grow(struct texts *t, uint32_t cap)
{
    struct texts_slot *slots = mem_array(cap, sizeof(*slots));
    for (uint32_t i = 1; i < t->count; i++) {
        struct place place = place_of(t->entries[i].at, t->entries[i].len);
        uint32_t at = place.home & (cap - 1);
        while (slots[at].number != 0)
            at = (at + place.step) & (cap - 1);
        slots[at] = (struct texts_slot){place.word, i, t->entries[i].len};
    }
    mem_free(t->slots);
    t->slots = slots;
    t->slots_cap = cap;
}

/* The slot that holds those bytes, or the free one where they belong. */
static uint32_t slot_of(const struct texts *t, const char *at, size_t len, struct place place)
{
    uint32_t slot = place.home & (t->slots_cap - 1);
    for (; t->slots[slot].number != 0; slot = (slot + place.step) & (t->slots_cap - 1)) {
        const struct texts_slot *s = &t->slots[slot];
        if (s->word == place.word && s->len == len &&
            (len <= SHORT_MAX || memcmp(t->entries[s->number].at, at, len) == 0))
            break;
    }
    return slot;
}

void texts_reserve(struct texts *t, uint32_t count)
{
    uint32_t slots = 64;
    while (slots < 2 * (count + 1) && slots < UINT32_MAX / 4)
        slots *= 2;
    if (slots > t->slots_cap)
        slots_grow(t, slots);
    if (count + 1 > t->cap) {
        t->cap = count + 1;
        t->entries = mem_grow(t->entries, t->cap, sizeof(*t->entries));
    }
}

uint32_t texts_find(const struct texts *t, const char *at, size_t len)
{
    if (at == NULL || t->slots_cap == 0)
        return 0;
    return t->slots[slot_of(t, at, len, place_of(at, len))].number;
}

void texts_fetch(const struct texts *t, const char *at, size_t len)
{
    if (at != NULL && t->slots_cap > 0)
        __builtin_prefetch(&t->slots[place_of(at, len).home & (t->slots_cap - 1)]);
}

uint32_t texts_add(struct texts *t, const char *at, size_t len)
{
    if (at == NULL)
        return 0;
    ASSERT(len < UINT32_MAX && t->count < UINT32_MAX / 4);
    if (t->count == 0)
        t->count = 1;
    if (t->slots_cap < 2 * (t->count + 1))
        slots_grow(t, t->slots_cap == 0 ? 64 : t->slots_cap * 2);
    struct place place = place_of(at, len);
    uint32_t slot = slot_of(t, at, len, place);
    if (t->slots[slot].number != 0)
        return t->slots[slot].number;
    if (t->count >= t->cap) {
        t->cap = t->cap == 0 ? 64 : t->cap * 2;
        t->entries = mem_grow(t->entries, t->cap, sizeof(*t->entries));
    }
    t->entries[t->count] = (struct texts_entry){keep(t, at, len), (uint32_t)len, place.hash};
    t->slots[slot] = (struct texts_slot){place.word, t->count, (uint32_t)len};
    return t->count++;
}

struct trace_text texts_get(const struct texts *t, uint32_t number)
{
    if (number == 0)
        return (struct trace_text){0};
    ASSERT(number < t->count);
    return (struct trace_text){t->entries[number].at, t->entries[number].len};
}
