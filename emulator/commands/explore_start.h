/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a search will write in the end is looked at before it begins: hours later is too late. */
#ifndef COMMANDS_EXPLORE_START_H
#define COMMANDS_EXPLORE_START_H

#include "base/err.h"

/* Whether a checkpoint can be left in dir: nothing is there under its name, unless it is the one
 * that resume (a directory; may be NULL) names. -E_EXISTS, -E_IO: with what to do. */
int explore_start_checkpoint(const char *dir, const char *resume, struct err *e) MUST_CHECK;

/* Whether there is something to go on from in dir. -E_NOTFOUND. */
int explore_start_resume(const char *dir, struct err *e) MUST_CHECK;

/* Whether a file can be written at path. -E_IO. */
int explore_start_file(const char *path, struct err *e) MUST_CHECK;

#endif
