/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/pool.h"

#include "base/mem.h"

#include <string.h>

void ex_pool_init(struct ex_pool *p, size_t size)
{
    p->size = size;
    ex_table_init(&p->index);
    (void)pthread_mutex_init(&p->lock, NULL);
}

void ex_pool_free(struct ex_pool *p)
{
    for (uint32_t i = 0; i < EX_CHUNKS; i++)
        mem_free(p->chunks[i]);
    ex_table_free(&p->index);
    (void)pthread_mutex_destroy(&p->lock);
}

uint32_t ex_pool_count(const struct ex_pool *p)
{
    return (uint32_t)ex_table_count(&p->index);
}

void *ex_pool_at(const struct ex_pool *p, uint32_t number)
{
    return p->chunks[number / EX_CHUNK] + (size_t)(number % EX_CHUNK) * p->size;
}

/* No key is zero. */
static uint64_t next_key(uint64_t key)
{
    return key + 1 == 0 ? 1 : key + 1;
}

uint32_t ex_pool_find(const struct ex_pool *p, uint64_t hash, const void *key, size_t len)
{
    uint64_t value[EX_VALUE_WORDS];
    for (uint64_t k = hash == 0 ? 1 : hash; ex_table_find(&p->index, k, value); k = next_key(k)) {
        if (memcmp(ex_pool_at(p, (uint32_t)value[0]), key, len) == 0)
            return (uint32_t)value[0];
    }
    return UINT32_MAX;
}

uint32_t ex_pool_add(struct ex_pool *p, uint64_t hash, const void *value)
{
    uint64_t there[EX_VALUE_WORDS], k = hash == 0 ? 1 : hash;
    uint32_t number = ex_pool_count(p);
    ASSERT(number / EX_CHUNK < EX_CHUNKS);
    if (p->chunks[number / EX_CHUNK] == NULL)
        p->chunks[number / EX_CHUNK] = mem_array(EX_CHUNK, p->size);
    memcpy(ex_pool_at(p, number), value, p->size);
    while (ex_table_find(&p->index, k, there))
        k = next_key(k);
    ex_table_add(&p->index, k, (const uint64_t[EX_VALUE_WORDS]){number, 0});
    return number;
}
