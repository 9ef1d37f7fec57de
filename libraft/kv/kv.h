/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data: an ordered map from bytes to strings, lists and sets with cheap frozen copies and a
 * digest that is always up to date. */
#ifndef KV_KV_H
#define KV_KV_H

#include "base/span.h"
#include "kv/history.h"

/* Single-threaded, and so are a map and its copies together: they share memory. */
struct kv;

/* What a value is. Lists and sets are packed into its bytes (elements.h). */
enum kv_type { KV_STRING, KV_LIST, KV_SET };

const char *kv_type_name(enum kv_type type); /* "string", … */

/* One key. Borrowed from the map: valid until the next change of this map (changes of copies
 * do not matter). */
struct kv_item {
    struct span key;
    struct span value;
    enum kv_type type;
    uint64_t rev;        /* log index of the write that made this value, or set its expiry */
    uint64_t expires_ns; /* by the log's clock; 0: never */
};

struct kv *kv_new(void);     /* empty; free with kv_free */
void kv_free(struct kv *kv); /* NULL is allowed */

/* A copy as of now, in constant time: the two share everything until one of them changes a part.
 * What a snapshot is written from while writes go on (thesis 5.1). Free with kv_free. */
struct kv *kv_copy(struct kv *kv);

/* Lookups: false leaves *ret_item untouched. */
bool kv_get(const struct kv *kv, struct span key, struct kv_item *ret_item);
/* The first key >= key, resp. > key, in bytewise order. An empty key starts from the beginning. */
bool kv_at_or_after(const struct kv *kv, struct span key, struct kv_item *ret_item);
bool kv_after(const struct kv *kv, struct span key, struct kv_item *ret_item);

/* Sets key to a string, without expiry; both are copied. Preconditions: key.len <= LIMIT_KEY_BYTES,
 * value.len <= LIMIT_VALUE_BYTES. The spans may point into this very map. */
void kv_put(struct kv *kv, struct span key, struct span value, uint64_t rev);
/* The same for a value that expires; expires_ns 0: never. */
void kv_put_until(struct kv *kv, struct span key, struct span value, uint64_t rev,
                  uint64_t expires_ns);
/* The same for anything: all of the item. A list or a set has elements. */
void kv_put_item(struct kv *kv, const struct kv_item *item);
/* Appends to the string (absent = empty) and keeps its expiry; the result must stay within
 * LIMIT_VALUE_BYTES. */
void kv_append(struct kv *kv, struct span key, struct span tail, uint64_t rev);
/* True if there was such a key. */
bool kv_delete(struct kv *kv, struct span key);
void kv_clear(struct kv *kv);

/* Removes the keys with expires_ns < now_ns, in the order of (expires_ns, key), but no more than
 * LIMIT_EXPIRE_KEYS: call it again for the rest. */
void kv_expire(struct kv *kv, uint64_t now_ns);
/* When the next key expires; false: none ever does. O(log n). */
bool kv_next_expiry(const struct kv *kv, uint64_t *ret_ns);
uint64_t kv_expired_total(const struct kv *kv);  /* removed by kv_expire so far; no state */
uint64_t kv_expiring_count(const struct kv *kv); /* keys that expire some day */

/* Every change of this map is noted there from now on (borrowed; NULL: nowhere). Copies note
 * nothing. */
void kv_set_history(struct kv *kv, struct history *history);

uint64_t kv_count(const struct kv *kv);
/* Keys, values and what keeps them, as if nothing were shared with copies. */
uint64_t kv_bytes(const struct kv *kv);
uint64_t kv_data_bytes(const struct kv *kv); /* keys and values alone */
/* A number that depends on every key, value, its type, rev and expiry and on nothing else, not even
 * on the order of writes: the sum, modulo 2^64, of a hash of each item. 0 for the empty map; O(1).
 */
uint64_t kv_digest(const struct kv *kv);

/* Stateless scans in an order of their own (by a 52-bit hash of the key, which fits a double, as
 * some clients keep cursors in one): every key that exists from the first call to the last is
 * seen at least once, whatever else comes and goes. */
#define KV_SCAN_BITS 52
/* The first item whose place is >= place. */
bool kv_scan_at(const struct kv *kv, uint64_t place, struct kv_item *ret_item);
/* The item behind that key in scan order; the key itself need not exist (any more). */
bool kv_scan_after(const struct kv *kv, struct span key, struct kv_item *ret_item);
uint64_t kv_scan_place(struct span key); /* below 2^KV_SCAN_BITS */

#endif
