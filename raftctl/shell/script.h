/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that nobody types: from a file, a pipe, or the command line. */
#ifndef RAFTCTL_SHELL_SCRIPT_H
#define RAFTCTL_SHELL_SCRIPT_H

#include "raftctl/shell/shell.h"

#define SCRIPT_COMMAND_BYTES_MAX (16u << 20)

/* Does what the text says, command by command; the first that fails ends it with its code, or, with
 * keep_going, is what it returns in the end. name and line_number: where the text begins, for
 * messages (name NULL: what was typed). */
enum ctl_exit script_text(struct shell *sh, struct span text, const char *name, size_t line_number,
                          bool keep_going);

/* The same for a file, or for an open one, whose commands are done as its lines come. */
enum ctl_exit script_file(struct shell *sh, const char *path, bool keep_going);
enum ctl_exit script_stream(struct shell *sh, int fd, const char *name, bool keep_going);

#endif
