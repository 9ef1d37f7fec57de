/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program around a tier's case files: `RUNNER [--rewrite] FILE...`. */
#ifndef SUPPORT_SCRIPT_MAIN_H
#define SUPPORT_SCRIPT_MAIN_H

#include "tests/support/script.h"

/* What the commands of a tier act upon, fresh for every file. */
struct script_tier {
    void *(*open)(void); /* never NULL */
    script_command run;  /* arg: what open returned */
    void (*close)(void *arg);
};

/* Runs case files; with --rewrite puts what was printed in place of what was expected (then read
 * the diff). Returns the exit code: 0 all as expected, 1 not, 2 unreadable or no file named. */
int script_main(int argc, char **argv, const struct script_tier *tier);

#endif
