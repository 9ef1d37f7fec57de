/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals of the interactive shell: remembered, so that poll sees them beside everything else. */
#ifndef RAFTCTL_SHELL_SIGNALS_H
#define RAFTCTL_SHELL_SIGNALS_H

#include "base/err.h"

/* From now on SIGINT, SIGTERM and SIGHUP end the verb under way and not the process, SIGWINCH and
 * SIGCONT are noticed, and a pipe without a reader is an error of its writer. Once a process. */
int signals_catch(struct err *e) MUST_CHECK;

/* As they were before: for a process that was forked. */
void signals_release(void);

/* Readable while one is remembered. */
int signals_fd(void);

/* Whether one is. */
bool signals_any(void);

/* Whether that signal came since it was last asked for. */
bool signals_take(int number);

#endif
