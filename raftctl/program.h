/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Another program, run to its end. */
#ifndef RAFTCTL_PROGRAM_H
#define RAFTCTL_PROGRAM_H

#include "base/must.h"

/* Runs the file (looked for in PATH if no slash is in it) with argv, which ends with a NULL, and
 * waits for it. Returns its exit code, 128 + the signal that ended it, or a negative errno: it
 * cannot be started. */
int program_run(const char *file, char *const *argv) MUST_CHECK;

/* The same; what it writes goes to these descriptors, not to this program's (-1: it does). */
int program_run_into(const char *file, char *const *argv, int out, int err) MUST_CHECK;

#endif
