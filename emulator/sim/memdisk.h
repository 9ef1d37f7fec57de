/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a disk in memory remembers: contents by sector, and the states a directory went through. */
#ifndef SIM_MEMDISK_H
#define SIM_MEMDISK_H

#include "base/prng.h"
#include "store/vfs.h"

#define MEMDISK_SECTOR 512u /* as MEMVFS_SECTOR */

/* A file's contents. Invariant: seen and disk have cap bytes, dirty and past cap / sector members;
 * bytes beyond the lengths are zero. */
struct inode {
    uint8_t *seen; /* what a read returns */
    uint8_t *disk; /* what survives a power cut for certain */
    bool *dirty;   /* per sector: the next sync writes it */
    uint8_t *
        *past; /* per sector, owned: what the disk held before it was written last; NULL: zeros */
    size_t seen_len;
    size_t disk_len;
    size_t cap;
};

struct name {
    char path[VFS_PATH_MAX];
    struct inode *inode;
};

/* A directory's names at one moment. */
struct names {
    struct name *list;
    size_t count;
};

/* The directory. Invariant: states[0] is durable, the last of them equals seen. */
struct memdir {
    struct names seen;
    struct names *states; /* after each change since the last sync */
    size_t states_count;
};

void memdir_init(struct memdir *d);
void memdir_free(struct memdir *d);                                 /* not the inodes */
struct name *memdir_find(const struct memdir *d, const char *path); /* NULL if there is none */
/* Each is one change; what a crash may leave lies between them. */
void memdir_set(struct memdir *d, const char *path, struct inode *inode);
void memdir_drop(struct memdir *d, const char *path);
void memdir_rename(struct memdir *d, const char *from, const char *to);
/* Makes states[kept] the durable one; what is seen stays, and may still get there. */
void memdir_sync(struct memdir *d, size_t kept);
/* The same, and it is what is seen from now on. */
void memdir_cut(struct memdir *d, size_t kept);

struct inode *inode_new(void);
void inode_free(struct inode *i);
void inode_widen(struct inode *i, size_t len);
/* chance: of each dirty sector to reach the disk. forget: those that do not are clean anyway. */
void inode_store(struct inode *i, struct prng *prng, double chance, bool forget);
/* Unsynced sectors below a drawn place reach the disk, those above are forgotten. */
void inode_store_prefix(struct inode *i, struct prng *prng);
/* Sees the disk only: pages that a failed sync marked clean are gone. */
void inode_drop_cache(struct inode *i);
/* After a power cut: what is not on the disk is gone. */
void inode_cut(struct inode *i);
/* For damage: a byte of the disk as it was before the sector was written last. */
uint8_t inode_past(const struct inode *i, size_t at);
/* The file ends there. */
void inode_shorten(struct inode *i, size_t len);

#endif
