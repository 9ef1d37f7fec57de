/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A data directory of the file system as a disk in memory, and back. */
#ifndef DISK_DIRECTORY_H
#define DISK_DIRECTORY_H

#include "emulator/disk/memvfs.h"

/* Where the files stand in memory. */
#define DIRECTORY_INSIDE "data"

/* The regular files of `path` but the lock, all of it synced. Whoever writes there stands still
 * meanwhile. One that is not there is empty. Errors: -E_IO and those of open; -E_LIMIT: a file of
 * more than DIRECTORY_FILE_MAX bytes. */
#define DIRECTORY_FILE_MAX (1ull << 30)
int directory_read(const char *path, uint64_t seed, struct memvfs **ret, struct err *e) MUST_CHECK;

/* The files become what they are in memory: written in place where they differ, so that whoever has
 * one open sees it; made, deleted, cut. Errors: -E_IO and those of open. */
int directory_write(struct memvfs *m, const char *path, struct err *e) MUST_CHECK;

/* All of one file; *ret_data is owned by the caller. Errors: -E_NOTFOUND, -E_IO, -E_LIMIT. */
int directory_file(const char *path, const char *name, uint8_t **ret_data, size_t *ret_len,
                   struct err *e) MUST_CHECK;
/* Tells the inode's number of each of the files that directory_read reads. */
int directory_numbers(const char *path, void (*each)(void *arg, const char *name, uint64_t number),
                      void *arg, struct err *e) MUST_CHECK;

/* Renames it, so that what it held can be looked at: PATH.1, PATH.2, … None is fine. Errors: -E_IO.
 */
int directory_put_aside(const char *path, struct err *e) MUST_CHECK;

/* Bytes of its files. */
uint64_t directory_used(const char *path);

#endif
