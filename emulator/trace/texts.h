/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Byte strings as numbers: equal strings get equal numbers, so comparing is comparing integers. */
#ifndef EMULATOR_TRACE_TEXTS_H
#define EMULATOR_TRACE_TEXTS_H

#include "emulator/trace/reader.h"

struct texts_entry {
    const char *at; /* in a chunk */
    uint32_t len;
    uint32_t hash; /* of the bytes */
};

/* Short bytes stand here themselves, longer ones are told apart by their hash: mostly no entry need
 * be looked at. */
struct texts_slot {
    uint64_t word;
    uint32_t number; /* 0 = free */
    uint32_t len;
};

struct texts_chunk;

/* All-zero is empty. Number 0 means "absent" and is never given out; numbers count up from 1. */
struct texts {
    struct texts_entry *entries; /* owned; entries[0] is unused */
    uint32_t count;              /* entries in use, with entry 0 */
    uint32_t cap;
    struct texts_slot *slots; /* owned; open addressing */
    uint32_t slots_cap;
    struct texts_chunk *chunks; /* owned */
};

void texts_free(struct texts *t);
/* Room for so many, at most 2^30, before anything has to grow. */
void texts_reserve(struct texts *t, uint32_t count);
/* The number of those bytes, copying them when new. 0 for at == NULL. */
uint32_t texts_add(struct texts *t, const char *at, size_t len);
/* Those bytes are about to be looked for: begins to fetch the place from memory. */
void texts_fetch(const struct texts *t, const char *at, size_t len);
/* The number of those bytes, or 0. */
uint32_t texts_find(const struct texts *t, const char *at, size_t len);
/* The bytes; {NULL, 0} for 0. */
struct trace_text texts_get(const struct texts *t, uint32_t number);

#endif
