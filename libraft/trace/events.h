/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can happen: the events of a trace, by name, with the fields each of them has. */
#ifndef TRACE_EVENTS_H
#define TRACE_EVENTS_H

#include "base/must.h"

/* name, further fields. This is the one list: readers and checkers build their tables from it. */
#define TRACE_EVENTS(X)                                                                            \
    X(boot, "vote (name or null), base{}, last{}, image (index of the image loaded), durable, "    \
            "chain (at last), config_index, voters[], old[], learners[], restoring (only while a " \
            "damaged log is fetched again: its bound)")                                            \
    X(crashed, "cause, code (of its exit; absent: a signal ended it)")                             \
    X(timeout, "what")                                                                             \
    X(campaign, "pre (bool), for_term, last{}")                                                    \
    X(votePersisted, "candidate")                                                                  \
    X(voteGranted, "candidate, pre (bool), for_term")                                              \
    X(voteRefused, "candidate, pre (bool), for_term, reason")                                      \
    X(becameLeader, "last{}, config_index")                                                        \
    X(steppedDown, "reason")                                                                       \
    X(proposed,                                                                                    \
      "from, to (entries that this leader appends next), marks (of the writes of clients "         \
      "among them: their names, write_name.h)")                                                    \
    X(appended, "from, to, runs [[term,count],…], marks")                                          \
    X(truncated, "from (first index removed)")                                                     \
    X(fsyncBegin, "")                                                                              \
    X(fsyncEnd, "durable")                                                                         \
    X(committed, "to, chain")                                                                      \
    X(applied, "to, digest, marks")                                                                \
    X(configAppended, "index, voters[], old[] (joint: outgoing voters, else empty), learners[]")   \
    X(bound, "peer, peer_disk (its word counts from there alone), index (of the configuration "    \
             "that says so; 0: the first disk it came with)")                                      \
    X(executed, "sid, number, index, digest (of the answer), done (bool; false: not again, the "   \
                "answer was kept)")                                                                \
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
    X(progress, "peer, match, peer_disk (the disk it speaks from)")                                \
    X(transferBegin, "target")                                                                     \
    X(timeoutNow, "target")                                                                        \
    X(transferEnd, "result")                                                                       \
    X(fault,                                                                                       \
      "step, phase (begin, end; harmed: the disks of targets keep promises no more; apart, "       \
      "together: targets are a minority that is cut off, are no more), action, targets[], params") \
    X(usage, "mem, fds (of its process), log: bytes of its log files; each if it can be known")    \
    X(logLine, "what: a line of what its process printed")                                         \
    X(clientInvoke, "op, client, kind, key, value, expect, mode, write (its name)")                \
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

/* Told of a process by the world it runs in, not by the node: it stands in no term. */
bool trace_is_about_process(enum trace_event ev);

/* How a read was answered. By lease: the event tells of the moment at which the leader found its
 * lease in force and took the point, not of the answer, which may come later. */
enum trace_read {
    TRACE_READ_INDEX, /* "index": a quorum confirmed the point after the read came */
    TRACE_READ_LEASE, /* "lease": the leader's lease did */
    TRACE_READ_ASKED, /* "asked": the leader did, by either, for another node */
    TRACE_READ_LOCAL  /* "local": nobody did */
};
const char *trace_read_name(enum trace_read how);

#endif
