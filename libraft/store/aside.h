/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Giving up a damaged log without losing a byte of it: its files are kept under other names. */
#ifndef STORE_ASIDE_H
#define STORE_ASIDE_H

#include "store/vfs.h"

/* Renames every file of log and images in dir to "damaged-NUMBER-" and its old name, and makes that
 * durable. Nothing is written over as long as number differs each time. */
int aside_put(const struct vfs *v, const char *dir, uint64_t number, struct err *e) MUST_CHECK;

#endif
