/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab channel: an inherited socket on which the node's trace leaves, and a laboratory speaks.
 *
 * Out: trace lines (trace/text.h), whole and in order. Nothing leaves the node, to its disk, its
 * peers or its clients, before the kernel has taken the lines that tell of it: what a killed node
 * has done is always in its trace. So a slow reader holds the node up, and one that does not read
 * for LAB_WAIT_MS ends it. A closed channel does not: the node goes on without a trace, and says so
 * in its log.
 * In: one command a line, "ID VERB KEY=VALUE …" (lab_command.h). Each is answered once, in order,
 * behind the trace of what was before it: {"t":T,"node":"n1","ev":"labDone","id":ID}, or labError
 * with a "text" that says why nothing was done. What a command told it to wait for is told by
 * labMet, with the command's own number of it, before anything that comes of it leaves. What waits
 * in the socket when the process starts is carried out before there is a node. */
#ifndef RAFTD_LAB_H
#define RAFTD_LAB_H

#include "raftd/turn.h"

#define LAB_WAIT_MS      10000u /* how long a turn's output may wait for the reader */
#define LAB_WAIT_LAST_MS 1000u  /* the same when the process ends at once */

struct lab; /* opaque */

/* Takes over the descriptor, and gives turn its clock. name: of the node. 0, or -E_INVALID (no
 * stream socket of this host). */
int lab_open(struct turn *turn, int fd, const char *name, struct lab **ret,
             struct err *e) MUST_CHECK;

/* Its records carry that name from now on, and not the node's: there are two processes of one node,
 * and a laboratory tells them apart. False: it is no name of a node. */
bool lab_alias(struct lab *lab, const char *name) MUST_CHECK;

/* What the node's calls to its disk are to pass. */
struct lab_calls *lab_calls_of(struct lab *lab);

/* What the node's frames are to pass. */
struct lab_filters *lab_filters_of(struct lab *lab);

/* The wall clock of the process. */
const struct lab_clock *lab_wall(const struct lab *lab);

/* Says labMet, from any thread, behind the whole trace so far if it is the loop's: when this
 * returns, the kernel has it. */
void lab_met(struct lab *lab, uint64_t number);

/* Where the node's records go: printed at once. */
struct trace_host lab_trace(struct lab *lab);

/* Writes every line, waiting for the reader up to wait_ms altogether. Before anything else of a
 * turn leaves. 0, also when the channel is closed; or -E_TIMEOUT, and what is left can be tried
 * again. */
int lab_flush(struct lab *lab, unsigned wait_ms, struct err *e) MUST_CHECK;

/* For a loop that a disk holds up: waits so long for commands, and carries out those that came. */
void lab_serve(struct lab *lab, int wait_ms);

/* The loop must run until the handle is closed before lab_free. */
void lab_stop(struct lab *lab);
void lab_free(struct lab *lab);

#endif
