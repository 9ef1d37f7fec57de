/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Block-aligned memory and block arithmetic. */
#ifndef STORE_BLOCKS_H
#define STORE_BLOCKS_H

#include "store/vfs.h"

/* Memory that direct writes and reads accept. An all-zero struct is empty.
 * Invariant: data and cap are multiples of VFS_BLOCK. */
struct blocks {
    uint8_t *data; /* owned */
    size_t cap;
};

/* At least `bytes` of capacity, undefined contents when it has to grow. */
void blocks_reserve(struct blocks *b, size_t bytes);
void blocks_free(struct blocks *b);

uint64_t blocks_round_up(uint64_t bytes);
uint64_t blocks_round_down(uint64_t bytes);
bool blocks_all_zero(const uint8_t *data, size_t len);

#endif
