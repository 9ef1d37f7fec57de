/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds as options spell them. */
#ifndef COMMANDS_EXPLORE_BOUNDS_H
#define COMMANDS_EXPLORE_BOUNDS_H

#include "base/buf.h"
#include "emulator/explore/bounds.h"

/* "add", …: the kind of the bit 1 << i in ex_bounds.changes; NULL behind the last one. */
const char *explore_kind_name(size_t i);

/* "--servers 3 --terms 2 …": given to explore, these options are b again, whatever the default
 * preset would have beside them. */
void explore_bounds_text(const struct ex_bounds *b, struct buf *out);

#endif
