/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words like snapshot_every=5 as raftd's own reader of options takes them. */
#ifndef NODES_SETTINGS_H
#define NODES_SETTINGS_H

#include "raft/node.h"
#include "raftd/config.h"

/* Reads the words, a space between them, as if they stood on raftd's command line beside what it
 * requires. Returns config_load's code; the caller frees *ret in any case. */
int settings_load(const char *words, struct config *ret, struct err *e) MUST_CHECK;

/* What the words say instead of what stands in options; they have been loaded before (asserted). */
void settings_apply(const char *words, struct node_options *options);

#endif
