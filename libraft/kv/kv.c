/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/kv.h"

#include "base/limits.h"
#include "base/mem.h"
#include "kv/tree.h"

#include <stdlib.h>

/* Every item stands in both trees. Invariants: count, bytes and digest are the sums over them. */
struct kv {
    struct tree by_key;
    struct tree by_place;
    uint64_t count;
    uint64_t bytes;
    uint64_t digest;
};

/* An item's header, two slots of 16 bytes in nodes that are three quarters full, and the
 * allocator's word. */
#define ITEM_OVERHEAD_BYTES (sizeof(struct item) + 2 * 16 * 4 / 3 + sizeof(void *))

struct kv *kv_new(void)
{
    struct kv *kv = mem_alloc(sizeof(*kv));
    kv->by_key.order = TREE_BY_KEY;
    kv->by_place.order = TREE_BY_PLACE;
    return kv;
}

void kv_clear(struct kv *kv)
{
    tree_drop(&kv->by_key);
    tree_drop(&kv->by_place);
    kv->count = kv->bytes = kv->digest = 0;
}

void kv_free(struct kv *kv)
{
    if (kv == NULL)
        return;
    kv_clear(kv);
    free(kv);
}

struct kv *kv_copy(struct kv *kv)
{
    struct kv *copy = mem_dup(kv, sizeof(*kv));
    copy->by_key = tree_copy(&kv->by_key);
    copy->by_place = tree_copy(&kv->by_place);
    return copy;
}

static bool found(const struct item *item, struct kv_item *ret_item)
{
    if (item == NULL)
        return false;
    *ret_item =
        (struct kv_item){.key = item_key(item), .value = item_value(item), .rev = item->rev};
    return true;
}

/* Through the tree by place: its heads tell almost all keys apart. */
static struct item *find(const struct kv *kv, struct span key)
{
    return tree_find(&kv->by_place, (struct tree_probe){.key = key, .place = item_place(key)});
}

bool kv_get(const struct kv *kv, struct span key, struct kv_item *ret_item)
{
    return found(find(kv, key), ret_item);
}

bool kv_at_or_after(const struct kv *kv, struct span key, struct kv_item *ret_item)
{
    return found(tree_seek(&kv->by_key, (struct tree_probe){.key = key}, false), ret_item);
}

bool kv_after(const struct kv *kv, struct span key, struct kv_item *ret_item)
{
    return found(tree_seek(&kv->by_key, (struct tree_probe){.key = key}, true), ret_item);
}

bool kv_scan_at(const struct kv *kv, uint64_t place, struct kv_item *ret_item)
{
    struct tree_probe probe = {.place = place};
    return found(tree_seek(&kv->by_place, probe, false), ret_item);
}

bool kv_scan_after(const struct kv *kv, struct span key, struct kv_item *ret_item)
{
    struct tree_probe probe = {.key = key, .place = item_place(key)};
    return found(tree_seek(&kv->by_place, probe, true), ret_item);
}

uint64_t kv_scan_place(struct span key)
{
    return item_place(key);
}

static uint64_t bytes_of_item(const struct item *item)
{
    return ITEM_OVERHEAD_BYTES + item->key_len + item->value_len;
}

static void account_removed(struct kv *kv, const struct item *item)
{
    ASSERT(kv->count > 0);
    kv->count--;
    kv->bytes -= bytes_of_item(item);
    kv->digest -= item->digest;
}

/* Gives the map its only reference to item, in place of old (NULL: the key is new). */
static void store(struct kv *kv, struct item *item, const struct item *old)
{
    if (old != NULL)
        account_removed(kv, old);
    kv->count++;
    kv->bytes += bytes_of_item(item);
    kv->digest += item->digest;
    tree_put(&kv->by_key, item);
    tree_put(&kv->by_place, item);
    item_unref(item);
}

void kv_put(struct kv *kv, struct span key, struct span value, uint64_t rev)
{
    ASSERT(value.len <= LIMIT_VALUE_BYTES);
    struct item *old = find(kv, key);
    store(kv, item_new(key, value, (struct span){0}, rev), old);
}

void kv_append(struct kv *kv, struct span key, struct span tail, uint64_t rev)
{
    struct item *old = find(kv, key);
    struct span head = old == NULL ? (struct span){0} : item_value(old);
    ASSERT(head.len <= LIMIT_VALUE_BYTES && tail.len <= LIMIT_VALUE_BYTES - head.len);
    store(kv, item_new(key, head, tail, rev), old);
}

bool kv_delete(struct kv *kv, struct span key)
{
    struct item *old = find(kv, key);
    if (old == NULL)
        return false;
    account_removed(kv, old);
    old->refs++; /* the probe's key may be the item's own */
    struct tree_probe probe = {.key = item_key(old), .place = old->place};
    bool removed = tree_remove(&kv->by_key, probe) && tree_remove(&kv->by_place, probe);
    ASSERT(removed);
    item_unref(old);
    return true;
}

uint64_t kv_count(const struct kv *kv)
{
    return kv->count;
}

uint64_t kv_bytes(const struct kv *kv)
{
    return kv->bytes;
}

uint64_t kv_data_bytes(const struct kv *kv)
{
    return kv->bytes - kv->count * ITEM_OVERHEAD_BYTES;
}

uint64_t kv_digest(const struct kv *kv)
{
    return kv->digest;
}
