/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads what a node logs out of a pipe, and writes it into a file; or does not, for a while. */
#ifndef LIVE_SINK_H
#define LIVE_SINK_H

#include "base/err.h"

#include <uv.h>

struct sink; /* opaque */

/* Makes a pipe of that name, at which a process finds it as its log. Errors: -E_IO. */
int sink_open(uv_loop_t *loop, const char *pipe_path, const char *log_path, struct sink **ret,
              struct err *e) MUST_CHECK;
/* Blocked: nobody reads, and the pipe takes a page at most. */
void sink_block(struct sink *s, bool blocked);
/* What lies in the pipe is written, unless it is blocked. */
void sink_drain(struct sink *s);
/* The pipe is gone. NULL is fine. The loop must turn once more. */
void sink_close(struct sink *s);

#endif
