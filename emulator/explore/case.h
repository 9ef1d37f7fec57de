/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A way through the states as a case of tests/protocol: the same events at the same cores, in a
 * file that protocol_runner plays. */
#ifndef EXPLORE_CASE_H
#define EXPLORE_CASE_H

#include "base/buf.h"
#include "emulator/explore/walk.h"

/* The case's text. broken: what the last step breaks; command: how it was found. x: as of ex_walk.
 *
 * It ends with the servers' states and logs as they are then, so it is played without a difference
 * exactly by cores that break the promise in the same way. */
void ex_case_write(struct ex_expander *x, const struct ex_path *path, const char *broken,
                   const char *command, struct buf *out);

#endif
