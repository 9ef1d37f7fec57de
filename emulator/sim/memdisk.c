/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/sim/memdisk.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static struct names copy_names(const struct names *n)
{
    return (struct names){.list = mem_dup(n->list, n->count * sizeof *n->list), .count = n->count};
}

/* Remembers the directory as it is now: a power cut may leave this state. */
static void push_state(struct memdir *d)
{
    d->states = mem_grow(d->states, d->states_count + 1, sizeof *d->states);
    d->states[d->states_count++] = copy_names(&d->seen);
}

void memdir_init(struct memdir *d)
{
    *d = (struct memdir){0};
    push_state(d);
}

void memdir_free(struct memdir *d)
{
    for (size_t i = 0; i < d->states_count; i++)
        free(d->states[i].list);
    free(d->states);
    free(d->seen.list);
}

static struct name *find_name(const struct names *n, const char *path)
{
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->list[i].path, path) == 0)
            return &n->list[i];
    return NULL;
}

struct name *memdir_find(const struct memdir *d, const char *path)
{
    return find_name(&d->seen, path);
}

static void set_name(struct names *n, const char *path, struct inode *inode)
{
    struct name *at = find_name(n, path);
    if (at == NULL) {
        n->list = mem_grow(n->list, n->count + 1, sizeof *n->list);
        at = &n->list[n->count++];
        memset(at, 0, sizeof *at);
        memcpy(at->path, path, strnlen(path, VFS_PATH_MAX - 1));
    }
    at->inode = inode;
}

static void drop_name(struct names *n, const char *path)
{
    struct name *at = find_name(n, path);
    ASSERT(at != NULL);
    n->count--;
    memmove(at, at + 1, (size_t)(n->list + n->count - at) * sizeof *at);
}

void memdir_set(struct memdir *d, const char *path, struct inode *inode)
{
    set_name(&d->seen, path, inode);
    push_state(d);
}

void memdir_drop(struct memdir *d, const char *path)
{
    drop_name(&d->seen, path);
    push_state(d);
}

void memdir_rename(struct memdir *d, const char *from, const char *to)
{
    set_name(&d->seen, to, find_name(&d->seen, from)->inode);
    drop_name(&d->seen, from);
    push_state(d);
}

void memdir_sync(struct memdir *d, size_t kept)
{
    bool all = kept == d->states_count - 1;
    struct names keep = d->states[kept];
    for (size_t i = 0; i < d->states_count; i++)
        if (i != kept)
            free(d->states[i].list);
    d->states[0] = keep;
    d->states_count = 1;
    if (!all)
        push_state(d);
}

void memdir_cut(struct memdir *d, size_t kept)
{
    free(d->seen.list);
    d->seen = copy_names(&d->states[kept]);
    memdir_sync(d, kept);
    while (d->states_count > 1)
        free(d->states[--d->states_count].list);
}

struct inode *inode_new(void)
{
    struct inode *i = mem_alloc(sizeof *i);
    inode_widen(i, 1);
    return i;
}

void inode_free(struct inode *i)
{
    free(i->seen);
    free(i->disk);
    free(i->dirty);
    for (size_t s = 0; s < i->cap / MEMDISK_SECTOR; s++)
        free(i->past[s]);
    free(i->past);
    free(i);
}

void inode_widen(struct inode *i, size_t len)
{
    if (len <= i->cap)
        return;
    size_t cap = (len + MEMDISK_SECTOR - 1) / MEMDISK_SECTOR * MEMDISK_SECTOR;
    size_t sectors = cap / MEMDISK_SECTOR, before = i->cap / MEMDISK_SECTOR;
    i->seen = mem_grow(i->seen, cap, 1);
    i->disk = mem_grow(i->disk, cap, 1);
    i->dirty = mem_grow(i->dirty, sectors, sizeof *i->dirty);
    i->past = mem_grow(i->past, sectors, sizeof(uint8_t *));
    memset(i->seen + i->cap, 0, cap - i->cap);
    memset(i->disk + i->cap, 0, cap - i->cap);
    memset(i->dirty + before, 0, (sectors - before) * sizeof *i->dirty);
    for (size_t s = before; s < sectors; s++)
        i->past[s] = NULL;
    i->cap = cap;
}

static bool is_empty(const uint8_t *sector)
{
    return sector[0] == 0 && memcmp(sector, sector + 1, MEMDISK_SECTOR - 1) == 0;
}

/* Most sectors are written once, over zeros: those cost nothing. */
static void remember(struct inode *i, size_t sector)
{
    const uint8_t *now = i->disk + sector * MEMDISK_SECTOR;
    if (i->past[sector] == NULL && is_empty(now))
        return;
    if (i->past[sector] == NULL)
        i->past[sector] = mem_alloc(MEMDISK_SECTOR);
    memcpy(i->past[sector], now, MEMDISK_SECTOR);
}

static void store_sector(struct inode *i, size_t sector)
{
    size_t at = sector * MEMDISK_SECTOR;
    remember(i, sector);
    memcpy(i->disk + at, i->seen + at, MEMDISK_SECTOR);
    i->dirty[sector] = false;
}

void inode_store(struct inode *i, struct prng *prng, double chance, bool forget)
{
    for (size_t s = 0; s < i->cap / MEMDISK_SECTOR; s++) {
        if (!i->dirty[s])
            continue;
        if (prng_chance(prng, chance))
            store_sector(i, s);
        else if (forget)
            i->dirty[s] = false;
    }
    if (i->disk_len != i->seen_len && prng_chance(prng, chance))
        i->disk_len = i->seen_len;
}

void inode_store_prefix(struct inode *i, struct prng *prng)
{
    size_t sectors = i->cap / MEMDISK_SECTOR;
    size_t end = (size_t)prng_below(prng, sectors + 1);
    for (size_t s = 0; s < sectors; s++) {
        if (i->dirty[s] && s < end)
            store_sector(i, s);
        i->dirty[s] = false;
    }
    if (end * MEMDISK_SECTOR >= i->seen_len)
        i->disk_len = i->seen_len;
    else if (i->disk_len < end * MEMDISK_SECTOR)
        i->disk_len = end * MEMDISK_SECTOR;
}

void inode_drop_cache(struct inode *i)
{
    for (size_t s = 0; s < i->cap / MEMDISK_SECTOR; s++) {
        size_t at = s * MEMDISK_SECTOR;
        if (!i->dirty[s])
            memcpy(i->seen + at, i->disk + at, MEMDISK_SECTOR);
    }
}

void inode_cut(struct inode *i)
{
    memset(i->disk + i->disk_len, 0, i->cap - i->disk_len);
    memset(i->dirty, 0, i->cap / MEMDISK_SECTOR * sizeof *i->dirty);
    memcpy(i->seen, i->disk, i->cap);
    i->seen_len = i->disk_len;
}

uint8_t inode_past(const struct inode *i, size_t at)
{
    const uint8_t *sector = i->past[at / MEMDISK_SECTOR];
    return sector == NULL ? 0 : sector[at % MEMDISK_SECTOR];
}

void inode_shorten(struct inode *i, size_t len)
{
    ASSERT(len <= i->cap);
    memset(i->seen + len, 0, i->cap - len);
    memset(i->disk + len, 0, i->cap - len);
    for (size_t s = (len + MEMDISK_SECTOR - 1) / MEMDISK_SECTOR; s < i->cap / MEMDISK_SECTOR; s++)
        i->dirty[s] = false;
    i->seen_len = i->seen_len < len ? i->seen_len : len;
    i->disk_len = i->disk_len < len ? i->disk_len : len;
}
