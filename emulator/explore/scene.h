/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A way through the states as a scenario for `raft-emulator sim`, whole nodes instead of cores.
 *
 * All clocks stand, and one is moved on where a deadline is to be over. Every step has its moment,
 * and filters decide of each message that is sent then whether it is lost or at which later moment
 * it arrives. Whole nodes differ from cores in what they do beside the protocol: their logs begin
 * with the founders' entry, so a first leader asks where logs agree before it sends anything. That
 * exchange is let through; what else is different shows when the scenario is run, and it has to
 * be. */
#ifndef EXPLORE_SCENE_H
#define EXPLORE_SCENE_H

#include "base/buf.h"
#include "emulator/explore/walk.h"

/* The scenario's text; x: as of ex_walk. Returns how many steps could not be said, each of which is
 * a comment in the text. */
uint32_t ex_scene_write(struct ex_expander *x, const struct ex_path *path, const char *broken,
                        struct buf *out);

#endif
