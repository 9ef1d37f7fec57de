/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/sim/memdisk.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void memdir_free(struct memdir *d)
{
    free(d->seen.list);
    free(d->durable.list);
    free(d->changes);
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

static void mark_names(const struct names *n)
{
    for (size_t i = 0; i < n->count; i++)
        n->list[i].inode->marked = true;
}

void memdir_mark(const struct memdir *d)
{
    mark_names(&d->seen);
    mark_names(&d->durable);
    for (size_t i = 0; i < d->changes_count; i++) {
        if (d->changes[i].set.inode != NULL)
            d->changes[i].set.inode->marked = true;
    }
}

static void put_path(char to[VFS_PATH_MAX], const char *path)
{
    memset(to, 0, VFS_PATH_MAX);
    memcpy(to, path, strnlen(path, VFS_PATH_MAX - 1));
}

static void set_name(struct names *n, const struct name *name)
{
    struct name *at = find_name(n, name->path);
    if (at == NULL) {
        n->list = mem_grow(n->list, n->count + 1, sizeof *n->list);
        at = &n->list[n->count++];
    }
    *at = *name;
}

static void drop_name(struct names *n, const char *path)
{
    struct name *at = find_name(n, path);
    ASSERT(at != NULL);
    n->count--;
    memmove(at, at + 1, (size_t)(n->list + n->count - at) * sizeof *at);
}

static void apply(struct names *n, const struct change *c)
{
    if (c->set.inode != NULL)
        set_name(n, &c->set);
    if (c->drop[0] != '\0')
        drop_name(n, c->drop);
}

/* The name of that path goes, one leads to inode; NULL: none does. */
static void change(struct memdir *d, const char *drop, const char *set, struct inode *inode)
{
    if (d->changes_count == d->changes_cap) {
        d->changes_cap = d->changes_cap == 0 ? 8 : 2 * d->changes_cap;
        d->changes = mem_grow(d->changes, d->changes_cap, sizeof *d->changes);
    }
    struct change *c = &d->changes[d->changes_count++];
    put_path(c->drop, drop == NULL ? "" : drop);
    put_path(c->set.path, set == NULL ? "" : set);
    c->set.inode = inode;
    apply(&d->seen, c);
}

void memdir_set(struct memdir *d, const char *path, struct inode *inode)
{
    change(d, NULL, path, inode);
}

void memdir_drop(struct memdir *d, const char *path)
{
    change(d, path, NULL, NULL);
}

void memdir_rename(struct memdir *d, const char *from, const char *to)
{
    change(d, from, to, find_name(&d->seen, from)->inode);
}

void memdir_sync(struct memdir *d, size_t changes)
{
    ASSERT(changes <= d->changes_count);
    for (size_t i = 0; i < changes; i++)
        apply(&d->durable, &d->changes[i]);
    d->changes_count -= changes;
    if (changes > 0)
        memmove(d->changes, d->changes + changes, d->changes_count * sizeof *d->changes);
}

void memdir_cut(struct memdir *d, size_t changes)
{
    memdir_sync(d, changes);
    d->changes_count = 0;
    free(d->seen.list);
    d->seen = d->durable;
    d->seen.list = mem_dup(d->durable.list, d->durable.count * sizeof *d->durable.list);
}

/* ---- contents ---- */

static const uint8_t zeros[MEMDISK_SECTOR];

/* A file up to this gets all its tables at its first write. */
#define USUAL_BYTES (1u << 20)

struct inode *inode_new(struct sectors *room)
{
    struct inode *i = mem_alloc(sizeof *i);
    i->room = room;
    return i;
}

void inode_free(struct inode *i)
{
    free(i->seen);
    free(i->disk);
    free(i->past);
    free(i->dirty);
    free(i->flat);
    free(i);
}

static size_t sectors_of(size_t bytes)
{
    return (bytes + MEMDISK_SECTOR - 1) / MEMDISK_SECTOR;
}

static void all_clean(struct inode *i)
{
    if (i->dirty_from < i->dirty_to) /* an empty file has no marks */
        memset(i->dirty + i->dirty_from, 0, (i->dirty_to - i->dirty_from) * sizeof *i->dirty);
    i->dirty_from = i->dirty_to = 0;
}

/* The sector is seen so: as the disk holds it, as zeros (NULL), or in memory of its own. */
static void set_seen(struct inode *i, size_t s, uint8_t *sector)
{
    if (i->seen[s] != i->disk[s] && i->seen[s] != sector)
        sectors_give(i->room, i->seen[s]);
    i->seen[s] = sector;
}

static void set_disk(struct inode *i, size_t s, uint8_t *sector)
{
    if (i->disk[s] != i->seen[s] && i->disk[s] != sector)
        sectors_give(i->room, i->disk[s]);
    i->disk[s] = sector;
}

static void forget_sector(struct inode *i, size_t s)
{
    set_seen(i, s, NULL);
    sectors_give(i->room, i->disk[s]);
    i->disk[s] = NULL;
}

void inode_clear(struct inode *i)
{
    for (size_t s = 0; s < i->count; s++) {
        forget_sector(i, s);
        sectors_give(i->room, i->past[s]);
        i->past[s] = NULL;
    }
    all_clean(i);
    i->seen_len = i->disk_len = 0;
    i->apart = false;
}

static uint8_t **widen(uint8_t **table, size_t before, size_t count)
{
    uint8_t **wider = mem_grow(table, count, sizeof *wider);
    for (size_t s = before; s < count; s++)
        wider[s] = NULL;
    return wider;
}

void inode_reach(struct inode *i, size_t len)
{
    size_t count = sectors_of(len);
    if (count <= i->count)
        return;
    if (count < 2 * i->count)
        count = 2 * i->count;
    i->seen = widen(i->seen, i->count, count);
    i->disk = widen(i->disk, i->count, count);
    i->past = widen(i->past, i->count, count);
    i->dirty = mem_grow(i->dirty, count, sizeof *i->dirty);
    memset(i->dirty + i->count, 0, (count - i->count) * sizeof *i->dirty);
    i->count = count;
}

static bool is_zero(const uint8_t *data, size_t len)
{
    return len == 0 || (data[0] == 0 && memcmp(data, data + 1, len - 1) == 0);
}

static void mark_dirty(struct inode *i, size_t from, size_t to)
{
    bool any = i->dirty_from < i->dirty_to;
    memset(i->dirty + from, 1, (to - from) * sizeof *i->dirty);
    i->dirty_from = any && i->dirty_from < from ? i->dirty_from : from;
    i->dirty_to = any && i->dirty_to > to ? i->dirty_to : to;
}

/* Memory that nobody else sees, for a sector that is seen otherwise from now on. */
static uint8_t *own_seen(struct inode *i, size_t s)
{
    if (i->seen[s] == NULL || i->seen[s] == i->disk[s])
        i->seen[s] = sectors_take(i->room);
    return i->seen[s];
}

/* Files are made longer by zeros, and blocks are filled up with them: those cost nothing. */
void inode_write(struct inode *i, size_t offset, const void *data, size_t len)
{
    size_t first = offset / MEMDISK_SECTOR, end = offset + len;
    ASSERT(offset % MEMDISK_SECTOR == 0 && len % MEMDISK_SECTOR == 0);
    if (end > i->seen_len)
        i->seen_len = end;
    if (len == 0 || (first >= i->count && is_zero(data, len)))
        return;
    inode_reach(i, i->seen_len <= USUAL_BYTES ? i->seen_len : end);
    for (size_t s = first; s < first + len / MEMDISK_SECTOR; s++) {
        const uint8_t *from = (const uint8_t *)data + (s - first) * MEMDISK_SECTOR;
        if (is_zero(from, MEMDISK_SECTOR))
            set_seen(i, s, NULL);
        else
            memcpy(own_seen(i, s), from, MEMDISK_SECTOR);
    }
    mark_dirty(i, first, first + len / MEMDISK_SECTOR);
}

static const uint8_t *look(const struct inode *i, uint8_t *const *table, size_t s)
{
    return s >= i->count || table[s] == NULL ? zeros : table[s];
}

void inode_read(const struct inode *i, size_t offset, void *data, size_t len)
{
    uint8_t *to = data;
    for (size_t at = offset, n; at < offset + len; at += n) {
        size_t within = at % MEMDISK_SECTOR, left = offset + len - at;
        n = MEMDISK_SECTOR - within < left ? MEMDISK_SECTOR - within : left;
        memcpy(to + (at - offset), look(i, i->seen, at / MEMDISK_SECTOR) + within, n);
    }
}

/* What the disk holds there is in the past; what is seen there is what it holds. */
static void store_sector(struct inode *i, size_t s)
{
    i->dirty[s] = false;
    if (i->disk[s] == i->seen[s])
        return;
    sectors_give(i->room, i->past[s]);
    i->past[s] = i->disk[s];
    i->disk[s] = i->seen[s];
}

void inode_store(struct inode *i, struct prng *prng, double chance, bool forget)
{
    bool left = false;
    for (size_t s = i->dirty_from; s < i->dirty_to; s++) {
        if (!i->dirty[s])
            continue;
        if (prng_chance(prng, chance)) {
            store_sector(i, s);
        } else if (forget) {
            i->dirty[s] = false;
            i->apart = true;
        } else {
            left = true;
        }
    }
    if (!left)
        i->dirty_from = i->dirty_to = 0;
    if (i->disk_len != i->seen_len && prng_chance(prng, chance))
        i->disk_len = i->seen_len;
}

void inode_store_prefix(struct inode *i, struct prng *prng)
{
    size_t end = (size_t)prng_below(prng, sectors_of(i->seen_len) + 1);
    for (size_t s = i->dirty_from; s < i->dirty_to; s++) {
        if (i->dirty[s] && s < end)
            store_sector(i, s);
    }
    all_clean(i);
    i->apart = true;
    if (end * MEMDISK_SECTOR >= i->seen_len)
        i->disk_len = i->seen_len;
    else if (i->disk_len < end * MEMDISK_SECTOR)
        i->disk_len = end * MEMDISK_SECTOR;
}

void inode_drop_cache(struct inode *i)
{
    for (size_t s = 0; s < i->count && i->apart; s++) {
        if (!i->dirty[s])
            set_seen(i, s, i->disk[s]);
    }
    i->apart = false;
}

/* Nothing beyond that length, seen or on the disk. */
static void wipe_end(struct inode *i, size_t len)
{
    size_t whole = sectors_of(len);
    for (size_t at = len; at < whole * MEMDISK_SECTOR && at < i->count * MEMDISK_SECTOR; at++) {
        inode_put_seen(i, at, 0);
        inode_put_disk(i, at, 0);
    }
    for (size_t s = whole; s < i->count; s++)
        forget_sector(i, s);
}

void inode_cut(struct inode *i)
{
    for (size_t s = 0; s < i->count; s++)
        set_seen(i, s, i->disk[s]);
    wipe_end(i, i->disk_len);
    all_clean(i);
    i->seen_len = i->disk_len;
    i->apart = false;
}

void inode_replace(struct inode *i, const uint8_t *data, size_t len)
{
    uint8_t last[MEMDISK_SECTOR] = {0};
    inode_reach(i, len);
    for (size_t s = 0; s < sectors_of(len); s++) {
        size_t at = s * MEMDISK_SECTOR, left = len - at;
        const uint8_t *from = data + at;
        if (left < MEMDISK_SECTOR)
            from = memcpy(last, from, left);
        if (memcmp(look(i, i->seen, s), from, MEMDISK_SECTOR) != 0)
            memcpy(own_seen(i, s), from, MEMDISK_SECTOR);
        set_disk(i, s, i->seen[s]);
    }
    i->seen_len = i->disk_len = len;
}

uint8_t inode_seen(const struct inode *i, size_t at)
{
    return look(i, i->seen, at / MEMDISK_SECTOR)[at % MEMDISK_SECTOR];
}

uint8_t inode_disk(const struct inode *i, size_t at)
{
    return look(i, i->disk, at / MEMDISK_SECTOR)[at % MEMDISK_SECTOR];
}

uint8_t inode_past(const struct inode *i, size_t at)
{
    return look(i, i->past, at / MEMDISK_SECTOR)[at % MEMDISK_SECTOR];
}

void inode_put_seen(struct inode *i, size_t at, uint8_t byte)
{
    size_t s = at / MEMDISK_SECTOR;
    if (inode_seen(i, at) == byte)
        return;
    if (i->seen[s] == NULL || i->seen[s] == i->disk[s]) {
        const uint8_t *before = look(i, i->seen, s);
        uint8_t *own = sectors_take(i->room);
        i->seen[s] = memcpy(own, before, MEMDISK_SECTOR);
    }
    i->seen[s][at % MEMDISK_SECTOR] = byte;
}

void inode_put_disk(struct inode *i, size_t at, uint8_t byte)
{
    size_t s = at / MEMDISK_SECTOR;
    if (inode_disk(i, at) == byte)
        return;
    if (i->disk[s] == NULL || i->disk[s] == i->seen[s]) {
        const uint8_t *before = look(i, i->disk, s);
        uint8_t *own = sectors_take(i->room);
        i->disk[s] = memcpy(own, before, MEMDISK_SECTOR);
    }
    i->disk[s][at % MEMDISK_SECTOR] = byte;
}

void inode_shorten(struct inode *i, size_t len)
{
    wipe_end(i, len);
    for (size_t s = sectors_of(len); s < i->dirty_to; s++)
        i->dirty[s] = false;
    i->seen_len = i->seen_len < len ? i->seen_len : len;
    i->disk_len = i->disk_len < len ? i->disk_len : len;
}
