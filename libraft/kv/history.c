/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/history.h"

#include "base/mem.h"
#include "kv/item.h"

struct record {
    enum kv_change_kind kind;
    uint64_t rev;
    struct item *item; /* a reference, or NULL */
};

/* Invariants: record `number` stands in ring[number % cap]; first <= next <= first + count_max;
 * bytes is the sum over them; revs never fall. The ring grows up to count_max. */
struct history {
    struct record *ring;
    size_t cap;
    size_t count_max;
    size_t bytes_max;
    size_t bytes;
    uint64_t first;
    uint64_t next;
    uint64_t rev;           /* of what is noted now */
    uint64_t complete_from; /* every change of this rev and later is here */
};

struct history *history_new(size_t count_max, size_t bytes_max)
{
    struct history *h = mem_alloc(sizeof(*h));
    ASSERT(count_max > 0 && bytes_max > 0);
    h->count_max = count_max;
    h->bytes_max = bytes_max;
    h->complete_from = 1;
    return h;
}

static struct record *at(const struct history *h, uint64_t number)
{
    ASSERT(number >= h->first && number < h->next);
    return &h->ring[number % h->cap];
}

static size_t bytes_of(const struct record *r)
{
    size_t bytes = sizeof(*r);
    return r->item == NULL ? bytes
                           : bytes + sizeof(*r->item) + r->item->key_len + r->item->value_len;
}

static void drop(struct history *h, const struct record *r)
{
    h->bytes -= bytes_of(r);
    if (r->item != NULL)
        item_unref(r->item);
}

void history_restart(struct history *h, uint64_t index)
{
    for (; h->first < h->next; h->first++)
        drop(h, at(h, h->first));
    /* A number for what is skipped: whoever has seen everything so far lacks it, too. */
    if (index > h->rev)
        h->first = ++h->next;
    h->rev = index;
    h->complete_from = index + 1;
}

void history_free(struct history *h)
{
    if (h == NULL)
        return;
    history_restart(h, 0);
    mem_free(h->ring);
    mem_free(h);
}

void history_begin(struct history *h, uint64_t index)
{
    ASSERT(index > h->rev);
    h->rev = index;
}

/* Others of its rev may still be here, but not all of them. */
static void drop_first(struct history *h)
{
    const struct record *r = at(h, h->first);
    h->complete_from = r->rev + 1;
    drop(h, r);
    h->first++;
}

static void grow(struct history *h)
{
    size_t cap = h->cap == 0 ? 64 : 2 * h->cap;
    cap = cap < h->count_max ? cap : h->count_max;
    struct record *ring = mem_array(cap, sizeof(*ring));
    for (uint64_t n = h->first; n < h->next; n++)
        ring[n % cap] = *at(h, n);
    mem_free(h->ring);
    h->ring = ring;
    h->cap = cap;
}

void history_note(struct history *h, enum kv_change_kind kind, struct item *item)
{
    if (h->next - h->first == h->count_max)
        drop_first(h);
    if (h->next - h->first == h->cap)
        grow(h);
    if (item != NULL)
        item->refs++;
    struct record *r = &h->ring[h->next++ % h->cap];
    *r = (struct record){.kind = kind, .rev = h->rev, .item = item};
    h->bytes += bytes_of(r);
    while (h->bytes > h->bytes_max)
        drop_first(h);
}

uint64_t history_next(const struct history *h)
{
    return h->next;
}

void history_rewind(struct history *h, uint64_t number)
{
    while (h->next > number && h->next > h->first) {
        drop(h, at(h, h->next - 1));
        h->next--;
    }
    /* Numbers that were dropped meanwhile are given out again: nobody has seen them. */
    if (h->next > number)
        h->first = h->next = number;
}

uint64_t history_complete_from(const struct history *h)
{
    return h->complete_from;
}

uint64_t history_seek(const struct history *h, uint64_t rev)
{
    uint64_t low = h->first, high = h->next;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (at(h, middle)->rev < rev)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool history_at(const struct history *h, uint64_t number, struct kv_change *ret_change)
{
    if (number < h->first || number >= h->next)
        return false;
    const struct record *r = at(h, number);
    *ret_change = (struct kv_change){.kind = r->kind, .rev = r->rev};
    if (r->item == NULL)
        return true;
    ret_change->key = item_key(r->item);
    ret_change->is_string = r->item->type == KV_STRING;
    if (r->kind == KV_CHANGE_SET && ret_change->is_string)
        ret_change->value = item_value(r->item);
    return true;
}

uint64_t history_first(const struct history *h)
{
    return h->first;
}

size_t history_count_max(const struct history *h)
{
    return h->count_max;
}

size_t history_bytes(const struct history *h)
{
    return h->bytes;
}
