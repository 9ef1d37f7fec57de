/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A case file: prose, and blocks of commands, "----" and the text they must print. */
#ifndef SUPPORT_SCRIPT_H
#define SUPPORT_SCRIPT_H

#include "base/buf.h"
#include "base/err.h"

/* Runs one command line, adding what it prints to out. Returns 0, or a negative code with a
 * sentence in e. */
typedef int (*script_command)(void *arg, const char *line, struct buf *out, struct err *e);

struct script_result {
    uint32_t blocks;
    uint32_t wrong; /* blocks that printed something else */
};

/* Runs text. rewritten receives the file as it would be right. Differences are printed to stdout
 * with name and line. Returns 0, or a negative code when a line is no command or the file ends in
 * the middle of a block. */
int script_run(const char *name, const char *text, script_command run, void *arg,
               struct buf *rewritten, struct script_result *ret, struct err *e) MUST_CHECK;

#endif
