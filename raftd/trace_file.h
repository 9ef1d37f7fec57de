/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The node's trace in a file of its data directory, turned on and off while it runs. Unlike a
 * laboratory's (lab.h) it holds nobody up for long and proves nothing of a killed process: it is
 * for people who look at what a node does. */
#ifndef RAFTD_TRACE_FILE_H
#define RAFTD_TRACE_FILE_H

#include "raftd/logger.h"

#define TRACE_FILE_NAME "trace.ndjson"
#define TRACE_FILE_MAX  (1ull << 30) /* bytes: then it ends */

struct trace_file; /* opaque */

/* Off. log is borrowed. */
struct trace_file *trace_file_new(const char *data_dir, const struct logger *log);
void trace_file_free(struct trace_file *t);

/* Lines go behind what the file has already. *ret: see raft/env.h. Errors: of the file system;
 * -E_LIMIT, it is as long as it may be. */
int trace_file_turn(struct trace_file *t, enum env_trace_turn turn, struct env_trace *ret,
                    struct err *e) MUST_CHECK;

/* Writes the lines of a turn. A trace that cannot be written ends, and the log says so. */
void trace_file_flush(struct trace_file *t);

#endif
