/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/entry.h"

#include "base/checksum.h"

bool entry_kind_valid(uint32_t kind)
{
    return kind >= ENTRY_NOOP && kind <= ENTRY_TICK;
}

uint64_t entry_chain(uint64_t previous, const struct entry *e)
{
    ASSERT(e->len == 0 || e->payload != NULL);
    /* Byte by byte, so that the chain is the same on machines of either byte order. */
    uint8_t head[24];
    uint64_t words[3] = {previous, e->term, (uint64_t)e->kind};
    for (size_t i = 0; i < sizeof head; i++) {
        head[i] = (uint8_t)(words[i / 8] >> (8 * (i % 8)));
    }
    return checksum64_seeded(checksum64(head, sizeof head), e->payload, e->len);
}
