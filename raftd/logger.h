/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon's log: one line a sentence to stderr, as text or JSON, from a level upwards. */
#ifndef RAFTD_LOGGER_H
#define RAFTD_LOGGER_H

#include "raft/env.h"
#include "raftd/lab_clock.h"

/* Plain data; its owner may change level and json at any time. Used by the loop's thread only. */
struct logger {
    enum env_level level; /* lines below it are not written */
    bool json;
    char node[LIMIT_NODE_NAME + 1];
    const struct lab_clock *wall; /* a laboratory's, borrowed; NULL: the host's clock counts */
};

/* One line: wall time (for people; nothing is computed from it), level, node, sentence. Written
 * with one call, so that lines of several processes in one file stay whole, or PIPE_BUF bytes a
 * call if it is longer. Never waits: what a pipe does not take is lost, and the next line that
 * comes through says how much that was. */
void logger_write(const struct logger *log, enum env_topic topic, enum env_level level,
                  const char *text);
void logger_printf(const struct logger *log, enum env_topic topic, enum env_level level,
                   const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
