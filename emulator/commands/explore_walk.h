/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `explore --walk`: the graph of states walked by hand, at a terminal or from a pipe. */
#ifndef COMMANDS_EXPLORE_WALK_H
#define COMMANDS_EXPLORE_WALK_H

#include "emulator/explore/bounds.h"

/* Reads commands until quit or the end of input. Returns the exit code: 1 if a promise is broken
 * where it stands then; EXIT_USAGE if a command from a pipe was wrong; else 0. */
int explore_walk(const struct ex_bounds *bounds);

#endif
