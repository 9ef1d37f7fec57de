/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The logs of several nodes as one: line by line in the order of their times, and what is added to
 * them later. */
#ifndef EMULATOR_LOG_MERGE_H
#define EMULATOR_LOG_MERGE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

struct log_merge; /* opaque */

/* count files, borrowed paths; one that is not there yet may come. follow: changes are watched
 * for. Errors: -E_IO (they cannot be). */
int log_merge_open(char *const *paths, size_t count, bool follow, struct log_merge **ret,
                   struct err *e) MUST_CHECK;
void log_merge_close(struct log_merge *m); /* NULL is fine */

/* The next line, without its end and without what a terminal would act on; *ret_which is its file.
 * Borrowed until the next call. NULL: there are no more now. */
const char *log_merge_next(struct log_merge *m, size_t *ret_which);
/* Waits until there may be more. False: who was at the other end of that socket is gone, or a
 * signal came. */
bool log_merge_wait(const struct log_merge *m, int other_fd);

#endif
