/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/disk/memdisk.h"

#include "base/mem.h"

#include <string.h>

void memdir_free(struct memdir *d)
{
    mem_free(d->seen.list);
    mem_free(d->durable.list);
    mem_free(d->changes);
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

void memdisk_path(char to[MEMDISK_PATH_MAX], const char *path)
{
    size_t len = strlen(path);
    ASSERT(len < MEMDISK_PATH_MAX);
    memcpy(to, path, len + 1);
}

static void set_name(struct names *n, const struct name *name)
{
    struct name *at = find_name(n, name->path);
    if (at == NULL) {
        n->list = mem_room(n->list, n->count + 1, &n->cap, sizeof *n->list);
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
    d->changes = mem_room(d->changes, d->changes_count + 1, &d->changes_cap, sizeof *d->changes);
    struct change *c = &d->changes[d->changes_count++];
    memdisk_path(c->drop, drop == NULL ? "" : drop);
    memdisk_path(c->set.path, set == NULL ? "" : set);
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
    d->seen.count = 0;
    for (size_t i = 0; i < d->durable.count; i++)
        set_name(&d->seen, &d->durable.list[i]);
}

/* ---- contents ---- */

static const uint8_t zeros[MEMDISK_SECTOR];

/* A file up to this gets all its tables at its first write. */
#define USUAL_BYTES (1u << 20)

static size_t sectors_of(size_t bytes)
{
    return (bytes + MEMDISK_SECTOR - 1) / MEMDISK_SECTOR;
}

static void all_clean(struct inode *i)
{
    for (size_t s = i->dirty_from; s < i->dirty_to; s++)
        i->at[s].dirty = false;
    i->dirty_from = i->dirty_to = 0;
}

/* The sector is seen so: as the disk holds it, as zeros (NULL), or in memory of its own. */
static void set_seen(struct inode *i, size_t s, uint8_t *sector)
{
    if (i->at[s].seen != i->at[s].disk && i->at[s].seen != sector)
        mem_free(i->at[s].seen);
    i->at[s].seen = sector;
}

static void set_disk(struct inode *i, size_t s, uint8_t *sector)
{
    if (i->at[s].disk != i->at[s].seen && i->at[s].disk != sector)
        mem_free(i->at[s].disk);
    i->at[s].disk = sector;
}

static void forget_sector(struct inode *i, size_t s)
{
    set_seen(i, s, NULL);
    mem_free(i->at[s].disk);
    i->at[s].disk = NULL;
}

/* ---- all of a disk ---- */

struct inode *inodes_add(struct inodes *all)
{
    struct inode *i = mem_alloc(sizeof *i);
    all->list = mem_room(all->list, all->count + 1, &all->cap, sizeof i);
    all->list[all->count++] = i;
    return i;
}

void inodes_unmark(struct inodes *all)
{
    for (size_t n = 0; n < all->count; n++)
        all->list[n]->marked = false;
}

static void free_inode(struct inode *i)
{
    for (size_t n = 0; n < i->count; n++) {
        forget_sector(i, n);
        mem_free(i->at[n].past);
    }
    mem_free(i->at);
    mem_free(i->flat);
    mem_free(i);
}

void inodes_collect(struct inodes *all)
{
    size_t kept = 0;
    for (size_t n = 0; n < all->count; n++) {
        if (all->list[n]->marked)
            all->list[kept++] = all->list[n];
        else
            free_inode(all->list[n]);
    }
    all->count = kept;
}

void inodes_free(struct inodes *all)
{
    for (size_t n = 0; n < all->count; n++)
        free_inode(all->list[n]);
    mem_free(all->list);
}

/* ---- one of them ---- */

void inode_reach(struct inode *i, size_t len)
{
    size_t before = i->count;
    i->at = mem_room(i->at, sectors_of(len), &i->count, sizeof *i->at);
    for (size_t s = before; s < i->count; s++)
        i->at[s] = (struct sector){0};
}

static bool is_zero(const uint8_t *data, size_t len)
{
    return len == 0 || (data[0] == 0 && memcmp(data, data + 1, len - 1) == 0);
}

static void mark_dirty(struct inode *i, size_t from, size_t to)
{
    bool any = i->dirty_from < i->dirty_to;
    for (size_t s = from; s < to; s++)
        i->at[s].dirty = true;
    i->dirty_from = any && i->dirty_from < from ? i->dirty_from : from;
    i->dirty_to = any && i->dirty_to > to ? i->dirty_to : to;
}

/* Memory that nobody else sees, for a sector that is seen otherwise from now on. */
static uint8_t *own_seen(struct inode *i, size_t s)
{
    if (i->at[s].seen == NULL || i->at[s].seen == i->at[s].disk)
        i->at[s].seen = mem_raw(MEMDISK_SECTOR);
    return i->at[s].seen;
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

static const struct sector none;

static const struct sector *sector_at(const struct inode *i, size_t s)
{
    return s < i->count ? &i->at[s] : &none;
}

static const uint8_t *look(const uint8_t *sector)
{
    return sector == NULL ? zeros : sector;
}

void inode_read(const struct inode *i, size_t offset, void *data, size_t len)
{
    uint8_t *to = data;
    for (size_t at = offset, n; at < offset + len; at += n) {
        size_t within = at % MEMDISK_SECTOR, left = offset + len - at;
        n = MEMDISK_SECTOR - within < left ? MEMDISK_SECTOR - within : left;
        memcpy(to + (at - offset), look(sector_at(i, at / MEMDISK_SECTOR)->seen) + within, n);
    }
}

/* What the disk holds there is in the past; what is seen there is what it holds. */
static void store_sector(struct inode *i, size_t s)
{
    i->at[s].dirty = false;
    if (i->at[s].disk == i->at[s].seen)
        return;
    mem_free(i->at[s].past);
    i->at[s].past = i->at[s].disk;
    i->at[s].disk = i->at[s].seen;
}

void inode_store(struct inode *i, struct prng *prng, double chance, bool forget)
{
    bool left = false;
    for (size_t s = i->dirty_from; s < i->dirty_to; s++) {
        if (!i->at[s].dirty)
            continue;
        if (prng_chance(prng, chance)) {
            store_sector(i, s);
        } else if (forget) {
            i->at[s].dirty = false;
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
        if (i->at[s].dirty && s < end)
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
        if (!i->at[s].dirty)
            set_seen(i, s, i->at[s].disk);
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
        set_seen(i, s, i->at[s].disk);
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
        if (memcmp(look(sector_at(i, s)->seen), from, MEMDISK_SECTOR) != 0)
            memcpy(own_seen(i, s), from, MEMDISK_SECTOR);
        set_disk(i, s, i->at[s].seen);
    }
    i->seen_len = i->disk_len = len;
}

uint8_t inode_seen(const struct inode *i, size_t at)
{
    return look(sector_at(i, at / MEMDISK_SECTOR)->seen)[at % MEMDISK_SECTOR];
}

uint8_t inode_disk(const struct inode *i, size_t at)
{
    return look(sector_at(i, at / MEMDISK_SECTOR)->disk)[at % MEMDISK_SECTOR];
}

uint8_t inode_past(const struct inode *i, size_t at)
{
    return look(sector_at(i, at / MEMDISK_SECTOR)->past)[at % MEMDISK_SECTOR];
}

void inode_put_seen(struct inode *i, size_t at, uint8_t byte)
{
    size_t s = at / MEMDISK_SECTOR;
    if (inode_seen(i, at) == byte)
        return;
    if (i->at[s].seen == NULL || i->at[s].seen == i->at[s].disk) {
        const uint8_t *before = look(sector_at(i, s)->seen);
        uint8_t *own = mem_raw(MEMDISK_SECTOR);
        i->at[s].seen = memcpy(own, before, MEMDISK_SECTOR);
    }
    i->at[s].seen[at % MEMDISK_SECTOR] = byte;
}

void inode_put_disk(struct inode *i, size_t at, uint8_t byte)
{
    size_t s = at / MEMDISK_SECTOR;
    if (inode_disk(i, at) == byte)
        return;
    if (i->at[s].disk == NULL || i->at[s].disk == i->at[s].seen) {
        const uint8_t *before = look(sector_at(i, s)->disk);
        uint8_t *own = mem_raw(MEMDISK_SECTOR);
        i->at[s].disk = memcpy(own, before, MEMDISK_SECTOR);
    }
    i->at[s].disk[at % MEMDISK_SECTOR] = byte;
}

void inode_unsync(struct inode *i, size_t offset, size_t len, const uint8_t *before,
                  size_t before_len, size_t size)
{
    inode_reach(i, offset + len);
    for (size_t k = 0; k < len; k++)
        inode_put_disk(i, offset + k, k < before_len ? before[k] : 0);
    mark_dirty(i, offset / MEMDISK_SECTOR, sectors_of(offset + len));
    i->disk_len = size;
}

void inode_put_past(struct inode *i, size_t offset, size_t len, const uint8_t *before,
                    size_t before_len)
{
    inode_reach(i, offset + len);
    for (size_t s = offset / MEMDISK_SECTOR; s < sectors_of(offset + len); s++) {
        if (i->at[s].past != NULL)
            continue;
        i->at[s].past = mem_array(MEMDISK_SECTOR, 1);
        for (size_t k = 0; k < MEMDISK_SECTOR; k++) {
            size_t at = s * MEMDISK_SECTOR + k;
            bool said = at >= offset && at - offset < before_len;
            i->at[s].past[k] = said ? before[at - offset] : 0;
        }
    }
}

void inode_shorten(struct inode *i, size_t len)
{
    wipe_end(i, len);
    for (size_t s = sectors_of(len); s < i->dirty_to; s++)
        i->at[s].dirty = false;
    i->seen_len = i->seen_len < len ? i->seen_len : len;
    i->disk_len = i->disk_len < len ? i->disk_len : len;
}
