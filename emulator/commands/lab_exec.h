/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program beside a node of a lab: in its namespaces, at our terminal. */
#ifndef EMULATOR_LAB_EXEC_H
#define EMULATOR_LAB_EXEC_H

#include "emulator/commands/at_lab.h"

/* Runs argv (ending with NULL) there, and waits for it. Its exit code, 128 + the signal that ended
 * it, or, with a sentence on stderr, another exit code of this program: it did not run. */
int lab_exec(struct at_lab *at, const char *node, char *const *argv);

#endif
