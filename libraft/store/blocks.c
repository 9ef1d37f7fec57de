/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/blocks.h"

#include "base/mem.h"

#include <string.h>

void blocks_reserve(struct blocks *b, size_t bytes)
{
    if (bytes <= b->cap && b->data != NULL)
        return;
    size_t cap = (size_t)blocks_round_up(bytes == 0 ? 1 : bytes);
    blocks_free(b);
    b->data = mem_aligned(VFS_BLOCK, cap);
    b->cap = cap;
}

void blocks_free(struct blocks *b)
{
    mem_free(b->data);
    *b = (struct blocks){0};
}

uint64_t blocks_round_up(uint64_t bytes)
{
    return blocks_round_down(bytes + VFS_BLOCK - 1);
}

uint64_t blocks_round_down(uint64_t bytes)
{
    return bytes - bytes % VFS_BLOCK;
}

bool blocks_all_zero(const uint8_t *data, size_t len)
{
    return len == 0 || (data[0] == 0 && memcmp(data, data + 1, len - 1) == 0);
}
