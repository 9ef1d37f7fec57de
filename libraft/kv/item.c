/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/item.h"

#include "base/checksum.h"
#include "base/limits.h"
#include "base/prng.h"
#include "kv/kv.h"

static void copy(char *to, struct span from)
{
    if (from.len > 0)
        memcpy(to, from.data, from.len);
}

static size_t bytes_of(size_t key_len, size_t value_len)
{
    return sizeof(struct item) + key_len + value_len;
}

struct item *item_new(struct slabs *slabs, struct span key, struct span head, struct span tail,
                      uint64_t rev)
{
    return item_new_until(slabs, key, head, tail, rev, 0);
}

struct item *item_new_until(struct slabs *slabs, struct span key, struct span head,
                            struct span tail, uint64_t rev, uint64_t expires_ns)
{
    ASSERT(key.len <= LIMIT_KEY_BYTES);
    ASSERT(head.len <= ITEM_VALUE_BYTES_MAX && tail.len <= ITEM_VALUE_BYTES_MAX - head.len);
    struct item *item = slabs_take(slabs, bytes_of(key.len, head.len + tail.len));
    *item = (struct item){.refs = 1,
                          .key_len = (uint32_t)key.len,
                          .value_len = (uint32_t)(head.len + tail.len),
                          .slabs = slabs,
                          .rev = rev,
                          .expires_ns = expires_ns,
                          .place = item_place(key)};
    copy(item->bytes, key);
    copy(item->bytes + key.len, head);
    copy(item->bytes + key.len + head.len, tail);
    uint64_t made = prng_mix(rev);
    if (expires_ns != 0)
        made = prng_mix(made ^ expires_ns);
    uint64_t seed = prng_mix(checksum64(key.data, key.len) ^ made);
    item->digest = checksum64_seeded(seed, item->bytes + key.len, item->value_len);
    return item;
}

void item_unref(struct item *item)
{
    ASSERT(item->refs > 0);
    if (--item->refs == 0)
        slabs_give(item->slabs, item, bytes_of(item->key_len, item->value_len));
}

uint64_t item_place(struct span key)
{
    return checksum64(key.data, key.len) >> (64 - KV_SCAN_BITS);
}
