/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire/entry.h"

#include "base/limits.h"

void wire_entry_put(struct buf *out, const struct entry *entry)
{
    buf_put_u64(out, entry->index);
    buf_put_u64(out, entry->term);
    buf_put_u64(out, entry->stamp);
    buf_put_u8(out, (uint8_t)entry->kind);
    buf_put_u32(out, entry->len);
    buf_put(out, entry->payload, entry->len);
}

struct entry wire_entry_get(struct bytes *c)
{
    struct entry entry;
    entry.index = bytes_u64(c);
    entry.term = bytes_u64(c);
    entry.stamp = bytes_u64(c);
    uint8_t kind = bytes_u8(c);
    entry.kind = (enum entry_kind)kind;
    entry.len = bytes_u32(c);
    if (!entry_kind_valid(kind) || entry.len > LIMIT_ENTRY_BYTES)
        c->bad = true;
    entry.payload = bytes_take(c, entry.len);
    return entry;
}

const char *wire_entries_problem(const struct entry *entries, size_t count, uint64_t prev_term,
                                 uint64_t prev_index, uint64_t message_term)
{
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &entries[i];
        if (entry->index != prev_index + 1)
            return "a gap in the indexes of the entries";
        if (entry->index > INT64_MAX)
            return "an index of 2^63 or above";
        if (entry->term == 0)
            return "an entry of term 0";
        if (entry->term < prev_term)
            return "the terms of the entries fall";
        if (entry->term > message_term)
            return "an entry of a later term than its sender's";
        prev_index = entry->index;
        prev_term = entry->term;
    }
    return NULL;
}
