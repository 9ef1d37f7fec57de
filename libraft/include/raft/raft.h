/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Raft core: one function from (state, event) to (state, output).
 *
 * No I/O, clock, thread, allocation or randomness of its own: time comes in with every event, the
 * only random choices (election timeouts) come from a seed in the state, and whatever must be
 * written or sent goes out as data. A server is one block of memory without a pointer inside, so
 * memcpy clones it.
 *
 * The host's contract, for every output, in this order:
 *   1. hard_state, log_reset, truncate_from, append_*: hand them to the disk (nothing is durable
 *      yet);
 *   2. messages: send them, or drop them and say so (RAFT_UNSENT, RAFT_DISCONNECTED);
 *   3. when a sync has returned: RAFT_PERSISTED with what was written before it began;
 *   4. apply entries up to commit; serve reads once applied reached their index;
 *   5. at wake_at_ns, if nothing came earlier: RAFT_TIMEOUT.
 * Promises (votes, acknowledgements, campaigns) are held back by the core itself until the
 * RAFT_PERSISTED that covers them, so the host never has to hold a message.
 *
 * Images of the state machine are the host's: it makes them, keeps and sweeps them, attaches their
 * bytes to INSTALL_SNAPSHOT messages (chunk_bytes at most) and collects what it receives. The core
 * decides who gets which image and when, and what becomes of the log (RAFT_IMAGE and below).
 *
 * Sources: Ongaro's thesis (T), the extended Raft paper (P). */
#ifndef RAFT_RAFT_H
#define RAFT_RAFT_H

#include "base/entry.h"
#include "base/limits.h"
#include "base/must.h"
#include "raft/reasons.h"

typedef uint64_t raft_id; /* a node; 0 is nobody */

#define RAFT_NEVER UINT64_MAX

/* A log position. {0,0} is the position before the log and matches every log. */
struct raft_pos {
    uint64_t term;
    uint64_t index;
};

/* Up-to-date order: the later term wins, then the longer log; <0, 0, >0. T 3.6.1. */
int raft_pos_compare(struct raft_pos a, struct raft_pos b);

enum raft_role { RAFT_FOLLOWER, RAFT_PRE_CANDIDATE, RAFT_CANDIDATE, RAFT_LEADER };

/* ---- configurations (T 4) ---- */

#define RAFT_VOTER        1u /* in the voter set (of a joint configuration: the incoming half) */
#define RAFT_VOTER_OLD    2u /* in the outgoing half of a joint configuration */
#define RAFT_LEARNER_NEXT 4u /* with RAFT_VOTER_OLD alone: stays as a learner, is not removed */
#define RAFT_WITNESS      8u /* keeps the terms of entries without their data: votes, never leads */

/* People count priorities from 0 to 255; a member keeps the difference from the usual one, so that
 * one of zeroes is as good as any. */
#define RAFT_PRIORITY_USUAL 100
#define RAFT_PRIORITY_MAX   255

struct raft_member {
    raft_id id;
    uint32_t flags;   /* of the above; none: learner */
    int32_t priority; /* above (+) or below (-) RAFT_PRIORITY_USUAL; lower ones campaign later */
};

/* Invariants: count <= LIMIT_MEMBERS; ids distinct and not 0; joint iff some RAFT_VOTER_OLD. Empty
 * (count 0) only at index 0, on a server that was told of no configuration yet. */
struct raft_config {
    uint32_t count;
    uint32_t joint;
    struct raft_member members[LIMIT_MEMBERS];
};

/* ---- images (T 5) ---- */

/* A snapshot of the state machine, as the core knows one: what it contains is the host's business,
 * its configuration and everything else that a node must know beside the state included. */
struct raft_image {
    struct raft_pos pos; /* the last entry whose effect is in it; {0,0}: no image */
    uint64_t bytes;      /* to send; > 0 */
    uint64_t digest;     /* with pos it tells images apart, wherever they were made */
};

/* The same bytes of the same state, whoever made them. */
bool raft_image_same(const struct raft_image *a, const struct raft_image *b);

/* How a receiver stands to an image. Values go over the wire: append only. */
enum raft_chunk_status {
    RAFT_CHUNK_OK,        /* it has everything below next_offset and wants what follows */
    RAFT_CHUNK_BUSY,      /* no space for it now: try again later */
    RAFT_CHUNK_OBSOLETE,  /* it holds (match) all that is in the image already */
    RAFT_CHUNK_INSTALLED, /* its state is the image's, durably; its log holds match */
    RAFT_CHUNK_FAILED     /* what it has received is of no use: from the beginning, or another */
};

/* ---- messages ---- */

/* name, printed name. Values go over the wire: append only. */
#define RAFT_MESSAGES(X)                      \
    X(PRE_VOTE, "PreVote")                    \
    X(PRE_VOTE_REPLY, "PreVoteReply")         \
    X(REQUEST_VOTE, "RequestVote")            \
    X(REQUEST_VOTE_REPLY, "RequestVoteReply") \
    X(APPEND, "AppendEntries")                \
    X(APPEND_REPLY, "AppendReply")            \
    X(HEARTBEAT, "Heartbeat")                 \
    X(HEARTBEAT_REPLY, "HeartbeatReply")      \
    X(READ_INDEX, "ReadIndex")                \
    X(READ_INDEX_REPLY, "ReadIndexReply")     \
    X(TIMEOUT_NOW, "TimeoutNow")              \
    X(INSTALL_SNAPSHOT, "InstallSnapshot")    \
    X(INSTALL_SNAPSHOT_REPLY, "InstallSnapshotReply")

enum raft_message_type {
    RAFT_MESSAGE_NONE = 0,
#define X(name, text) RAFT_##name,
    RAFT_MESSAGES(X)
#undef X
        RAFT_MESSAGE_TYPES
};

enum raft_append_status { RAFT_APPEND_OK, RAFT_APPEND_MISMATCH, RAFT_APPEND_BUSY };

/* Why a vote or pre-vote was refused. */
enum raft_refusal {
    RAFT_REFUSED_NOT,     /* granted */
    RAFT_REFUSED_HELD,    /* a leader was heard within the election timeout (T 4.2.3) */
    RAFT_REFUSED_LOG,     /* the asker's log is older (T 3.6.1) */
    RAFT_REFUSED_VOTED,   /* the vote of this term went to another */
    RAFT_REFUSED_TERM,    /* the asker's term is older */
    RAFT_REFUSED_LEADER,  /* this term already has a leader */
    RAFT_REFUSED_REMOVED, /* any of these, and the asker was removed: the newest committed
                             configuration, which it does not know, is without it (T 4.2.3) */
    RAFT_REFUSED_DAMAGED  /* its log was damaged and is not whole again */
};

/* One message; which fields count depends on type:
 *   PRE_VOTE            for_term (the proposed term), last, nonce
 *   PRE_VOTE_REPLY      for_term, nonce, granted, refusal
 *   REQUEST_VOTE        last, transfer
 *   REQUEST_VOTE_REPLY  for_term, granted, refusal
 *   APPEND              prev, commit, round, entries_count (entries prev.index+1 … +count;
 *                       the host attaches their payloads)
 *   APPEND_REPLY        for_term, round, status, last_index, incarnation, hold_ns; OK: match;
 *                       MISMATCH: at, hint_first, hint_last, hint_term
 *   HEARTBEAT           commit (never above what the receiver is known to hold), round
 *   HEARTBEAT_REPLY     for_term, round, status (BUSY: it has no space, or could not lead for
 *                       another reason of its own), match (accepted in this term), last_index,
 *                       incarnation, hold_ns
 *   TIMEOUT_NOW         last (the leader's log end, which the receiver must hold)
 *   READ_INDEX          ctx, lease (an answer by lease is enough)
 *   READ_INDEX_REPLY    for_term, ctx, granted, index
 *   INSTALL_SNAPSHOT    image, offset, size (bytes of the image from offset on, which the host
 *                       attaches; 0: only asks how far the receiver is), round
 *   INSTALL_SNAPSHOT_REPLY  for_term, round, image, chunk_status, last_index, incarnation,
 *                       hold_ns; OK: next_offset; OBSOLETE and INSTALLED: match */
struct raft_message {
    uint32_t type; /* enum raft_message_type */
    uint32_t entries_count;
    raft_id from;
    raft_id to;
    uint64_t term;     /* the sender's current term */
    uint64_t for_term; /* replies: the term (pre-vote: proposed term) of the request */
    struct raft_pos last;
    struct raft_pos prev;
    uint64_t nonce;
    uint32_t granted;
    uint32_t refusal; /* enum raft_refusal */
    uint32_t transfer;
    uint32_t status; /* enum raft_append_status */
    uint32_t lease;
    uint32_t reserved;
    uint64_t commit;
    uint64_t round;
    uint64_t match;
    uint64_t last_index;
    uint64_t incarnation; /* of the sender: tells a restart from a late message */
    uint64_t hold_ns;     /* how long the sender refuses votes after hearing a leader */
    uint64_t at;          /* prev.index of the rejected append */
    uint64_t hint_first;
    uint64_t hint_last;
    uint64_t hint_term;
    uint64_t ctx;
    uint64_t index;
    struct raft_image image;
    uint64_t offset;
    uint64_t next_offset;
    uint32_t size;
    uint32_t chunk_status; /* enum raft_chunk_status */
};

/* What the core needs to know of one entry; payloads stay with the host. */
struct raft_entry_info {
    uint64_t term;
    enum entry_kind kind;
    const struct raft_config *config; /* of a config entry: decoded; else NULL. Borrowed. */
};

/* ---- events ---- */

enum raft_event_type {
    RAFT_RECEIVE,      /* a message arrived */
    RAFT_PERSISTED,    /* a sync returned */
    RAFT_TIMEOUT,      /* time passed: look at the deadlines */
    RAFT_PROPOSE,      /* append entries, if leader */
    RAFT_READ,         /* a linearizable read arrived */
    RAFT_UNSENT,       /* entries of an APPEND were not handed to the network */
    RAFT_CHANGE,       /* another configuration is wanted, if leader (T 4) */
    RAFT_RECOVER,      /* the others are lost: this server alone from now on, unsafe by nature */
    RAFT_TRANSFER,     /* hand leadership over, if leader (T 3.10) */
    RAFT_STEP_DOWN,    /* lead no more, and leave the others time to elect somebody */
    RAFT_DISCONNECTED, /* the connection to a peer broke: what was in flight may be lost */
    RAFT_IMAGE,        /* an image of this node's own state is durable: a leader may send it */
    RAFT_COMPACT,      /* the log's entries up to an index go: base rises to there */
    RAFT_CHUNK,        /* how far the image being received is: the answer to output.chunk */
    RAFT_INSTALL,      /* a received image is complete, verified and durable under its final name */
    RAFT_CHUNK_UNSENT, /* the bytes of an INSTALL_SNAPSHOT were not handed to the network */
    RAFT_LEFT,         /* the disk was marked as having left the cluster, or so no more */
};

/* What a sync made durable: the newest state handed to the disk before it began, copied from the
 * output after which it was handed over. */
struct raft_persisted {
    uint64_t term;
    raft_id vote;
    struct raft_pos last; /* end of the log then */
    uint64_t truncations; /* raft_output.truncations then */
};

/* Everything is borrowed for the duration of raft_step. */
struct raft_event {
    enum raft_event_type type;
    uint64_t now_ns; /* the node's monotonic clock; never falls */
    union {
        struct {
            const struct raft_message *message;
            const struct raft_entry_info *entries; /* message->entries_count of them */
            bool no_space; /* the disk has no space for entries that are not here yet */
        } receive;
        struct raft_persisted persisted;
        struct {
            bool no_space; /* the disk has no space for new entries: no campaigns */
        } timeout;
        struct {
            uint32_t count; /* > 0 */
            enum entry_kind kind;
        } propose;
        struct {
            uint64_t ctx; /* rises with every read of this node, also over restarts */
            bool lease;   /* may be served by the leader's lease, that is, by clocks */
        } read;
        struct {
            raft_id peer;
            uint64_t first; /* this index and all later ones were not sent */
        } unsent;
        struct {
            const struct raft_config *config; /* the whole membership wanted, not joint: of the
                                                 flags only RAFT_VOTER and RAFT_WITNESS */
            uint64_t expected; /* the configuration it was made for, by its index; 0: any */
            bool relabel;      /* what the host keeps beside the members (addresses, disks) is to
                                  change: an entry even for the configuration in force */
        } change;
        const struct raft_config *recover; /* this server as the only voter */
        struct {
            raft_id target;    /* to whom; 0: to the best */
            uint64_t limit_ns; /* how long the target may take to come close; 0: 10 s */
        } transfer;
        raft_id disconnected;
        /* Precondition: pos lies in the log at or above its base and at or below commit and the
         * durable index; applied, with state and configuration exactly of that index. One that is
         * not newer than the newest known is ignored. */
        struct raft_image image;
        /* Precondition: <= pos.index of the newest image. At or below the base: nothing happens.
         * What may go without sending somebody an image for it: raft_compact_limit. */
        uint64_t compact;
        struct {
            struct raft_image image;       /* of the message that was answered with output.chunk */
            uint64_t next_offset;          /* everything below it is here */
            enum raft_chunk_status status; /* RAFT_CHUNK_OK, BUSY or FAILED */
        } chunk;
        struct {
            struct raft_image image;
            const struct raft_config *config; /* in force at image.pos */
            uint64_t config_index;            /* its entry; <= image.pos.index */
        } install;
        struct {
            raft_id peer;
            struct raft_image image; /* of that message */
            uint64_t offset;         /* of that message: these bytes and all later ones */
            uint64_t retry_ns;       /* not again before; <= now: after a heartbeat interval */
            bool gone; /* the image cannot be read any more: go on with the newest one */
        } chunk_unsent;
        bool left; /* this server campaigns no more, until false */
    };
};

/* ---- decisions, as data (reasons.h) ---- */

struct raft_reason {
    enum raft_reason_code code;
    raft_id peer;
    uint64_t a;
    uint64_t b;
};

/* ---- output ---- */

#define RAFT_OUT_MESSAGES (4 * LIMIT_MEMBERS)
#define RAFT_OUT_REASONS  64

enum raft_refused_proposal {
    RAFT_PROPOSED,
    RAFT_NOT_LEADER,
    RAFT_TOO_MANY_UNCOMMITTED,
    RAFT_TRANSFERRING /* leadership is being handed over: try again soon, elsewhere or here */
};

/* Answer to RAFT_CHANGE. Accepted: append_from is the new configuration's entry; the change is done
 * when a configuration from there on that is not joint has committed. */
enum raft_change_answer {
    RAFT_CHANGE_NOT_ASKED,
    RAFT_CHANGE_ACCEPTED,
    RAFT_CHANGE_NOT_LEADER,
    RAFT_CHANGE_IN_PROGRESS,   /* a change or this term's first entry is not committed yet, or
                                  leadership is being handed over */
    RAFT_CHANGE_CONFLICT,      /* made for another configuration than the one in force */
    RAFT_CHANGE_SAME,          /* already true */
    RAFT_CHANGE_LAST_VOTER,    /* nobody would vote, or too few voters with data: witnesses may be
                                  less than half of the voters */
    RAFT_CHANGE_NOT_CAUGHT_UP, /* a new voter is no learner that has caught up */
    RAFT_CHANGE_QUORUM_GUARD,  /* the voters heard lately are no quorum of the new set, or of the
                                  present one where the change is joint */
    RAFT_CHANGE_TOO_MANY,      /* members of now and then together exceed LIMIT_MEMBERS */
    RAFT_CHANGE_OTHER_ROLE,    /* a witness would become a member with data, or the reverse: it has
                                  to be removed and come back on an empty disk */
    RAFT_CHANGE_ANSWERS
};

/* News of a transfer: refused at once, or how it ended. */
enum raft_transfer_news {
    RAFT_TRANSFER_NO_NEWS,
    RAFT_TRANSFER_DONE,        /* the target leads */
    RAFT_TRANSFER_CHANGED,     /* somebody else leads, or nobody yet */
    RAFT_TRANSFER_TIMEOUT,     /* given up; this node still leads and takes proposals */
    RAFT_TRANSFER_NOT_LEADER,  /* refused: this node does not lead */
    RAFT_TRANSFER_NOT_READY,   /* refused: its term has no committed entry, or a change is open */
    RAFT_TRANSFER_NO_TARGET,   /* refused: no such voter, or it was not heard lately */
    RAFT_TRANSFER_IN_PROGRESS, /* refused: another transfer is under way */
    RAFT_TRANSFER_NEWS
};

/* The state contradicts what Raft guarantees: the host must stop without another word. */
enum raft_fatal {
    RAFT_FATAL_NOT,
    RAFT_FATAL_TWO_LEADERS, /* exit 70: two leaders of one term */
    RAFT_FATAL_LOST_LOG,    /* exit 74: acknowledged entries are missing here */
    RAFT_FATAL_OVERWRITE    /* exit 70: a leader has another entry where ours is certain */
};

/* Fixed size, owned and reused by the host; raft_step overwrites it. */
struct raft_output {
    /* To persist. Truncation comes before appending. */
    bool hard_state; /* term and vote (below) changed */
    /* RAFT_INSTALL only: the log does not agree with the image and is dropped whole; it is empty
     * and begins after base (below). Nothing else of this output concerns the log. */
    bool log_reset;
    uint64_t truncate_from; /* remove this index and all later ones; 0: nothing */
    uint64_t append_from;   /* append_from..append_to are new; 0: nothing */
    uint64_t append_to;
    uint64_t append_term;        /* leader only: the term of its new entries */
    enum entry_kind append_kind; /* leader only: no-op, the kind proposed, or a configuration: the
                                    latest then (raft_config) */

    /* Answer to RAFT_PROPOSE: entries append_from..append_to are the proposals. */
    enum raft_refused_proposal proposal;

    enum raft_transfer_news transfer;
    enum raft_change_answer change;

    /* RAFT_RECEIVE of an INSTALL_SNAPSHOT: its bytes are wanted. The host keeps one image being
     * received: it goes on with that one if message.image is the same, else drops it and begins
     * this one at 0 (what it has from an earlier life counts). It takes the bytes if they begin at
     * its next_offset, drops them otherwise, and says where it is in either case: RAFT_CHUNK. */
    bool chunk;
    /* RAFT_INSTALL: the image was taken over. The state becomes the image's if applied is lower
     * than it; commit (below) is at it or above. False: it is not needed, for all in it is
     * committed here, or this node leads with a log that contains it. */
    bool installed;

    /* Reads of this node: those with ctx <= reads_ready_ctx may be served once applied >=
     * reads_ready_index; those above it and <= reads_failed_ctx will never be (retry is safe).
     * 0: none. */
    uint64_t reads_ready_ctx;
    uint64_t reads_ready_index;
    uint64_t reads_failed_ctx;
    /* Answer to RAFT_READ: served by lease, alone, once applied >= index. 0: not so; it waits for a
     * round like all others, and is answered above. */
    uint64_t read_leased_ctx;
    uint64_t read_leased_index;

    /* The state after the event. */
    uint64_t term;
    raft_id vote;
    struct raft_pos base; /* just below the first entry of the log */
    struct raft_pos last;
    uint64_t truncations; /* how often the log was cut or reset; goes into RAFT_PERSISTED */
    enum raft_role role;
    raft_id leader;
    uint64_t commit;
    uint64_t wake_at_ns; /* next deadline; RAFT_NEVER: none. <= now: step again, there is more */
    enum raft_fatal fatal;

    uint32_t messages_count;
    struct raft_message messages[RAFT_OUT_MESSAGES];
    uint32_t reasons_count; /* more than RAFT_OUT_REASONS are not kept */
    struct raft_reason reasons[RAFT_OUT_REASONS];
};

/* ---- a server ---- */

struct raft;

struct raft_limits {
    uint32_t terms_max;       /* distinct terms in the log above its base; > 1 */
    uint32_t window_max;      /* AppendEntries in flight to one member; 1..LIMIT_WINDOW_MESSAGES */
    uint32_t batch_max;       /* entries in one AppendEntries; > 0 */
    uint32_t uncommitted_max; /* entries the leader may have appended but not committed before it
                                 refuses data; > 0 */
    uint32_t chunk_bytes;     /* of an image in one INSTALL_SNAPSHOT; 1..LIMIT_CHUNK_BYTES */
};

/* Invariants: heartbeat_ns * 3 <= election_ns_min; election_ns_min * 2 <= election_ns_max. */
struct raft_timing {
    uint64_t election_ns_min;
    uint64_t election_ns_max;
    uint64_t heartbeat_ns;
};

/* A run of entries of one term: it ends where the next run begins. */
struct raft_run {
    uint64_t first;
    uint64_t term;
};

/* What a server starts from, as read from its disk. Borrowed during raft_open. */
struct raft_boot {
    raft_id self;
    uint64_t incarnation; /* rises with every start on this disk; 0: nobody will ever compare */
    uint64_t term;
    raft_id vote;
    struct raft_pos base; /* the position just below the first entry; {0,0} without snapshots */
    /* The newest image, which the log continues: base.index <= pos.index <= last_index, and the log
     * has pos.term there. All zero: none, and base is {0,0}. */
    struct raft_image image;
    uint64_t commit;     /* known committed: image.pos.index, or more */
    uint32_t runs_count; /* the log above base as runs of equal terms, rising */
    const struct raft_run *runs;
    uint64_t last_index;
    /* The configurations in the log in rising order: the newest <= commit first (or the
     * bootstrap's), then all above; of more than RAFT_CONFIGS the newest. At least one. */
    uint32_t configs_count;
    const struct raft_config *configs;
    const uint64_t *config_indexes;
    uint64_t hold_ns; /* refuse votes this long from now: the longest election timeout this data
                         ever promised; 0 on a disk that never promised anything */
    uint64_t now_ns;
    uint64_t seed;
    bool pre_vote;
    bool check_quorum;
    bool lease_reads;         /* reads may be served by lease; needs check_quorum */
    uint32_t clock_drift_ppm; /* no clock's rate is off by more than this; < 500000 */
    bool left; /* this disk left the cluster in order: no campaigns before RAFT_LEFT says so */
    /* The log was damaged and given up, hard state and identity are intact: it never reached beyond
     * this index. Until it is whole again the server follows, but neither votes nor campaigns; see
     * raft_restoring. 0: the log is whole. */
    uint64_t restoring;
};

/* Configurations remembered at once: one committed, the rest not. */
#define RAFT_CONFIGS 16

/* Bytes a server with these limits needs. */
size_t raft_size(const struct raft_limits *limits);

/* Makes a server in block (at least raft_size bytes, aligned for uint64_t). Returns 0, or
 * -E_LIMIT when the log has more terms or configurations than the limits allow (nothing usable in
 * block then). Malformed boot data is asserted: the host has checked it. Follow with one
 * RAFT_TIMEOUT step. Ownership: block stays the caller's. */
int raft_open(void *block, const struct raft_limits *limits, const struct raft_timing *timing,
              const struct raft_boot *boot) MUST_CHECK;

/* Takes one event. out is overwritten. */
void raft_step(struct raft *r, const struct raft_event *event, struct raft_output *out);

/* Its next random choices follow from seed alone: for hosts that try everything which may happen to
 * equal servers, so that these go on equally. */
void raft_reseed(struct raft *r, uint64_t seed);

/* ---- looking at a server ---- */

uint64_t raft_term(const struct raft *r);
enum raft_role raft_role(const struct raft *r);
raft_id raft_leader(const struct raft *r);
raft_id raft_vote(const struct raft *r); /* of its term; 0: none yet */
uint64_t raft_commit(const struct raft *r);
uint64_t raft_durable(const struct raft *r);
struct raft_pos raft_last(const struct raft *r);
/* Term of the entry at index; 0 outside base.index..last. */
uint64_t raft_term_at(const struct raft *r, uint64_t index);
/* The latest configuration and the index of its entry. Borrowed until the next step. */
const struct raft_config *raft_config(const struct raft *r, uint64_t *ret_index);
/* What RAFT_CHANGE would be answered at now_ns, without doing anything; and whether the change goes
 * through a joint configuration. Precondition: wanted is not joint and not empty. */
enum raft_change_answer raft_change_would(const struct raft *r, uint64_t now_ns,
                                          const struct raft_config *wanted, uint64_t expected,
                                          bool *ret_joint);
/* Just below the first entry of the log. */
struct raft_pos raft_base(const struct raft *r);
/* The newest image known to be durable here; all zero: none. */
struct raft_image raft_image(const struct raft *r);
/* The oldest image whose bytes may still be asked for: one being sent, else the newest. */
uint64_t raft_image_needed(const struct raft *r);
/* RAFT_COMPACT up to this index costs nobody an image who could do without: of a leader's members
 * those who answered within the election timeout have what goes, and who is being sent an image
 * finds the log continuing it. Above it (up to the newest image) it is allowed, but dear. T 5.1.3.
 */
uint64_t raft_compact_limit(const struct raft *r, uint64_t now_ns);
/* An image is being received that the log does not reach yet. */
bool raft_installing(const struct raft *r);
/* The newest configuration that is known here to be committed, and its index; NULL: none is (after
 * a start). Borrowed until the next step. */
const struct raft_config *raft_config_committed(const struct raft *r, uint64_t *ret_index);
/* The log must agree with a leader's up to here before it counts as whole again; 0: it is. The host
 * keeps its own mark of the damage until this is 0; keeping it longer does no harm.
 * Nor does it answer reads from its state machine before, however old they may be. */
uint64_t raft_restoring(const struct raft *r);
/* A quorum of its own configuration says that it was removed; it knows no such entry. */
bool raft_orphan(const struct raft *r);
/* Leader: this removed member is still being told of its removal. T 4.2.3. */
bool raft_lingers(const struct raft *r, raft_id id);
/* The no-op of the leader's term is committed: reads and changes may be served. T 6.4. */
bool raft_term_committed(const struct raft *r);
/* Leader only: nobody else can lead before this moment of its clock, if clocks keep to
 * clock_drift_ppm. 0: no lease; RAFT_NEVER: it is the only voter. */
uint64_t raft_lease_until(const struct raft *r);
/* How long ago a leader was heard last; at a leader, a quorum. RAFT_NEVER: not since start. */
uint64_t raft_leader_age_ns(const struct raft *r, uint64_t now_ns);
/* Leader only: what it knows of a member. False if it is none or this is no leader. */
struct raft_progress_view {
    uint64_t match;
    uint64_t next;
    const char *state;   /* "probe", "replicate", "snapshot" */
    bool caught_up;      /* a learner: close enough to be made a voter */
    bool regressed;      /* it lost what it had acknowledged: it counts no more (T 3.8) */
    uint32_t rounds;     /* a learner: rounds of catching up, since it was met or the term began */
    uint64_t moved_ns;   /* when it acknowledged more than before, of log or image */
    bool heard;          /* it has answered this leader: else match and contact_ns say nothing */
    uint64_t contact_ns; /* start of the newest round this member has answered */
    struct raft_image image; /* "snapshot": the one it is being sent; else all zero */
    uint64_t image_offset;   /* it has everything below */
};
bool raft_progress_of(const struct raft *r, raft_id member, struct raft_progress_view *ret);

/* What must hold in every state; NULL, or the sentence that does not. */
const char *raft_invariant(const struct raft *r);
/* What must hold between two looks at one server (before, after). */
const char *raft_invariant_delta(const struct raft *before, const struct raft *after);

/* As much of a look as that needs: for hosts that look after every event. */
struct raft_glance {
    uint64_t term, commit, base, image, last, hold_until;
    raft_id vote, leader;
    enum raft_role role;
    /* Leader only: whom it copies to, by place; 0: nobody that counts. */
    uint32_t slots_end;
    raft_id members[LIMIT_MEMBERS];
    uint64_t match[LIMIT_MEMBERS];
};
void raft_glance(const struct raft *r, struct raft_glance *ret);
const char *raft_invariant_since(const struct raft_glance *before, const struct raft *after);

/* ---- the same things as text ---- */

/* Names for printing; of == NULL prints ids as n1, n2, … Returned strings are borrowed. */
struct raft_names {
    const char *(*of)(void *arg, raft_id id);
    void *arg;
};

/* Each writes one line without '\n' into out (cut at size) and returns out. */
const char *raft_describe_message(const struct raft_message *m, const struct raft_names *names,
                                  char *out, size_t size);
const char *raft_describe_reason(const struct raft_reason *reason, const struct raft_names *names,
                                 char *out, size_t size);
const char *raft_describe_state(const struct raft *r, const struct raft_names *names, char *out,
                                size_t size);
const char *raft_role_name(enum raft_role role);
const char *raft_message_name(uint32_t type);

#endif
