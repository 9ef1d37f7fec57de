/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trace: what a node did, one JSON object a line (NDJSON), enough to judge Raft from outside.
 *
 * Every line begins with the common fields, in this order:
 *   t     CLOCK_BOOTTIME of the host in ns; one host, one clock: merging nodes is a sort
 *   node  name ("n1")          disk  id of the data directory (16 hex digits)
 *   inc   incarnation: how often this directory was started, from 1
 *   seq   number of the line within the incarnation, from 1
 *   term  current term after the event
 *   ev    name of the event, one of TRACE_EVENTS
 * Indexes and terms are numbers; digests and chains are 16 hex digits. A position is
 * {"term":T,"index":I}. `chain` at index k is hash(chain at k-1, term, kind, payload), so two
 * equal chains mean two equal logs up to k. `marks` is [[index,"chain or digest"],…]: the value at
 * each multiple of 64 inside the range and at its end.
 * A node writes an event before its consequence leaves it. */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include "base/jsonw.h"

/* name, further fields. This is the one list: readers and checkers build their tables from it. */
#define TRACE_EVENTS(X)                                                                            \
    X(boot, "vote (name or null), base{}, last{}, image (index of the image loaded), durable, "    \
            "chain (at last), config_index, voters[], old[], learners[], restoring (only while a " \
            "damaged log is fetched again: its bound)")                                            \
    X(crashed, "cause")                                                                            \
    X(timeout, "what")                                                                             \
    X(campaign, "pre (bool), for_term, last{}")                                                    \
    X(votePersisted, "candidate")                                                                  \
    X(voteGranted, "candidate, pre (bool), for_term")                                              \
    X(voteRefused, "candidate, pre (bool), for_term, reason")                                      \
    X(becameLeader, "last{}, config_index")                                                        \
    X(steppedDown, "reason")                                                                       \
    X(appended, "from, to, runs [[term,count],…], marks")                                          \
    X(truncated, "from (first index removed)")                                                     \
    X(fsyncBegin, "")                                                                              \
    X(fsyncEnd, "durable")                                                                         \
    X(committed, "to, chain")                                                                      \
    X(applied, "to, digest, marks")                                                                \
    X(configAppended, "index, voters[], old[] (joint: outgoing voters, else empty), learners[]")   \
    X(configCommitted, "index")                                                                    \
    X(snapshotBegin, "index")                                                                      \
    X(snapshotTaken, "index, digest")                                                              \
    X(snapshotChunk, "peer, offset")                                                               \
    X(snapshotInstalled, "index, digest")                                                          \
    X(leaseTaken, "until")                                                                         \
    X(leaseExpired, "")                                                                            \
    X(readIndexBegin, "round")                                                                     \
    X(readIndexConfirmed, "round, point")                                                          \
    X(readServed, "mode (see enum trace_read), point")                                             \
    X(appendSent, "peer, from, to, prev{}")                                                        \
    X(appendAccepted, "peer (the leader), match, for_term")                                        \
    X(appendRejected, "peer (the leader), at")                                                     \
    X(progress, "peer, match")                                                                     \
    X(transferBegin, "target")                                                                     \
    X(timeoutNow, "target")                                                                        \
    X(transferEnd, "result")                                                                       \
    X(fault, "step, phase, action, targets[], params")                                             \
    X(clientInvoke, "op, client, kind, key, value, expect, mode")                                  \
    X(clientReturn, "op, outcome (ok, fail, unknown), result, done, index, node, error")

enum trace_event {
#define X(name, fields) TRACE_##name,
    TRACE_EVENTS(X)
#undef X
        TRACE_EVENTS_COUNT
};

/* "becameLeader" for TRACE_becameLeader. */
const char *trace_event_name(enum trace_event ev);
/* The event of that name, or -1. */
int trace_event_find(const char *name, size_t len);

/* How a read was answered. By lease: the event tells of the moment at which the leader found its
 * lease in force and took the point, not of the answer, which may come later. */
enum trace_read {
    TRACE_READ_INDEX, /* "index": a quorum confirmed the point after the read came */
    TRACE_READ_LEASE, /* "lease": the leader's lease did */
    TRACE_READ_ASKED, /* "asked": the leader did, by either, for another node */
    TRACE_READ_LOCAL  /* "local": nobody did */
};
const char *trace_read_name(enum trace_read how);

/* Where lines go. line ends in '\n', is borrowed, and is never split. */
typedef void trace_sink(void *arg, const char *line, size_t len);

/* One node's writer. Off (and free of cost) while sink is NULL. */
struct trace {
    trace_sink *sink;
    void *arg;
    char node[32];
    uint64_t disk;
    uint64_t incarnation;
    uint64_t seq;
    struct buf line;
    struct jsonw w;
};

/* Copies node. Ownership: trace_close frees the line buffer. */
void trace_open(struct trace *tr, trace_sink *sink, void *arg, const char *node, uint64_t disk,
                uint64_t incarnation);
void trace_close(struct trace *tr);

/* Starts an event; NULL when tracing is off, and then nothing may be written. Add the event's
 * fields with the returned writer, then call trace_end. */
struct jsonw *trace_begin(struct trace *tr, enum trace_event ev, uint64_t now_ns, uint64_t term);
void trace_end(struct trace *tr);

/* "key":{"term":T,"index":I} */
void trace_position(struct jsonw *w, const char *key, uint64_t term, uint64_t index);

#endif
