/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/kv.h"

#include "base/limits.h"
#include "base/mem.h"
#include "kv/tree.h"

/* Every item stands in the first two trees, one that expires in all. Invariants: count, bytes and
 * digest are the sums over by_key, expiring over by_expiry. */
struct kv {
    struct tree by_key;
    struct tree by_place;
    struct tree by_expiry;
    struct history *history; /* borrowed; NULL: changes are not noted */
    uint64_t count;
    uint64_t expiring;
    uint64_t expired_total;
    uint64_t bytes;
    uint64_t digest;
};

/* An item's header, and two slots of 16 bytes in nodes that are three quarters full. */
#define ITEM_OVERHEAD_BYTES (sizeof(struct item) + 2 * 16 * 4 / 3)

struct kv *kv_new(void)
{
    struct kv *kv = mem_alloc(sizeof(*kv));
    kv->by_key.order = TREE_BY_KEY;
    kv->by_place.order = TREE_BY_PLACE;
    kv->by_expiry.order = TREE_BY_EXPIRY;
    return kv;
}

static void drop_all(struct kv *kv)
{
    tree_drop(&kv->by_key);
    tree_drop(&kv->by_place);
    tree_drop(&kv->by_expiry);
    kv->count = kv->expiring = kv->bytes = kv->digest = 0;
}

void kv_clear(struct kv *kv)
{
    if (kv->history != NULL && kv->count > 0)
        history_note(kv->history, KV_CHANGE_CLEARED, NULL);
    drop_all(kv);
}

void kv_free(struct kv *kv)
{
    if (kv == NULL)
        return;
    drop_all(kv);
    mem_free(kv);
}

struct kv *kv_copy(struct kv *kv)
{
    struct kv *copy = mem_dup(kv, sizeof(*kv));
    copy->by_key = tree_copy(&kv->by_key);
    copy->by_place = tree_copy(&kv->by_place);
    copy->by_expiry = tree_copy(&kv->by_expiry);
    copy->history = NULL;
    return copy;
}

void kv_set_history(struct kv *kv, struct history *history)
{
    kv->history = history;
}

static bool found(const struct item *item, struct kv_item *ret_item)
{
    if (item == NULL)
        return false;
    *ret_item = (struct kv_item){.key = item_key(item),
                                 .value = item_value(item),
                                 .type = (enum kv_type)item->type,
                                 .rev = item->rev,
                                 .expires_ns = item->expires_ns};
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

/* The item leaves the sums, and the tree of those that expire. */
static void account_removed(struct kv *kv, const struct item *item)
{
    ASSERT(kv->count > 0);
    kv->count--;
    kv->bytes -= bytes_of_item(item);
    kv->digest -= item->digest;
    if (item->expires_ns == 0)
        return;
    bool removed = tree_remove(&kv->by_expiry, tree_probe_of(TREE_BY_EXPIRY, item));
    ASSERT(removed && kv->expiring > 0);
    kv->expiring--;
}

/* Gives the map its only reference to item, in place of old (NULL: the key is new). */
static void store(struct kv *kv, struct item *item, const struct item *old)
{
    if (old != NULL)
        account_removed(kv, old);
    if (kv->history != NULL)
        history_note(kv->history, KV_CHANGE_SET, item);
    kv->count++;
    kv->bytes += bytes_of_item(item);
    kv->digest += item->digest;
    tree_put(&kv->by_key, item);
    tree_put(&kv->by_place, item);
    if (item->expires_ns != 0) {
        tree_put(&kv->by_expiry, item);
        kv->expiring++;
    }
    item_unref(item);
}

const char *kv_type_name(enum kv_type type)
{
    static const char *const names[] = {"string", "list", "set"};
    ASSERT((size_t)type < ARRAY_LEN(names));
    return names[type];
}

void kv_put(struct kv *kv, struct span key, struct span value, uint64_t rev)
{
    kv_put_until(kv, key, value, rev, 0);
}

void kv_put_until(struct kv *kv, struct span key, struct span value, uint64_t rev,
                  uint64_t expires_ns)
{
    kv_put_item(
        kv, &(struct kv_item){.key = key, .value = value, .rev = rev, .expires_ns = expires_ns});
}

void kv_put_item(struct kv *kv, const struct kv_item *item)
{
    ASSERT(item->value.len <= LIMIT_VALUE_BYTES);
    ASSERT(item->type == KV_STRING || item->value.len > 0);
    store(kv, item_new_of(item, (struct span){0}), find(kv, item->key));
}

void kv_append(struct kv *kv, struct span key, struct span tail, uint64_t rev)
{
    struct item *old = find(kv, key);
    struct span head = old == NULL ? (struct span){0} : item_value(old);
    ASSERT(head.len <= LIMIT_VALUE_BYTES && tail.len <= LIMIT_VALUE_BYTES - head.len);
    ASSERT(old == NULL || old->type == KV_STRING);
    const struct kv_item item = {
        .key = key, .value = head, .rev = rev, .expires_ns = old == NULL ? 0 : old->expires_ns};
    store(kv, item_new_of(&item, tail), old);
}

static void take_out(struct kv *kv, struct item *old, enum kv_change_kind kind)
{
    old->refs++; /* the probe's key is the item's own */
    account_removed(kv, old);
    if (kv->history != NULL)
        history_note(kv->history, kind, old);
    struct tree_probe probe = tree_probe_of(TREE_BY_PLACE, old);
    bool removed = tree_remove(&kv->by_key, probe) && tree_remove(&kv->by_place, probe);
    ASSERT(removed);
    item_unref(old);
}

bool kv_delete(struct kv *kv, struct span key)
{
    struct item *old = find(kv, key);
    if (old == NULL)
        return false;
    take_out(kv, old, KV_CHANGE_DELETED);
    return true;
}

static struct item *next_to_expire(const struct kv *kv)
{
    return tree_seek(&kv->by_expiry, (struct tree_probe){0}, false);
}

void kv_expire(struct kv *kv, uint64_t now_ns)
{
    for (int i = 0; i < LIMIT_EXPIRE_KEYS; i++) {
        struct item *first = next_to_expire(kv);
        if (first == NULL || first->expires_ns >= now_ns)
            return;
        take_out(kv, first, KV_CHANGE_EXPIRED);
        kv->expired_total++;
    }
}

uint64_t kv_expired_total(const struct kv *kv)
{
    return kv->expired_total;
}

bool kv_next_expiry(const struct kv *kv, uint64_t *ret_ns)
{
    const struct item *first = next_to_expire(kv);
    if (first == NULL)
        return false;
    *ret_ns = first->expires_ns;
    return true;
}

uint64_t kv_expiring_count(const struct kv *kv)
{
    return kv->expiring;
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
