/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far an exploration is: on a terminal one line that is written again, elsewhere a line now and
 * then. */
#ifndef COMMANDS_EXPLORE_PROGRESS_H
#define COMMANDS_EXPLORE_PROGRESS_H

#include "base/buf.h"
#include "emulator/explore/search.h"

struct explore_progress {
    bool terminal;
    uint64_t told_ns; /* of the last line: elapsed_ns … */
    uint64_t told_generated;
};

/* At once, or from now on: stderr decides. */
struct explore_progress explore_progress_begin(void);
/* An ex_search_options.progress; arg: struct explore_progress. */
void explore_progress_tell(void *arg, const struct ex_numbers *n);
/* Nothing of the line is left on a terminal. */
void explore_progress_end(struct explore_progress *p);

/* The line, without its end: "depth 12, 1.25 M states, …". told: elapsed and generated at the line
 * before, for the rate. */
void explore_progress_line(const struct ex_numbers *n, const struct explore_progress *told,
                           struct buf *out);

#endif
