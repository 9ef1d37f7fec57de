/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which actions a drawing may use, as a person says it. */
#ifndef EMULATOR_ALPHABET_H
#define EMULATOR_ALPHABET_H

#include "emulator/cmd.h"
#include "emulator/swarm/swarm.h"

/* text: names of actions ("net.cut") or what stands before their dot ("net"), with commas or white
 * space between; or a file of such words, where '#' begins a comment. 0, or as cmd_usage, which has
 * said what is wrong. */
int alphabet_read(const struct cmd *cmd, const char *text, struct swarm_alphabet *ret);

#endif
