/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A counterexample as files: for the cores alone, and for whole nodes in sim. */
#ifndef COMMANDS_EXPLORE_FILES_H
#define COMMANDS_EXPLORE_FILES_H

#include "emulator/explore/search.h"

#include <stdio.h>

/* What to write; NULL: nothing. Borrowed. */
struct explore_files {
    const char *protocol_case;
    const char *scenario;
    char **argv; /* how it was found */
    FILE *say;   /* where it is said what was written */
};

/* Writes them, says so, and says of the scenario whether it reproduces the violation: it is run. */
int explore_files_write(struct ex_search *s, const struct ex_result *r,
                        const struct explore_files *files, struct err *e) MUST_CHECK;

#endif
