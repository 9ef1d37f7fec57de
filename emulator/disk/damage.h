/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damage to what stands on a disk in memory: rot, writes that landed elsewhere or not at all, ends
 * that are lost, writes that were broken off. */
#ifndef DISK_DAMAGE_H
#define DISK_DAMAGE_H

#include "base/prng.h"
#include "emulator/disk/memvfs.h"
#include "emulator/runner/world.h"

/* Damages files of dir, durably; the dice say where exactly. text: what was done to which bytes.
 * Errors: -E_NOTFOUND (no file has such a place, or it holds nothing that could change). */
int damage_do(struct memvfs *m, const char *dir, const struct world_damage *what, struct prng *dice,
              char text[WORLD_TEXT_MAX], struct err *e) MUST_CHECK;

/* Of what was written to the file and not synced, a part reaches the disk and the rest is gone; the
 * file reads so from now on. False: all of it was synced. */
bool damage_tear_unsynced(struct memvfs *m, const char *path, const struct world_tear *tear,
                          struct prng *dice);

#endif
