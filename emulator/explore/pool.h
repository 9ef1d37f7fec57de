/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of one size, each once and by number: they never change or move, so whoever has a number
 * may read without a lock. */
#ifndef EXPLORE_POOL_H
#define EXPLORE_POOL_H

#include "base/must.h"

#include <pthread.h>

#define EX_CHUNK  4096
#define EX_CHUNKS 16384

/* In chunks that never move, and where to find them by hash. */
struct ex_pool {
    pthread_mutex_t lock; /* the caller's, around find and add */
    size_t size;
    uint32_t count;
    uint32_t slots; /* of the index: a power of two */
    uint64_t *hashes;
    uint32_t *numbers; /* + 1; 0: free */
    uint8_t *chunks[EX_CHUNKS];
};

void ex_pool_init(struct ex_pool *p, size_t size);
void ex_pool_free(struct ex_pool *p);

uint32_t ex_pool_count(struct ex_pool *p); /* takes the lock */
void *ex_pool_at(const struct ex_pool *p, uint32_t number);
/* With the lock. The number of the value of this hash whose first bytes are these; UINT32_MAX: not
 * there. */
uint32_t ex_pool_find(const struct ex_pool *p, uint64_t hash, const void *key, size_t len);
uint32_t ex_pool_add(struct ex_pool *p, uint64_t hash, const void *value);

#endif
