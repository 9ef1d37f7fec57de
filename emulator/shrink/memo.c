/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/shrink/memo.h"

#include "base/mem.h"

#define SIZE_FIRST 256

/* Where it is, or would be. */
static size_t slot_of(const struct memo *m, uint64_t digest)
{
    size_t i = (size_t)digest & (m->size - 1);
    while (m->slots[i] != 0 && m->slots[i] != digest)
        i = (i + 1) & (m->size - 1);
    return i;
}

static uint64_t never_free(uint64_t digest)
{
    return digest == 0 ? 1 : digest;
}

bool memo_has(const struct memo *m, uint64_t digest)
{
    return m->size > 0 && m->slots[slot_of(m, never_free(digest))] != 0;
}

static void grow(struct memo *m)
{
    struct memo larger = {.size = m->size == 0 ? SIZE_FIRST : m->size * 2, .count = m->count};
    larger.slots = mem_array(larger.size, sizeof(*larger.slots));
    for (size_t i = 0; i < m->size; i++) {
        if (m->slots[i] != 0)
            larger.slots[slot_of(&larger, m->slots[i])] = m->slots[i];
    }
    mem_free(m->slots);
    *m = larger;
}

void memo_add(struct memo *m, uint64_t digest)
{
    if (m->count * 2 >= m->size)
        grow(m);
    size_t i = slot_of(m, never_free(digest));
    m->count += m->slots[i] == 0;
    m->slots[i] = never_free(digest);
}

void memo_free(struct memo *m)
{
    mem_free(m->slots);
    *m = (struct memo){0};
}
