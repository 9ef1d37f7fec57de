/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a disk in memory remembers: contents by sector, and the changes of its directory. */
#ifndef DISK_MEMDISK_H
#define DISK_MEMDISK_H

#include "base/prng.h"
#include "store/vfs.h"

#define MEMDISK_SECTOR 512u /* the unit that reaches a disk whole or not at all */

/* One sector of a file: NULL is zeros. If it is seen as the disk holds it, that is the same memory;
 * whoever writes takes another. */
struct sector {
    uint8_t *seen; /* what a read returns */
    uint8_t *disk; /* what survives a power cut for certain */
    uint8_t *past; /* what the disk held before it was written last; never shared */
    bool dirty;    /* the next sync writes it */
};

/* A file's contents: beyond the table all is zeros. Invariant: bytes beyond the lengths are zero.
 */
struct inode {
    struct sector *at; /* owned */
    size_t count;
    size_t seen_len, disk_len;   /* bytes */
    size_t dirty_from, dirty_to; /* no sector outside is dirty; from == to: none is */
    bool marked;                 /* by memdir_mark, after inodes_unmark */
    bool apart;                  /* a clean sector may be seen otherwise than the disk holds it */
    uint8_t *flat;               /* owned, of memvfs_bytes: flat_cap bytes; or NULL */
    size_t flat_cap;
};

#define MEMDISK_PATH_MAX 128

/* strlen(path) < MEMDISK_PATH_MAX (asserted). */
void memdisk_path(char to[MEMDISK_PATH_MAX], const char *path);

struct name {
    char path[MEMDISK_PATH_MAX];
    struct inode *inode;
};

/* A directory's names at one moment. */
struct names {
    struct name *list;
    size_t count, cap;
};

/* One change of a directory: a name goes (or none: empty), and one leads to inode (or none). */
struct change {
    char drop[MEMDISK_PATH_MAX];
    struct name set;
};

/* The directory. Invariant: durable becomes seen by the changes, in their order; a power cut leaves
 * what some of the first of them make of it. */
struct memdir {
    struct names seen;
    struct names durable;
    struct change *changes; /* since the last sync */
    size_t changes_count, changes_cap;
};

void memdir_free(struct memdir *d);                                 /* not the inodes */
struct name *memdir_find(const struct memdir *d, const char *path); /* NULL if there is none */
/* Marks the inodes that a name, now or after a power cut, leads to. */
void memdir_mark(const struct memdir *d);
/* Each is one change; what a crash may leave lies between them. */
void memdir_set(struct memdir *d, const char *path, struct inode *inode);
void memdir_drop(struct memdir *d, const char *path);
void memdir_rename(struct memdir *d, const char *from, const char *to);
/* The first so many changes become durable; what is seen stays, and the rest may still get there.
 */
void memdir_sync(struct memdir *d, size_t changes);
/* The same, and that is what is seen from now on. */
void memdir_cut(struct memdir *d, size_t changes);

/* All that a name, an open file or a power cut can lead to. */
struct inodes {
    struct inode **list; /* owned, as those in it */
    size_t count, cap;
};

/* An empty one. */
struct inode *inodes_add(struct inodes *all);
void inodes_unmark(struct inodes *all);
void inodes_collect(struct inodes *all); /* those that are not marked */
void inodes_free(struct inodes *all);

/* The tables reach so far. */
void inode_reach(struct inode *i, size_t len);
/* Whole sectors are written: offset and len are multiples of one. */
void inode_write(struct inode *i, size_t offset, const void *data, size_t len);
void inode_read(const struct inode *i, size_t offset, void *data, size_t len);
/* The file gets that length, and its sectors those contents, durable alike. */
void inode_replace(struct inode *i, const uint8_t *data, size_t len);
/* chance: of each dirty sector to reach the disk. forget: those that do not are clean anyway. */
void inode_store(struct inode *i, struct prng *prng, double chance, bool forget);
/* Unsynced sectors below a drawn place reach the disk, those above are forgotten. */
void inode_store_prefix(struct inode *i, struct prng *prng);
/* Sees the disk only: pages that a failed sync marked clean are gone. */
void inode_drop_cache(struct inode *i);
/* After a power cut: what is not on the disk is gone. */
void inode_cut(struct inode *i);
/* What is seen from offset on, so many bytes, was written and not synced: the disk holds `before`
 * there, zeros behind it, and the file was size bytes long. */
void inode_unsync(struct inode *i, size_t offset, size_t len, const uint8_t *before,
                  size_t before_len, size_t size);
/* Before that place was written last, it held `before`, zeros behind it. Of a sector the first word
 * counts. */
void inode_put_past(struct inode *i, size_t offset, size_t len, const uint8_t *before,
                    size_t before_len);
/* For damage, a byte: as it is seen; as the disk holds it, and held it before that sector was
 * written last. Whoever puts one has inode_reach done. */
uint8_t inode_seen(const struct inode *i, size_t at);
uint8_t inode_disk(const struct inode *i, size_t at);
uint8_t inode_past(const struct inode *i, size_t at);
void inode_put_seen(struct inode *i, size_t at, uint8_t byte);
void inode_put_disk(struct inode *i, size_t at, uint8_t byte);
/* The file ends there. */
void inode_shorten(struct inode *i, size_t len);

#endif
