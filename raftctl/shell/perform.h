/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does one command: a verb of the table, or one of the shell itself. */
#ifndef RAFTCTL_SHELL_PERFORM_H
#define RAFTCTL_SHELL_PERFORM_H

#include "raftctl/shell/shell.h"

/* line: how it was typed, for verbs that go on beside the shell. Returns its exit code. */
enum ctl_exit perform(struct shell *sh, const struct words *w, const char *line);

/* A verb and its words, and an option more with its value (each NULL: none). */
enum ctl_exit perform_verb(struct shell *sh, char *const *words, size_t count, const char *option,
                           const char *value);

#endif
