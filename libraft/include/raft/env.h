/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The node's door to its host: a table of calls that the daemon and the simulator fill in.
 *
 * No call here may call back into the node: what comes of it arrives as a later event. Time is not
 * among them: every event brings its own. */
#ifndef RAFT_ENV_H
#define RAFT_ENV_H

#include "raft/raft.h"
#include "store/vfs.h"
#include "trace/trace.h"

enum env_level { ENV_DEBUG, ENV_INFO, ENV_WARNING, ENV_ERROR };

/* What a line for the log is about: fixed words, for filters. */
#define ENV_TOPICS(X)                                                           \
    X(LEADER, "leader")     /* who leads, and why not */                        \
    X(MEMBER, "member")     /* the configuration, joining, leaving, recovery */ \
    X(SNAPSHOT, "snapshot") /* images taken, sent, installed */                 \
    X(DISK, "disk")         /* space, speed, failures */                        \
    X(PEER, "peer")         /* connections between nodes */                     \
    X(CLIENT, "client")     /* connections of clients */                        \
    X(CONFIG, "config")     /* options */                                       \
    X(PROCESS, "process")   /* start, signals, end */
enum env_topic {
#define X(name, word) ENV_ABOUT_##name,
    ENV_TOPICS(X)
#undef X
};

/* "debug", "info", "warning", "error"; "leader" and so on. */
const char *env_level_name(enum env_level level);
const char *env_topic_name(enum env_topic topic);

/* Somebody to be connected to. */
struct node_peer {
    raft_id id;
    uint64_t disk; /* digest of the disk id that the configuration binds id to; 0: none yet */
    char name[LIMIT_NODE_NAME + 1];
    char address[LIMIT_ADDRESS + 1]; /* HOST:PORT of its peer port */
};

/* The trace as its host has it. */
enum env_trace_turn { ENV_TRACE_LOOK, ENV_TRACE_ON, ENV_TRACE_OFF };
struct env_trace {
    struct trace_host host; /* records go there from now on; all-zero: it is off */
    const char *file;       /* where it is written; borrowed */
    uint64_t bytes;         /* of that file */
};

/* Members, those just before, those a forced recovery gave up, and visitors. */
#define NODE_PEERS_MAX (4 * LIMIT_MEMBERS)

struct env {
    void *arg; /* first argument of every call */

    /* One whole frame for a peer; borrowed. False: not taken (no connection, or too much is queued
     * for it already): the frame will not arrive. True promises nothing. */
    bool (*send)(void *arg, raft_id to, const void *frame, size_t len);

    /* Bytes for a client, in the order of the calls; borrowed. The client may be gone. */
    void (*reply)(void *arg, uint64_t client, const void *bytes, size_t len);
    /* Bytes replied that this client's connection has not taken yet: while this is large it is sent
     * no more values and changes of keys. When it falls a turn is due (node_pump). NULL: always
     * none. */
    size_t (*unread)(void *arg, uint64_t client);
    /* The client gets what was replied so far and is then hung up on. */
    void (*hang_up)(void *arg, uint64_t client);

    /* These are the peers to keep a connection to from now on, at most NODE_PEERS_MAX. Borrowed. */
    void (*peers)(void *arg, const struct node_peer *peers, size_t count);

    /* One line for the log, without '\n'. */
    void (*log)(void *arg, enum env_topic topic, enum env_level level, const char *text);

    /* The node cannot go on: the host stops at once with this exit code (70 broken invariant,
     * 74 disk). Called at most once; the node ignores every later event. */
    void (*fatal)(void *arg, int exit_code, const char *text);

    /* What one step of the core decided and why, at least one; for people who watch, and borrowed.
     * NULL: nobody does. */
    void (*decided)(void *arg, const struct raft_reason *reasons, size_t count);

    struct trace_host trace; /* all-zero: no trace */
    /* Turns the trace on or off while the node runs, or looks at it. 0 and all of *ret; -E_BUSY (it
     * is not the node's to turn) or what the file system says: then all is as it was. NULL: the
     * trace is as it was at the start. */
    int (*turn_trace)(void *arg, enum env_trace_turn turn, struct env_trace *ret, struct err *e);

    struct vfs vfs; /* the disk */
};

#endif
