/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/lin/kept.h"

#include "base/mem.h"

#include <string.h>

/* A cut is looked for when a key has so many operations: fewer when there are many keys. */
#define DUE_MIN  64u
#define DUE_MAX  512u
#define DUE_KEYS 16384u /* of all keys together */

void lin_kept_free(struct lin_kept *kept)
{
    for (uint32_t i = 0; i < kept->cap; i++)
        mem_free(kept->keys[i].ids);
    mem_free(kept->keys);
    mem_free(kept->pos);
    texts_free(&kept->names);
}

uint32_t lin_kept_count(const struct lin_kept *kept)
{
    return kept->names.count == 0 ? 0 : kept->names.count - 1;
}

size_t lin_kept_room(const struct lin_kept *kept)
{
    size_t each = DUE_KEYS / (lin_kept_count(kept) + 1);
    return each < DUE_MIN ? DUE_MIN : each > DUE_MAX ? DUE_MAX : each;
}

static struct lin_kept_key *key_named(struct lin_kept *kept, struct trace_text name)
{
    uint32_t number = texts_add(&kept->names, name.at, name.len);
    if (number >= kept->cap) {
        uint32_t cap = kept->cap == 0 ? 16 : kept->cap * 2;
        kept->keys = mem_grow(kept->keys, cap, sizeof(*kept->keys));
        memset(kept->keys + kept->cap, 0, (cap - kept->cap) * sizeof(*kept->keys));
        kept->cap = cap;
    }
    if (kept->keys[number].due == 0)
        kept->keys[number].due = lin_kept_room(kept);
    return &kept->keys[number];
}

struct lin_kept_key *lin_kept_add(struct lin_kept *kept, struct history *h, uint64_t id)
{
    const struct history_op *op = history_get(h, id);
    struct lin_kept_key *key = key_named(kept, texts_get(&h->texts, op->key));
    key->called = op->call_ns;
    if (key->closed)
        return key;
    if (key->count == key->cap) {
        key->cap = key->cap == 0 ? 16 : key->cap * 2;
        key->ids = mem_grow(key->ids, key->cap, sizeof(*key->ids));
    }
    key->ids[key->count++] = id;
    history_hold(h, id);
    return key;
}

struct lin_kept_key *lin_kept_next(struct lin_kept *kept)
{
    uint32_t count = lin_kept_count(kept);
    if (count == 0)
        return NULL;
    kept->hand = kept->hand % count + 1;
    return &kept->keys[kept->hand];
}

struct lin_key lin_kept_view(struct lin_kept *kept, const struct lin_kept_key *key,
                             const struct history *h)
{
    struct lin_key view = {.h = h, .count = key->count, .pruned = key->pruned};
    if (kept->pos_cap < key->count) {
        kept->pos_cap = 2 * key->count;
        kept->pos = mem_grow(kept->pos, kept->pos_cap, sizeof(*kept->pos));
    }
    history_find_all(h, key->ids, key->count, kept->pos);
    view.pos = kept->pos;
    if (key->is_told) {
        uint32_t pos = (uint32_t)history_find(h, key->told);
        view.told = pos + 1;
        view.initial = lin_cut_told(&h->ops[pos]);
    }
    return view;
}

static void release(struct lin_kept_key *key, struct history *h, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        history_release(h, key->ids[i]);
}

static void set_told(struct lin_kept_key *key, struct history *h, bool is_told, uint32_t pos)
{
    if (is_told)
        history_hold(h, h->ops[pos].id);
    if (key->is_told)
        history_release(h, key->told);
    key->is_told = is_told;
    key->told = is_told ? h->ops[pos].id : 0;
}

/* The first `left` operations are replaced by those at the positions, which are among them. */
static void replace(struct lin_kept_key *key, struct history *h, size_t left, const uint32_t *pos,
                    size_t count)
{
    size_t right = key->count - left;
    ASSERT(count <= left);
    for (size_t i = 0; i < count; i++)
        history_hold(h, h->ops[pos[i]].id);
    release(key, h, 0, left);
    for (size_t i = 0; i < count; i++)
        key->ids[i] = h->ops[pos[i]].id;
    memmove(key->ids + count, key->ids + left, right * sizeof(*key->ids));
    key->count = count + right;
}

void lin_kept_cut(struct lin_kept_key *key, struct history *h, const struct lin_cut *cut,
                  const uint32_t *carried, size_t count)
{
    set_told(key, h, true, cut->told);
    replace(key, h, cut->left, carried, count);
}

void lin_kept_prune(struct lin_kept_key *key, struct history *h, const uint32_t *pos, size_t count,
                    uint32_t told)
{
    set_told(key, h, told != UINT32_MAX, told);
    replace(key, h, key->count, pos, count);
    key->pruned = true;
}

void lin_kept_close(struct lin_kept_key *key, struct history *h)
{
    release(key, h, 0, key->count);
    if (key->is_told)
        history_release(h, key->told);
    mem_free(key->ids);
    key->ids = NULL;
    key->count = key->cap = 0;
    key->is_told = false;
    key->closed = true;
}
