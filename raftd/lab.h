/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab channel: an inherited socket on which the node's trace leaves, and a laboratory speaks.
 *
 * Out: trace lines (trace/trace.h), whole and in order, before what they tell of leaves the node.
 * A slow reader never holds the node up: up to LAB_BYTES_MAX wait here, then lines are dropped,
 * loudly: an error in the log, and in their place, once there is room again, the line
 *     {"t":T,"node":"n1","ev":"traceLost","lines":N}
 * after which no verdict on this run can be trusted.
 * In: one command a line. "ping" is answered with {"t":T,"node":"n1","ev":"pong"}; others with
 * {"t":T,"node":"n1","ev":"labError","text":…}. */
#ifndef RAFTD_LAB_H
#define RAFTD_LAB_H

#include "raftd/turn.h"

#define LAB_BYTES_MAX (64u << 20)

struct lab; /* opaque */

/* Takes over the descriptor. name: of the node. 0, or a negative code (not a socket). */
int lab_open(struct turn *turn, int fd, const char *name, struct lab **ret,
             struct err *e) MUST_CHECK;

/* A trace_sink; arg is the lab. */
void lab_trace(void *arg, const char *line, size_t len);

/* Writes what the socket takes. Before anything else of a turn leaves. */
void lab_flush(struct lab *lab);

/* Last words before the process ends without its loop: waits for the reader, a second at most. */
void lab_drain(struct lab *lab);

/* The loop must run until the handle is closed before lab_free. */
void lab_stop(struct lab *lab);
void lab_free(struct lab *lab);

#endif
