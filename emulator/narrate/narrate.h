/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run told in plain sentences while it goes: what happened, and why.
 *
 * Decisions come from the nodes as data (raft/reasons.h) and are worded by the core's own table, so
 * that tests, logs and this say the same. What repeats while nothing changes (heartbeats, entries
 * that commit) is counted and told in one line. */
#ifndef NARRATE_NARRATE_H
#define NARRATE_NARRATE_H

#include "base/buf.h"
#include "emulator/sim/watch.h"

/* What is told beside decisions, faults, and processes that begin and end. */
enum { NARRATE_MESSAGES = 1, NARRATE_CLIENTS = 2 };

struct narrator; /* opaque */

/* "messages", "clients", or both with a comma between; NULL: neither. Errors: -E_INVALID. */
int narrate_parse(const char *words, unsigned *ret, struct err *e) MUST_CHECK;

/* line: takes each line, without '\n'; borrowed. nodes: how many the run has. */
struct narrator *narrator_new(unsigned nodes, unsigned what,
                              void (*line)(void *arg, const char *text), void *arg);
void narrator_free(struct narrator *n); /* NULL is allowed */

/* For struct sim_options. Borrowed, as long as the narrator lives. */
const struct sim_watch *narrator_watch(struct narrator *n);
/* Somebody else is told of events, too. */
void narrator_share(struct narrator *n,
                    void (*event)(void *arg, uint64_t t_ns, const struct sim_event *event),
                    void *arg);
/* A line of progress of the world's own. */
void narrator_say(struct narrator *n, uint64_t t_ns, const char *text);
/* A line of somebody else's; who: "n1", "" of nobody in particular. */
void narrator_line(struct narrator *n, uint64_t t_ns, const char *who, const char *text);
/* The arrival of this packet, which comes now, was told by somebody else. */
void narrator_told(struct narrator *n, const struct sim_packet *p);
/* What is told beside decisions from now on. */
void narrator_more(struct narrator *n, unsigned what);
/* What was counted and not told yet. */
void narrator_finish(struct narrator *n);
/* While it is on, lines are thrown away; the narrator still learns. */
void narrator_mute(struct narrator *n, bool on);

/* The node's newest decisions, oldest first, a line each: when, on what, and the sentence. */
#define NARRATE_REMEMBERED 32
void narrator_why(const struct narrator *n, unsigned node, struct buf *out);

/* ---- words, also for others ---- */

/* "n1"; or "c2" of a client's host: endpoints from nodes on. out: at least 16 bytes. */
const char *narrate_endpoint(unsigned endpoint, unsigned nodes, char *out);
/* What a packet is, in words: "AppendEntries n1>n2 term 1 prev {0,0} entries 1..1 commit 0 round
 * 1".
 */
void narrate_packet(const struct sim_packet *p, unsigned nodes, struct buf *out);
/* A decision's sentence, as the core words it. out is cut at size. */
const char *narrate_reason(const struct raft_reason *r, unsigned nodes, char *out, size_t size);

#endif
