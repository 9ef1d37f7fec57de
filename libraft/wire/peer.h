/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What peers say to each other: Raft messages with their entries, handshakes, forwarded commands,
 * leaving.
 * Each function here makes or reads one whole frame (frame.h); byte tables are in README.md. */
#ifndef WIRE_PEER_H
#define WIRE_PEER_H

#include "raft/raft.h"
#include "wire/frame.h"

/* The type in a frame's header. Values below PEER_HELLO are enum raft_message_type, so that a
 * filter on the link can tell a vote from an append by one byte. Append only. */
enum peer_type {
    PEER_HELLO = 64,
    PEER_HELLO_REPLY = 65,
    PEER_FORWARD = 66,
    PEER_FORWARD_REPLY = 67,
    PEER_LEAVE = 68,
    PEER_LEAVE_REPLY = 69,
    PEER_PROBE = 70,
    PEER_PROBE_REPLY = 71,
    PEER_BIRTH = 72,
};

/* "AppendEntries", "Hello"; "unknown" for a type this version does not have. Never NULL. */
const char *peer_type_name(uint8_t type);
bool peer_type_is_raft(uint8_t type);

/* What all frames of one group on one link have in common. */
struct peer_link {
    uint64_t cluster_id;
    uint64_t generation;
    uint32_t group;
};

/* Every encoder appends one frame to out and returns 0, or -E_LIMIT (above LIMIT_FRAME_BYTES, or
 * out overflowed) with out as it was. Every decoder returns 0, or -E_CORRUPT with a sentence and
 * *ret untouched (but for the reused array of entries); it expects a frame of its type (asserted)
 * and looks at the payload only: whether the identities are right is frame_check's question. */

/* ---- Raft messages ---- */

/* A message and the entries of an append, or the bytes of an image. entries is owned and reused
 * (all-zero is valid, free with peer_raft_free); payloads and data are borrowed from the frame.
 * message.from and message.to come from the frame's header. */
struct peer_raft {
    struct raft_message message;
    struct entry *entries; /* message.entries_count of them */
    size_t entries_cap;
    struct span data; /* InstallSnapshot: message.size bytes */
};

/* entries: message->entries_count of them, following message->prev. A message of which
 * peer_raft_problem has something to say is a programmer's error, asserted. */
int peer_raft_encode(struct buf *out, const struct peer_link *link,
                     const struct raft_message *message, const struct entry *entries,
                     struct err *e) MUST_CHECK;
/* The same for an InstallSnapshot: data is message->size bytes of the image from message->offset.
 */
int peer_chunk_encode(struct buf *out, const struct peer_link *link,
                      const struct raft_message *message, struct span data,
                      struct err *e) MUST_CHECK;
/* Refuses what no correct node sends, whatever its checksum says: terms and indexes of 2^63 and
 * above, unknown enumeration values, gaps in the indexes, terms that fall or pass the sender's. */
int peer_raft_decode(const struct frame *frame, struct peer_raft *ret, struct err *e) MUST_CHECK;
void peer_raft_free(struct peer_raft *p);

/* NULL, or the sentence saying what is wrong with the message. */
const char *peer_raft_problem(const struct raft_message *message, const struct entry *entries);

/* ---- the handshake ---- */

/* The first frame each way on a new connection, sent by the side that dialed; cluster id,
 * generation, group, from and to travel in the frame's header. */
struct peer_hello {
    struct peer_link link;
    raft_id from;
    raft_id to;          /* 0: dialed an address without knowing who lives there */
    uint8_t version_min; /* frame versions the sender can speak */
    uint8_t version_max;
    uint64_t disk_id;     /* the sender's data directory: an emptied one is somebody else */
    uint64_t incarnation; /* rises with every start of the sender */
    char name[LIMIT_NODE_NAME + 1];
    char address[LIMIT_ADDRESS + 1];        /* where the sender can be dialed, "HOST:PORT" */
    char client_address[LIMIT_ADDRESS + 1]; /* where it serves clients; empty: nowhere */
    bool given_up; /* the receiver is a member that a forced recovery of the cluster gave up */
    char cluster[LIMIT_NODE_NAME + 1]; /* name of the sender's cluster, a label: cluster_id decides;
                                          empty: it is of none, or of a version that does not say */
};

/* name, value, sentence. Values go over the wire: append only. */
#define PEER_REFUSALS(X)                                                             \
    X(PEER_ACCEPTED, 0, "accepted")                                                  \
    X(PEER_REFUSED_VERSION, 1, "no protocol version in common")                      \
    X(PEER_REFUSED_CLUSTER, 2, "belongs to another cluster")                         \
    X(PEER_REFUSED_GROUP, 3, "this group does not live here")                        \
    X(PEER_REFUSED_NODE, 4, "another node lives at this address")                    \
    X(PEER_REFUSED_SELF, 5, "the node dialed itself or another node with its id")    \
    X(PEER_REFUSED_GENERATION, 6, "left behind by a forced recovery of the cluster") \
    X(PEER_REFUSED_DISK, 7, "this node id is bound to another disk")                 \
    X(PEER_REFUSED_LEAVING, 8, "the node is stopping")                               \
    X(PEER_REFUSED_TWIN, 9, "another process runs on a copy of its data directory")  \
    X(PEER_REFUSED_GIVEN_UP, 10, "given up by a forced recovery of the cluster")     \
    X(PEER_REFUSED_BORN, 11, "the cluster exists already")                           \
    X(PEER_REFUSED_RIVAL, 12, "there were two forced recoveries of the cluster")

enum peer_refusal {
#define X(name, value, text) name = value,
    PEER_REFUSALS(X)
#undef X
};

const char *peer_refusal_text(enum peer_refusal refusal); /* never NULL */

#define PEER_DETAIL_MAX 200

/* The answer. On acceptance both sides use version from the next frame on, and the fields of
 * hello introduce the answering node. On refusal they do so too (whoever refuses says who it is),
 * and detail says with names and values why; the connection is closed after it. */
struct peer_hello_reply {
    struct peer_hello hello; /* of the node that answers */
    enum peer_refusal refusal;
    uint8_t version; /* the agreed version; 0 when refused */
    char detail[PEER_DETAIL_MAX + 1];
};

/* Both ways: -E_INVALID or -E_CORRUPT for a node id 0, an empty name, one with other characters
 * than letters, digits, '-', '_', '.', an address that is not printable ASCII without spaces, or
 * versions in the wrong order. Bytes behind the known fields are ignored when reading: later
 * versions may add some, and the handshake is what they find out about each other with. */
int peer_hello_encode(struct buf *out, const struct peer_hello *hello, struct err *e) MUST_CHECK;
int peer_hello_decode(const struct frame *frame, struct peer_hello *ret, struct err *e) MUST_CHECK;
int peer_hello_reply_encode(struct buf *out, const struct peer_hello_reply *reply,
                            struct err *e) MUST_CHECK;
int peer_hello_reply_decode(const struct frame *frame, struct peer_hello_reply *ret,
                            struct err *e) MUST_CHECK;

/* What a node knows of itself and of whom it may talk to. */
struct peer_identity {
    struct peer_link link;
    raft_id self;
    const char *cluster; /* its name, for what is said; "" if it is not known */
};

/* Judges a received Hello: PEER_ACCEPTED and *ret_version, or the first reason against it, with
 * ret_detail ("cluster 00…07, not 00…09"). bound_disk is the disk the member's id is bound to,
 * 0 if none yet. A Hello of a higher generation is refused like a lower one: which of the two
 * nodes was left behind is for the caller to see (the header tells both).
 * Source: thesis 3.8: a wiped disk under an old id has forgotten its votes. */
enum peer_refusal peer_hello_judge(const struct peer_identity *me, const struct peer_hello *hello,
                                   uint64_t bound_disk, uint8_t *ret_version,
                                   char ret_detail[PEER_DETAIL_MAX + 1]);

/* ---- forwarded commands (thesis 6.2) ---- */

/* A client's command on its way to the leader. It is sent once: whoever loses the reply answers
 * its client "unknown", never sends again. */
struct peer_forward {
    struct peer_link link;
    raft_id from;
    raft_id to;
    uint64_t request_id;       /* chosen by the sender, unique per incarnation */
    uint8_t hops;              /* nodes it has passed; a receiver refuses above PEER_HOPS_MAX */
    uint64_t deadline_left_ns; /* time the client still waits, counted at the moment of sending:
                                  clocks of two nodes cannot be compared */
    struct span command;       /* as in a log entry (kv/command.h); borrowed */
};

#define PEER_HOPS_MAX 1

enum peer_outcome {
    PEER_OUTCOME_OK = 1,      /* applied; reply is the command's answer */
    PEER_OUTCOME_FAIL = 2,    /* will never take effect; reply is an error */
    PEER_OUTCOME_UNKNOWN = 3, /* may or may not take effect; reply is an error */
};

struct peer_forward_reply {
    struct peer_link link;
    raft_id from;
    raft_id to;
    uint64_t request_id;
    enum peer_outcome outcome;
    uint64_t index;      /* log index of the applied entry; 0 unless OK */
    raft_id leader_hint; /* 0: none known */
    struct span reply;   /* one RESP2 reply; borrowed */
};

int peer_forward_encode(struct buf *out, const struct peer_forward *f, struct err *e) MUST_CHECK;
int peer_forward_decode(const struct frame *frame, struct peer_forward *ret,
                        struct err *e) MUST_CHECK;
int peer_forward_reply_encode(struct buf *out, const struct peer_forward_reply *f,
                              struct err *e) MUST_CHECK;
int peer_forward_reply_decode(const struct frame *frame, struct peer_forward_reply *ret,
                              struct err *e) MUST_CHECK;

/* ---- leaving ---- */

/* A node that is on its way out asks the leader to remove it, again and again until it knows. */
struct peer_leave {
    struct peer_link link;
    raft_id from;
    raft_id to;
    uint64_t attempt;      /* rises with every attempt of this node to leave, also over restarts */
    uint64_t term;         /* meant for the leader of this term only: what it decides is final, and
                              no later leader must find an old wish */
    uint64_t config_index; /* the configuration that the asker has in force */
};

enum peer_leave_status {
    PEER_LEAVE_QUEUED = 1,     /* waits for its turn, or its removal for a quorum */
    PEER_LEAVE_REMOVED = 2,    /* a committed configuration newer than the asker's is without it */
    PEER_LEAVE_REFUSED = 3,    /* it stays a member; why says for what reason */
    PEER_LEAVE_NOT_LEADER = 4, /* not the leader of that term */
};

#define PEER_LEAVE_WHY_MAX 200

struct peer_leave_reply {
    struct peer_link link;
    raft_id from;
    raft_id to;
    uint64_t attempt; /* as asked */
    uint64_t term;    /* as asked */
    enum peer_leave_status status;
    uint64_t config_index;            /* REMOVED: of that configuration */
    char why[PEER_LEAVE_WHY_MAX + 1]; /* REFUSED: "CODE sentence"; else empty */
};

int peer_leave_encode(struct buf *out, const struct peer_leave *l, struct err *e) MUST_CHECK;
int peer_leave_decode(const struct frame *frame, struct peer_leave *ret, struct err *e) MUST_CHECK;
int peer_leave_reply_encode(struct buf *out, const struct peer_leave_reply *l,
                            struct err *e) MUST_CHECK;
int peer_leave_reply_decode(const struct frame *frame, struct peer_leave_reply *ret,
                            struct err *e) MUST_CHECK;

/* ---- probes: who is there, and how much does it have ---- */

/* Asked before a forced recovery; answered by everybody, whatever its role. */
struct peer_probe {
    struct peer_link link;
    raft_id from;
    raft_id to;
    uint64_t request_id; /* comes back in the answer */
};

struct peer_probe_reply {
    struct peer_link link;
    raft_id from;
    raft_id to;
    uint64_t request_id;
    struct raft_pos last; /* end of its durable log */
};

int peer_probe_encode(struct buf *out, const struct peer_probe *p, struct err *e) MUST_CHECK;
int peer_probe_decode(const struct frame *frame, struct peer_probe *ret, struct err *e) MUST_CHECK;
int peer_probe_reply_encode(struct buf *out, const struct peer_probe_reply *p,
                            struct err *e) MUST_CHECK;
int peer_probe_reply_decode(const struct frame *frame, struct peer_probe_reply *ret,
                            struct err *e) MUST_CHECK;

/* ---- births: empty nodes that are to found a cluster together ---- */

/* What a node to be says of itself; the header names no cluster. */
struct peer_birth {
    raft_id from;
    char name[LIMIT_NODE_NAME + 1];
    char address[LIMIT_ADDRESS + 1];
    char cluster[LIMIT_NODE_NAME + 1];
    uint64_t disk;     /* digest of its disk id */
    uint32_t expect;   /* of how many nodes */
    uint64_t list;     /* digest of the addresses where they are looked for */
    struct span offer; /* the configuration it has accepted, as an entry's payload; empty: none.
                          Borrowed */
};

int peer_birth_encode(struct buf *out, const struct peer_birth *b, struct err *e) MUST_CHECK;
int peer_birth_decode(const struct frame *frame, struct peer_birth *ret, struct err *e) MUST_CHECK;

#endif
