/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/disk/damage.h"

#include "base/mem.h"
#include "emulator/disk/memdisk.h"
#include "emulator/disk/places.h"

#include <stdio.h>
#include <string.h>

/* Tries to find bytes that the damage changes: zeros do not become zero. */
#define TRIES 64

struct job {
    struct memvfs *m;
    const struct world_damage *what;
    struct prng *dice;
    char *text; /* WORLD_TEXT_MAX bytes */
};

static uint64_t lower(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- tearing ---- */

/* start..end was one write, or several in a row. Byte by byte whether it got there. */
struct tear {
    struct world_tear how;
    uint64_t start, end, cut;
    uint64_t sector_bytes;
    uint64_t lost_always; /* of random sectors, so that something is torn */
    struct prng dice;
    bool kept; /* the sector that got_there looked at last */
    uint64_t sector;
};

static void begin_tear(struct tear *t, const struct world_tear *how, uint64_t start, uint64_t end,
                       struct prng *dice)
{
    uint64_t size = how->sector_bytes == 0 ? MEMDISK_SECTOR : how->sector_bytes;
    uint64_t sectors = (end - start + size - 1) / size;
    *t = (struct tear){
        .how = *how, .start = start, .end = end, .sector_bytes = size, .sector = UINT64_MAX};
    /* Something is lost always: of a suffix the first bytes, else the last. */
    bool suffix = how->keep == WORLD_KEEP_SUFFIX;
    t->cut = how->at_bytes != 0 ? how->at_bytes : (prng_below(dice, sectors) + suffix) * size;
    t->cut = lower(t->cut, end - start - !suffix);
    t->lost_always = prng_below(dice, sectors);
    t->dice = *dice;
    (void)prng_u64(dice);
}

/* Asked for rising places. */
static bool got_there(struct tear *t, uint64_t at)
{
    uint64_t offset = at - t->start, sector = offset / t->sector_bytes;
    switch (t->how.keep) {
    case WORLD_KEEP_PREFIX: return offset < t->cut;
    case WORLD_KEEP_SUFFIX: return offset >= t->cut;
    case WORLD_KEEP_RANDOM: break;
    }
    if (sector != t->sector) {
        t->sector = sector;
        t->kept = prng_chance(&t->dice, 0.5) && sector != t->lost_always;
    }
    return t->kept;
}

bool damage_tear_unsynced(struct memvfs *m, const char *path, const struct world_tear *tear,
                          struct prng *dice)
{
    struct inode *i = memvfs_inode(m, path);
    size_t first = 0, end = 0;
    struct tear t;
    if (i == NULL)
        return false;
    for (size_t s = i->dirty_to; s > i->dirty_from; s--) {
        first = i->at[s - 1].dirty ? s - 1 : first;
        end = i->at[s - 1].dirty && end == 0 ? s : end;
    }
    if (end == 0)
        return false;
    begin_tear(&t, tear, first * MEMDISK_SECTOR, end * MEMDISK_SECTOR, dice);
    for (uint64_t at = t.start; at < t.end; at++) {
        if (got_there(&t, at))
            inode_put_disk(i, at, inode_seen(i, at));
        else if (i->at[at / MEMDISK_SECTOR].dirty)
            inode_put_seen(i, at, inode_disk(i, at));
    }
    for (size_t s = first; s < end; s++)
        i->at[s].dirty = false;
    i->disk_len = i->seen_len;
    return true;
}

static bool set_byte(struct inode *i, uint64_t at, uint8_t value)
{
    bool changes = inode_seen(i, at) != value;
    inode_put_seen(i, at, value);
    inode_put_disk(i, at, value);
    return changes;
}

static bool tear_place(struct inode *i, const struct place *p, const struct world_tear *how,
                       struct prng *dice)
{
    struct tear t;
    bool changed = false;
    begin_tear(&t, how, p->start, p->end, dice);
    for (uint64_t at = t.start; at < t.end; at++) {
        if (got_there(&t, at))
            continue;
        uint8_t before = i->at[at / MEMDISK_SECTOR].dirty ? inode_disk(i, at) : inode_past(i, at);
        changed = set_byte(i, at, before) || changed;
    }
    return changed;
}

/* ---- bytes ---- */

/* Whole sectors, as disks read and write them, around the place that was drawn. */
static void widen(const struct inode *i, uint64_t bytes, uint64_t unit, uint64_t *at, uint64_t *len)
{
    *at = *at / unit * unit;
    *len = bytes == 0 ? unit : (bytes + MEMDISK_SECTOR - 1) / MEMDISK_SECTOR * MEMDISK_SECTOR;
    *len = lower(*len, i->seen_len - *at);
}

static bool flip(struct inode *i, uint64_t at, uint64_t len, struct prng *dice)
{
    for (uint64_t k = 0; k < len; k++) {
        uint8_t mask = (uint8_t)(1u << prng_below(dice, 8));
        inode_put_seen(i, at + k, inode_seen(i, at + k) ^ mask);
        inode_put_disk(i, at + k, inode_disk(i, at + k) ^ mask);
    }
    return len > 0;
}

static bool misdirect(struct inode *i, uint64_t at, uint64_t len, struct prng *dice)
{
    uint64_t blocks = i->seen_len / VFS_BLOCK;
    uint64_t from = blocks == 0 ? 0 : prng_below(dice, blocks) * VFS_BLOCK + at % VFS_BLOCK;
    bool changed = false;
    if (from + len > i->seen_len)
        return false;
    for (uint64_t k = 0; k < len; k++)
        changed = set_byte(i, at + k, inode_seen(i, from + k)) || changed;
    return changed;
}

static bool bring_back(struct inode *i, uint64_t at, uint64_t len)
{
    bool changed = false;
    for (uint64_t k = 0; k < len; k++)
        changed = set_byte(i, at + k, inode_past(i, at + k)) || changed;
    return changed;
}

static bool cut_end(struct inode *i, uint64_t at, uint64_t bytes, enum world_region region)
{
    if (bytes > 0 && region == WORLD_REGION_ANY)
        at = bytes < i->seen_len ? i->seen_len - bytes : 0;
    if (at >= i->seen_len)
        return false;
    inode_shorten(i, (size_t)at);
    return true;
}

/* One try at one place. *at, *len: which bytes. */
static bool hit(const struct job *j, struct inode *i, const struct place *p, uint64_t *at,
                uint64_t *len)
{
    const struct world_damage *w = j->what;
    *at = p->start + prng_below(j->dice, p->end - p->start);
    *len = lower(w->bytes == 0 ? 1 : w->bytes, i->seen_len - *at);
    switch (w->kind) {
    case WORLD_DAMAGE_FLIP: return flip(i, *at, *len, j->dice);
    case WORLD_DAMAGE_ZERO: {
        bool changed = false;
        if (w->bytes == 0)
            widen(i, 0, MEMDISK_SECTOR, at, len);
        for (uint64_t k = 0; k < *len; k++)
            changed = set_byte(i, *at + k, 0) || changed;
        return changed;
    }
    case WORLD_DAMAGE_TRUNCATE: *len = i->seen_len; return cut_end(i, *at, w->bytes, w->region);
    case WORLD_DAMAGE_MISDIRECT:
        widen(i, w->bytes, VFS_BLOCK, at, len);
        return misdirect(i, *at, *len, j->dice);
    case WORLD_DAMAGE_STALE:
        widen(i, w->bytes, VFS_BLOCK, at, len);
        return bring_back(i, *at, *len);
    case WORLD_DAMAGE_TEAR: break;
    }
    *at = p->start;
    *len = p->end - p->start;
    return tear_place(i, p, &w->tear, j->dice);
}

static void tell(const struct job *j, const struct place *p, uint64_t at, uint64_t len)
{
    size_t used = strlen(j->text);
    const char *name = strrchr(p->path, '/');
    (void)snprintf(j->text + used, WORLD_TEXT_MAX - used, "%s%s at %llu, %llu bytes",
                   used == 0 ? "" : "; ", name == NULL ? p->path : name + 1, (unsigned long long)at,
                   (unsigned long long)len);
}

static bool damage_place(const struct job *j, const struct place *p)
{
    struct inode *i = memvfs_inode(j->m, p->path);
    uint64_t at = 0, len = 0;
    for (unsigned tries = 0; tries < TRIES; tries++) {
        if (p->end > i->seen_len) /* its file has become shorter */
            return false;
        inode_reach(i, i->seen_len);
        if (!hit(j, i, p, &at, &len))
            continue;
        tell(j, p, at, len);
        return true;
    }
    return false;
}

int damage_do(struct memvfs *m, const char *dir, const struct world_damage *what, struct prng *dice,
              char text[WORLD_TEXT_MAX], struct err *e)
{
    const struct job j = {.m = m, .what = what, .dice = dice, .text = text};
    struct places p;
    uint64_t done = 0;
    text[0] = '\0';
    places_find(m, dir, what->files, what->region, &p);
    while (p.count > 0 && done < what->count) {
        size_t k = (size_t)prng_below(dice, p.count);
        done += damage_place(&j, &p.list[k]);
        p.list[k] = p.list[--p.count];
    }
    places_free(&p);
    if (done == 0)
        return err_set(e, -E_NOTFOUND, "no file has anything there that could be damaged");
    return 0;
}
