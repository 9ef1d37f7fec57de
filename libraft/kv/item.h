/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One key with its value: immutable once made, shared by trees through a count. */
#ifndef KV_ITEM_H
#define KV_ITEM_H

#include "base/limits.h"
#include "base/span.h"
#include "kv/kv.h"

/* The largest value of a key, and the largest kept answer. */
#define ITEM_VALUE_BYTES_MAX LIMIT_REPLY_BYTES

/* Never changed after item_new but for refs, so that a frozen copy of the map sees what it saw.
 * One piece of memory: the key's bytes, then the value's. */
struct item {
    uint32_t refs; /* tree slots that hold it, and callers */
    uint32_t key_len;
    uint32_t value_len;
    uint32_t type; /* enum kv_type */
    uint64_t rev;
    uint64_t expires_ns; /* of the log's clock; 0: never */
    uint64_t place;      /* in scan order: KV_SCAN_BITS of the key's hash */
    uint64_t digest;     /* hash of all of it: its share of the map's digest */
    char bytes[];
};

/* An item of one reference with value = head followed by tail, at most ITEM_VALUE_BYTES_MAX. */
struct item *item_new(struct span key, struct span head, struct span tail, uint64_t rev);
/* The same of all that `what` is; tail follows its value. */
struct item *item_new_of(const struct kv_item *what, struct span tail);
void item_unref(struct item *item);

uint64_t item_place(struct span key);

static inline struct span item_key(const struct item *item)
{
    return span_of(item->bytes, item->key_len);
}

static inline struct span item_value(const struct item *item)
{
    return span_of(item->bytes + item->key_len, item->value_len);
}

#endif
