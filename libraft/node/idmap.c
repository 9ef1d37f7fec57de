/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/idmap.h"

#include "base/mem.h"
#include "base/prng.h"

void idmap_free(struct idmap *m)
{
    mem_free(m->slots);
    *m = (struct idmap){0};
}

/* The slot of id, or the free one where it belongs. */
static size_t find(const struct idmap *m, uint64_t id)
{
    size_t at = prng_mix(id) & (m->cap - 1);
    while (m->slots[at].id != 0 && m->slots[at].id != id)
        at = (at + 1) & (m->cap - 1);
    return at;
}

void *idmap_get(const struct idmap *m, uint64_t id)
{
    ASSERT(id != 0);
    return m->count == 0 ? NULL : m->slots[find(m, id)].what;
}

static void grow(struct idmap *m)
{
    struct idmap old = *m;
    m->cap = old.cap == 0 ? 16 : old.cap * 2;
    m->slots = mem_array(m->cap, sizeof(*m->slots));
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].id != 0)
            m->slots[find(m, old.slots[i].id)] = old.slots[i];
    }
    mem_free(old.slots);
}

void idmap_put(struct idmap *m, uint64_t id, void *what)
{
    ASSERT(id != 0 && what != NULL);
    if ((m->count + 1) * 2 > m->cap)
        grow(m);
    size_t at = find(m, id);
    ASSERT(m->slots[at].id == 0);
    m->slots[at] = (struct idmap_slot){id, what};
    m->count++;
}

/* Closes the gap: what probed past the freed slot moves up. */
static void close_gap(struct idmap *m, size_t gap)
{
    for (size_t at = (gap + 1) & (m->cap - 1); m->slots[at].id != 0; at = (at + 1) & (m->cap - 1)) {
        struct idmap_slot moved = m->slots[at];
        m->slots[at] = (struct idmap_slot){0};
        m->slots[find(m, moved.id)] = moved;
    }
}

void *idmap_take(struct idmap *m, uint64_t id)
{
    void *what = idmap_get(m, id);
    if (what == NULL)
        return NULL;
    size_t at = find(m, id);
    m->slots[at] = (struct idmap_slot){0};
    m->count--;
    close_gap(m, at);
    return what;
}
