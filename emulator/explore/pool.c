/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/pool.h"

#include "base/mem.h"

#include <string.h>

void ex_pool_init(struct ex_pool *p, size_t size)
{
    (void)pthread_mutex_init(&p->lock, NULL);
    p->size = size;
    p->count = 0;
    p->slots = 1024;
    p->hashes = mem_array(p->slots, sizeof(*p->hashes));
    p->numbers = mem_array(p->slots, sizeof(*p->numbers));
}

void ex_pool_free(struct ex_pool *p)
{
    for (uint32_t i = 0; i < EX_CHUNKS; i++)
        mem_free(p->chunks[i]);
    mem_free(p->hashes);
    mem_free(p->numbers);
    (void)pthread_mutex_destroy(&p->lock);
}

uint32_t ex_pool_count(struct ex_pool *p)
{
    (void)pthread_mutex_lock(&p->lock);
    uint32_t count = p->count;
    (void)pthread_mutex_unlock(&p->lock);
    return count;
}

void *ex_pool_at(const struct ex_pool *p, uint32_t number)
{
    return p->chunks[number / EX_CHUNK] + (size_t)(number % EX_CHUNK) * p->size;
}

static uint32_t pool_slot(const struct ex_pool *p, uint64_t hash)
{
    return (uint32_t)hash & (p->slots - 1);
}

static void pool_index(struct ex_pool *p, uint64_t hash, uint32_t number)
{
    uint32_t at = pool_slot(p, hash);
    while (p->numbers[at] != 0)
        at = (at + 1) & (p->slots - 1);
    p->hashes[at] = hash;
    p->numbers[at] = number + 1;
}

static void pool_widen(struct ex_pool *p)
{
    uint64_t *hashes = p->hashes;
    uint32_t *numbers = p->numbers, slots = p->slots;
    p->slots *= 2;
    p->hashes = mem_array(p->slots, sizeof(*hashes));
    p->numbers = mem_array(p->slots, sizeof(*numbers));
    for (uint32_t i = 0; i < slots; i++) {
        if (numbers[i] != 0)
            pool_index(p, hashes[i], numbers[i] - 1);
    }
    mem_free(hashes);
    mem_free(numbers);
}

uint32_t ex_pool_find(const struct ex_pool *p, uint64_t hash, const void *key, size_t len)
{
    for (uint32_t at = pool_slot(p, hash); p->numbers[at] != 0; at = (at + 1) & (p->slots - 1)) {
        uint32_t number = p->numbers[at] - 1;
        if (p->hashes[at] == hash && memcmp(ex_pool_at(p, number), key, len) == 0)
            return number;
    }
    return UINT32_MAX;
}

uint32_t ex_pool_add(struct ex_pool *p, uint64_t hash, const void *value)
{
    if (p->count >= p->slots / 2)
        pool_widen(p);
    uint32_t number = p->count;
    ASSERT(number / EX_CHUNK < EX_CHUNKS);
    if (p->chunks[number / EX_CHUNK] == NULL)
        p->chunks[number / EX_CHUNK] = mem_array(EX_CHUNK, p->size);
    memcpy(ex_pool_at(p, number), value, p->size);
    pool_index(p, hash, number);
    p->count++;
    return number;
}
