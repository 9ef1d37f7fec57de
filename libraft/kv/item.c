/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/item.h"

#include "base/checksum.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/prng.h"

static void copy(char *to, struct span from)
{
    if (from.len > 0)
        memcpy(to, from.data, from.len);
}

struct item *item_new(struct span key, struct span head, struct span tail, uint64_t rev)
{
    return item_new_of(&(struct kv_item){.key = key, .value = head, .rev = rev}, tail);
}

static uint64_t digest_of(const struct kv_item *what, const struct item *item)
{
    uint64_t made = prng_mix(what->rev);
    if (what->expires_ns != 0)
        made = prng_mix(made ^ what->expires_ns);
    if (what->type != KV_STRING)
        made = prng_mix(made + what->type);
    uint64_t seed = prng_mix(checksum64(what->key.data, what->key.len) ^ made);
    return checksum64_seeded(seed, item->bytes + item->key_len, item->value_len);
}

struct item *item_new_of(const struct kv_item *what, struct span tail)
{
    struct span key = what->key, head = what->value;
    ASSERT(key.len <= LIMIT_KEY_BYTES);
    ASSERT(head.len <= ITEM_VALUE_BYTES_MAX && tail.len <= ITEM_VALUE_BYTES_MAX - head.len);
    struct item *item = mem_raw(sizeof(*item) + key.len + head.len + tail.len);
    *item = (struct item){.refs = 1,
                          .key_len = (uint32_t)key.len,
                          .value_len = (uint32_t)(head.len + tail.len),
                          .type = what->type,
                          .rev = what->rev,
                          .expires_ns = what->expires_ns,
                          .place = item_place(key)};
    copy(item->bytes, key);
    copy(item->bytes + key.len, head);
    copy(item->bytes + key.len + head.len, tail);
    item->digest = digest_of(what, item);
    return item;
}

void item_unref(struct item *item)
{
    ASSERT(item->refs > 0);
    if (--item->refs == 0)
        mem_free(item);
}

uint64_t item_place(struct span key)
{
    return checksum64(key.data, key.len) >> (64 - KV_SCAN_BITS);
}
