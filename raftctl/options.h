/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the words of the command line and the environment to a struct ctl. */
#ifndef RAFTCTL_OPTIONS_H
#define RAFTCTL_OPTIONS_H

#include "raftctl/cmd.h"
#include "raftctl/print.h"

/* What the command line asks for. */
enum ctl_wish { WISH_RUN, WISH_HELP, WISH_VERSION, WISH_WRONG };

/* Reads argv against the table of commands; argv is permuted, and ret borrows from it.
 * WISH_RUN: ret is complete. WISH_HELP: ret->command is the verb asked about or NULL.
 * WISH_WRONG: *f says what is wrong; ret->output is usable. */
enum ctl_wish options_parse(int argc, char **argv, const struct ctl_command *commands, size_t count,
                            struct ctl *ret, struct failure *f);

/* The verb of that name or alias, or NULL. */
const struct ctl_command *options_find(const struct ctl_command *commands, size_t count,
                                       const char *name);

/* The text of --help: of all verbs, or of one. */
void options_help(struct buf *out, const struct ctl_command *commands, size_t count);
void options_help_command(struct buf *out, const struct ctl_command *command);

#endif
