/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of one size, each once and by number: they never change or move, so whoever has a number
 * may read without a lock. Nor does it take one to find what is there. */
#ifndef EXPLORE_POOL_H
#define EXPLORE_POOL_H

#include "emulator/explore/table.h"

#include <pthread.h>

#define EX_CHUNK  4096
#define EX_CHUNKS 16384

/* In chunks that never move, and where to find them by hash: of equal hashes the second one counts
 * as the next hash, and so on. */
struct ex_pool {
    size_t size;
    struct ex_table index;
    uint8_t *chunks[EX_CHUNKS]; /* owned */
    pthread_mutex_t lock;       /* the caller's, around add */
};

void ex_pool_init(struct ex_pool *p, size_t size);
void ex_pool_free(struct ex_pool *p);

uint32_t ex_pool_count(const struct ex_pool *p);
void *ex_pool_at(const struct ex_pool *p, uint32_t number);
/* The number of the value of this hash whose first bytes are these; UINT32_MAX: not there, or only
 * just added. */
uint32_t ex_pool_find(const struct ex_pool *p, uint64_t hash, const void *key, size_t len);
/* With the lock, in which it was not found. */
uint32_t ex_pool_add(struct ex_pool *p, uint64_t hash, const void *value);

#endif
