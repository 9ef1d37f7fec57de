/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A data directory of the file system and the journal beside it (store/undo.h) as a disk in memory
 * that knows what a power cut would lose, and what stood where before. */
#ifndef DISK_UNSYNCED_H
#define DISK_UNSYNCED_H

#include "emulator/disk/directory.h"

/* The directory that the journal is written into: the journal itself, and the files that lost their
 * names, by number. */
#define UNSYNCED_JOURNAL "journal"

/* As directory_read. undo: where the journal is; without one all is synced. torn: the name of the
 * file before whose sync the power failed, or "". Errors: as there. */
int unsynced_read(const char *path, const char *undo, uint64_t seed, struct memvfs **ret,
                  char torn[VFS_NAME_MAX], struct err *e) MUST_CHECK;

/* From now on everything is synced, and nothing stood anywhere before. Whoever writes the journal
 * has ended. */
int unsynced_forget(const char *undo, struct err *e) MUST_CHECK;

#endif
