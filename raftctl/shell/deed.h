/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A verb of raftctl as an action of the scenario language. */
#ifndef RAFTCTL_SHELL_DEED_H
#define RAFTCTL_SHELL_DEED_H

#include "base/jsonw.h"
#include "raftctl/shell/record.h"

/* Answer: what the verb said on standard output. Writes the action into the step w is in, for nodes
 * as the recorder names them. False: the language has none for these words; nothing is written
 * then. */
bool deed_put(struct jsonw *w, struct recorder *r, char *const *words, size_t count,
              enum ctl_exit exit, struct span answer);

/* The number of the node in the scenario; one that is new there is a spare one. 0: there are too
 * many. */
size_t recorder_node(struct recorder *r, const char *name);

#endif
