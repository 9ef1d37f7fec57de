/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From words, the environment and a profile to a struct ctl. */
#ifndef RAFTCTL_OPTIONS_H
#define RAFTCTL_OPTIONS_H

#include "raftctl/print.h"
#include "raftctl/profile.h"
#include "raftctl/verbs.h"

/* What the words ask for. */
enum ctl_wish { WISH_RUN, WISH_HELP, WISH_VERSION, WISH_WRONG };

/* Reads the words against the table of verbs; they are permuted, words[count] is NULL, and ret
 * borrows from them, from defaults (see verbs_obey) and from *profile, which the caller frees.
 * WISH_RUN: ret is complete but for its sink. WISH_HELP: ret->verb is the verb asked about or NULL.
 * WISH_WRONG: *f says what is wrong; ret->output is usable. */
enum ctl_wish options_parse(char **words, size_t count, const char *const *defaults,
                            struct profile *profile, struct ctl *ret, struct failure *f);

#endif
