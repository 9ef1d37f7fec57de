/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node: the core, its disk, its key-value store and its clients, driven by events.
 *
 * The host owns sockets, files, clock and loop. It hands the node every event with the time read
 * for it, and once a turn, after all of them, calls node_pump: there the turn's proposals become
 * one batch, one write, one sync. Nothing here blocks except node_open. Single-threaded.
 * The order within a turn: peer frames, due timers, finished disk work, client requests. */
#ifndef RAFT_NODE_H
#define RAFT_NODE_H

#include "base/buf.h"
#include "base/span.h"
#include "base/version.h"
#include "raft/env.h"
#include "wire/peer.h"

struct node; /* opaque */

/* Exit codes a node asks for through env.fatal, or its host uses when node_open fails. */

#define NODE_EXIT_INVARIANT   70
#define NODE_EXIT_DISK        74
#define NODE_EXIT_UNCONFIRMED 75 /* leaving was not confirmed in time */
#define NODE_EXIT_CONFIG      78
#define NODE_EXIT_REMOVED     86 /* removed, or given up by a forced recovery */

/* What to do with a member whose directory is of no use any more; a format for its name, three
 * times. */
#define NODE_COMES_BACK                                                                     \
    "raftctl member remove %s, start it with an empty --data-dir and --join, raftctl "      \
    "member add %s; or start it so under another name, and raftctl member replace %s NAME " \
    "HOST:PORT"
/* The same for an empty directory under the name of a member: that one may be alive elsewhere, and
 * must not be removed for a slip. A format for its name, four times. */
#define NODE_REBORN                                                                           \
    "does %s still run elsewhere? Then give this one a --name of its own. If that one never " \
    "comes back: " NODE_COMES_BACK

/* Borrowed during node_open. */
struct node_options {
    const char *data_dir; /* exists and is writable */
    const char *name;     /* of this node: "n1" */
    /* Name of the cluster; "" = as the directory keeps it, and in an empty one join_cluster, or
     * "raftlab". With a list of founders it counts as said. */
    const char *cluster;
    /* What to do on an empty directory: found a cluster of these voters (static bootstrap, thesis
     * 4.4), this node among them; 0: refuse. On a directory that is in use the list must be the one
     * it was founded with (then it is ignored), or absent. */
    const struct node_peer *bootstrap;
    size_t bootstrap_count;
    /* Or join the cluster of this id (from the answer to a Hello): the node waits as an outsider
     * until a leader adds it; it never campaigns before. 0: no. */
    uint64_t join_cluster_id;
    uint64_t join_generation;
    char join_cluster[LIMIT_NODE_NAME + 1]; /* its name, from there too; "": not told */
    bool look_first; /* -E_NOTFOUND on an empty directory, whatever the list says: the host asks
                        the others before it is formatted */
    const uint8_t *disk_id; /* 16 bytes, of a directory that is formatted now; NULL: drawn */
    /* Where members are to be dialed, whatever the configuration says: it knows old addresses when
     * all have moved. By their names; may hold others than members. */
    const struct node_peer *hints;
    size_t hints_count;
    char peer_address[LIMIT_ADDRESS + 1];   /* where peers reach this node */
    char client_address[LIMIT_ADDRESS + 1]; /* where clients do; told to peers */
    struct raft_timing timing;
    bool pre_vote;
    bool check_quorum;
    bool lease_reads;            /* connections may read by lease; needs check_quorum */
    uint32_t clock_drift_ppm;    /* no clock's rate is off by more; below 500000 */
    uint64_t max_staleness_ns;   /* local reads: the leader was heard that lately; 0: no limit */
    bool redirects;              /* connections begin with FORWARD OFF */
    uint64_t client_deadline_ns; /* how long a request may take; 0: 5 s */
    uint64_t leave_timeout_ns;   /* how long leaving may take; 0: 10 s */
    uint64_t leave_window_ns;    /* half of the voters of this span stay; 0: 30 s */
    bool shutdown_on_remove;     /* as if every removal of this node said SHUTDOWN */
    uint64_t seed;               /* from the operating system; disk id and election timeouts */
    uint64_t segment_bytes;      /* of the log; 0: default */
    uint32_t watch_history;      /* recent changes kept for WATCHKEY; 0: 10 000 */
    /* Snapshots: one is taken after so many entries (0: by the log's size alone), and so many are
     * kept in the log below it. */
    uint64_t snapshot_every;
    uint64_t snapshot_trailing;
    uint64_t snapshot_rate;        /* bytes a second sent to others; 0: as many as go */
    uint64_t snapshot_chunk_bytes; /* in one message; 0: LIMIT_CHUNK_BYTES */
};

/* Opens or founds the node in its data directory: takes the lock, recovers the log, and says in e
 * what is wrong and what to do about it if it cannot start. Blocks on the disk.
 * *ret_exit is the exit code that fits the failure (NODE_EXIT_*).
 * Ownership: env and options are copied; *ret is closed with node_close. */
int node_open(const struct node_options *options, const struct env *env, uint64_t now_ns,
              struct node **ret, int *ret_exit, struct err *e) MUST_CHECK;

/* Frees everything. No disk operation may be under way (or the host has let go of it). NULL is
 * allowed. Nothing is flushed: a node may stop at any instant. */
void node_close(struct node *node);

/* ---- peers ---- */

/* What to say on a connection this node dialed, resp. to answer to a Hello received. After an
 * accepted handshake every frame of that connection must pass frame_check with node_expect. */
struct peer_hello node_hello(const struct node *node, raft_id to);
struct peer_hello_reply node_answer_hello(struct node *node, const struct peer_hello *hello);
/* Looks at the answer to a Hello: 0, or -E_MISMATCH with a sentence. */
int node_check_hello_reply(struct node *node, raft_id to, const struct peer_hello_reply *reply,
                           struct err *e) MUST_CHECK;
struct frame_expect node_expect(const struct node *node, raft_id peer);

/* A frame from a peer after the handshake. Negative: the frame is corrupt or unexpected, close the
 * connection (e says why). */
int node_on_frame(struct node *node, uint64_t now_ns, const struct frame *frame,
                  struct err *e) MUST_CHECK;
/* Nobody answered where it should be: why, for people, until a handshake there succeeds. To be told
 * at every attempt. */
void node_on_peer_unreached(struct node *node, uint64_t now_ns, raft_id peer, const char *why);
/* The connection to a peer that frames were sent on is gone. */
void node_on_peer_lost(struct node *node, uint64_t now_ns, raft_id peer);

/* ---- clients: host-chosen numbers, not 0, not used again ---- */

void node_on_client(struct node *node, uint64_t client); /* a new connection */
/* It came by the admin socket: commands that break things are taken from it. */
void node_trust_client(struct node *node, uint64_t client);
/* One request (copied). Replies come through env.reply in the order of the requests. */
void node_on_request(struct node *node, uint64_t now_ns, uint64_t client, const struct span *argv,
                     size_t argc);
/* It asks nothing more, and may still read answers: nobody can tell whether it waits for them. */
void node_on_client_ended(struct node *node, uint64_t client);
/* The connection is gone; what it asked for may still happen. */
void node_on_client_gone(struct node *node, uint64_t client);
/* Requests of this client not yet answered: the host stops reading its socket above
 * NODE_CLIENT_REQUESTS and goes on below half of it. */
size_t node_client_requests(const struct node *node, uint64_t client);
#define NODE_CLIENT_REQUESTS 1024

/* ---- disk and time ---- */

/* A disk operation submitted through env.vfs has ended. */
void node_on_io_done(struct node *node, uint64_t now_ns, struct vfs_op *op, int status);
void node_on_timer(struct node *node, uint64_t now_ns);
/* Ends the turn. Afterwards node_wake_at tells when to call node_on_timer; RAFT_NEVER: not needed;
 * <= now: at once. At any time it is the earliest of the deadlines, also of those that have passed,
 * and of the newest time given here if something is to be done at once. */
void node_pump(struct node *node, uint64_t now_ns);
uint64_t node_wake_at(const struct node *node);

/* ---- leaving (thesis 4.2.2) ---- */

enum node_parting {
    NODE_STAYS,
    NODE_PARTING, /* on its way: the host takes no new clients if it asked for it */
    /* The host drains its clients and stops, when it asked for it and always after LEFT and
     * REMOVED; the exit code is that of node_parting_exit. */
    NODE_LEFT,          /* removed, committed, and the disk is marked so */
    NODE_STOPS,         /* still a member: refused, or nothing to leave or hand over */
    NODE_LEAVE_UNKNOWN, /* not confirmed in time */
    NODE_REMOVED        /* by somebody who wanted it to stop then */
};

/* The node hands leadership over and has itself removed; votes and acknowledges until it knows that
 * the removal is committed. A second call changes nothing. */
void node_leave(struct node *node, uint64_t now_ns);
/* The node hands leadership over, if it leads, and stays a member. */
void node_hand_over(struct node *node, uint64_t now_ns);
enum node_parting node_parting(const struct node *node);
/* 0, NODE_EXIT_UNCONFIRMED or NODE_EXIT_REMOVED. PARTING counts as not confirmed. */
int node_parting_exit(enum node_parting parting);

/* ---- looking at it ---- */

/* The core, for tests and the simulator's checks; NULL until the log is durable after start. */
const struct raft *node_raft(const struct node *node);
uint64_t node_applied(const struct node *node);
uint64_t node_digest(const struct node *node); /* of the state machine */
/* Everything worth watching, in Prometheus' text format, appended to out. */
void node_metrics(const struct node *node, uint64_t now_ns, struct buf *out);
/* NULL: it serves clients now, as far as it can tell; else why not. Borrowed until the next event.
 */
const char *node_not_ready(const struct node *node);
/* Name of a member; "?" if unknown. Borrowed until the next event. */
const char *node_name_of(const struct node *node, raft_id id);
raft_id node_id_of_name(const char *name); /* ids are made from names */
/* The cluster id that founding with this list makes; equal lists in any order, equal ids. 0: the
 * list is not a good one. cluster as in node_options. */
uint64_t node_founding_id(const char *cluster, const struct node_peer *list, size_t count);

#endif
