/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs by as much of their name as tells them apart: "stat" is status, "mem a" is member add. For
 * people at a prompt; a script says it in full. */
#ifndef RAFTCTL_SHELL_ABBREV_H
#define RAFTCTL_SHELL_ABBREV_H

#include "raftctl/verbs.h"

/* Replaces (and frees) the words of words[0..count) that begin the name of one verb by the whole
 * word. Returns false if one begins several: they are in *ret_several, separated by blanks. */
bool abbrev_expand(char **words, size_t count, struct buf *ret_several);

/* Where the verb's own words are among the words, options being skipped: at most two indexes.
 * Returns how many there are. */
size_t abbrev_places(char *const *words, size_t count, size_t ret[2]);

#endif
