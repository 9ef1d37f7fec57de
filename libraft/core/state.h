/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole state of a server, and the turn in which one event changes it. Private to the core. */
#ifndef CORE_STATE_H
#define CORE_STATE_H

#include "base/prng.h"
#include "base/roster.h"
#include "core/disk_watch.h"
#include "core/progress.h"
#include "core/quorum.h"
#include "core/trail.h"
#include "raft/raft.h"

/* Rounds whose start is remembered: at least the longest election timeout back, since starts are
 * recorded that much / 32 apart or more. */
#define RAFT_ROUND_STARTS 32

struct round_start {
    uint64_t round;
    uint64_t at_ns;
};

/* The reads that wait for one round: at most one batch in flight and one collecting. T 6.4. */
struct read_batch {
    uint64_t round;    /* in flight: the round that confirms it; collecting: 0 */
    uint64_t index;    /* in flight: the commit index when the round began */
    uint64_t ctx;      /* newest own read in it; 0: none */
    quorum_set remote; /* members with a request in it */
};

/* Reads of a follower, answered by the leader. */
struct read_forward {
    uint64_t flight_ctx;  /* own reads up to this one are asked for; 0: none */
    uint64_t waiting_ctx; /* own reads up to this one wait for the next request; 0: none */
    uint64_t flight_term; /* in which it was asked last */
    uint64_t resend_ns;
    uint32_t flight_lease;  /* all of them may be answered by the leader's lease */
    uint32_t waiting_lease; /* the same */
};

/* A leadership transfer, seen from the leader. T 3.10. */
enum transfer_phase {
    TRANSFER_NONE,
    TRANSFER_APPROACH, /* proposals go on until the target is close behind */
    TRANSFER_FROZEN,   /* no proposals; TimeoutNow once the target has everything */
    TRANSFER_LEFT      /* stepped down for it; who leads now is not known yet */
};

struct transfer {
    raft_id target;
    uint32_t phase; /* enum transfer_phase */
    uint32_t told;  /* TimeoutNow was sent */
    uint32_t best;  /* the target was our choice */
    uint32_t again; /* and is the second one */
    uint64_t deadline_ns;
    uint64_t resend_ns;   /* of TimeoutNow */
    uint64_t limit_at_ns; /* no longer than this is any target waited for */
};

/* One block: this struct, then trail_cap runs, then LIMIT_MEMBERS windows of window_max indexes.
 * Offsets only; nothing here points anywhere. The invariants are in invariant.c. */
struct raft {
    struct raft_limits limits;
    struct raft_timing timing;
    raft_id self;
    uint64_t incarnation; /* of this start; goes into every answer to a leader */
    uint32_t pre_vote;
    uint32_t check_quorum;
    uint32_t lease_reads;
    uint32_t clock_drift_ppm; /* how much a clock's rate may be off, for leases */

    /* Hard state, and how much of it the disk is known to hold. */
    uint64_t term;
    raft_id vote;
    uint64_t durable_term;
    raft_id durable_vote; /* of durable_term */

    /* The log. */
    struct trail trail;
    uint64_t commit;
    uint64_t durable;     /* highest index synced here */
    uint64_t truncations; /* how often entries were removed: tells old syncs from new ones */
    uint64_t accepted;    /* highest index verified against this term's leader; leader: unused */

    /* Role. */
    uint32_t role;               /* enum raft_role */
    uint32_t campaign_announced; /* candidate: the vote requests left */
    uint32_t campaign_transfer;  /* candidate: the leader asked for it; holds do not bind voters */
    uint32_t orphan;             /* a quorum of its own configuration says it was removed: it does
                                    not campaign until a leader sends it something */
    uint32_t left;               /* the disk says that it left the cluster: no campaigns */
    uint32_t restoring_met;      /* a leader was heard since this start */
    uint64_t restoring;          /* see restore.h; 0: the log is whole */
    raft_id leader;              /* 0: unknown */
    uint64_t hold_until;         /* refuse votes before; never moves back */
    uint64_t rest_until;         /* do not campaign before */
    uint64_t heard_ns;           /* when a leader was heard last; 0: never */
    uint64_t timer_at;           /* when to campaign */
    uint64_t resend_ns;          /* (pre-)candidate: when to ask the silent again */
    uint64_t nonce;              /* of this pre-vote attempt */
    quorum_set granted;
    quorum_set denied;
    quorum_set removed; /* voters that said so since a leader was heard last */
    struct prng random;

    /* Images. */
    struct raft_image image;     /* the newest durable one here; all zero: none */
    struct raft_image receiving; /* wanted from a leader, above commit; all zero: none */
    uint64_t receiving_term;     /* of the leader whose chunk came last */
    struct raft_image owed; /* its sender hears of it once durable reaches it; all zero: none */
    uint64_t owed_status;   /* enum raft_chunk_status: installed, or obsolete before */
    uint64_t chunk_round;   /* newest round of a chunk in this term */

    /* Promises that wait for the disk: sent by the RAFT_PERSISTED that covers them. */
    struct raft_message held_vote;   /* type 0: none */
    struct raft_message held_append; /* a mismatch or busy answer in a term not yet durable */
    struct raft_message held_heartbeat;
    struct raft_message held_chunk;
    uint64_t ack_round;   /* the newest append's round */
    uint32_t ack_pending; /* accepted > durable: an ok is owed to the leader */
    uint32_t reserved;

    /* Leader. */
    uint64_t noop_index; /* 0: not a leader */
    uint64_t elected_ns;
    uint64_t heartbeat_at;
    uint64_t outlasts_ns; /* contact with a quorum, found once, is not lost before: it only grows,
                             unless members change or one loses its log, which make this 0 */
    uint64_t round;
    uint32_t round_starts_count;
    uint32_t round_starts_next; /* where the next one is written */
    struct round_start round_starts[RAFT_ROUND_STARTS];
    struct read_batch read_flight;
    struct read_batch read_collect;
    uint32_t lease_forbidden; /* in this term somebody was told to campaign */
    uint32_t lease_held;      /* as said last */

    struct transfer transfer; /* leader, or just deposed by one */
    struct disk_watch disk;
    uint32_t disk_stuck; /* a write has waited for very long: no campaigns */
    uint32_t reserved3;
    uint64_t full_ns;            /* leader: without space, and replaceable, since then; 0: not */
    uint64_t slow_after_ns;      /* not earlier: leadership handed over for a slow disk */
    uint64_t hand_back_after_ns; /* not earlier: to a voter of higher priority */

    struct read_forward read_forward; /* not leader */

    /* Configurations: the newest committed one and all above it; the last is in force. */
    uint32_t configs_count;
    uint32_t slots_end; /* the slots in use lie below */
    uint64_t config_indexes[RAFT_CONFIGS];
    struct raft_config configs[RAFT_CONFIGS];

    /* Slots: the members of the latest and of the committed configuration, and at a leader those
     * just removed until they know. */
    struct quorum quorum;           /* voters of the latest configuration */
    struct quorum quorum_committed; /* voters of the newest one that is committed for certain */
    quorum_set witnesses; /* as the latest or, if they are not in it, the committed says */
    uint64_t delay_ns;    /* member_delay_ns of the latest */
    struct roster slots;  /* whose progress is where */
    struct progress progress[LIMIT_MEMBERS];
};

struct raft_run *raft_runs(struct raft *r);
const struct raft_run *raft_runs_const(const struct raft *r);
uint64_t *raft_window(struct raft *r, uint32_t slot);
const uint64_t *raft_window_const(const struct raft *r, uint32_t slot);

/* One event being handled. */
struct turn {
    struct raft *r;
    struct raft_output *out;
    uint64_t now;
    bool no_space; /* entries received must not be stored */
};

/* Records a decision. */
void turn_reason(struct turn *t, enum raft_reason_code code, raft_id peer, uint64_t a, uint64_t b);

/* Sends m with from and the current term filled in. Nothing of a term that is not durable may
 * leave, except pre-votes (T 3.8): callers hold such messages back. */
void turn_send(struct turn *t, const struct raft_message *m);
bool turn_has_room(const struct turn *t); /* for another burst of appends */

/* The current term and, if it names this server or another, the vote are on disk. */
bool hard_state_durable(const struct raft *r);

/* Appends count entries of the current term as leader; they must be persisted. */
void turn_append(struct turn *t, uint32_t count, enum entry_kind kind);

struct raft_pos raft_last_pos(const struct raft *r);

/* Up to here this log is that of every leader to come: committed, or equal to the present leader's.
 */
uint64_t certain_index(const struct raft *r);

/* Each message type has one handler, in the file of that name. */
void on_pre_vote(struct turn *t, const struct raft_message *m);
void on_request_vote(struct turn *t, const struct raft_message *m);
void on_pre_vote_reply(struct turn *t, const struct raft_message *m);
void on_request_vote_reply(struct turn *t, const struct raft_message *m);
void on_append_request(struct turn *t, const struct raft_message *m,
                       const struct raft_entry_info *entries);
void on_append_reply(struct turn *t, const struct raft_message *m);
void on_heartbeat(struct turn *t, const struct raft_message *m);
void on_heartbeat_reply(struct turn *t, const struct raft_message *m);
void on_timeout_now(struct turn *t, const struct raft_message *m);
void on_read_index(struct turn *t, const struct raft_message *m);
void on_read_index_reply(struct turn *t, const struct raft_message *m);
void on_snapshot_request(struct turn *t, const struct raft_message *m);
void on_snapshot_reply(struct turn *t, const struct raft_message *m);
void on_persisted(struct turn *t, const struct raft_persisted *done);
void on_propose(struct turn *t, uint32_t count, enum entry_kind kind);

#endif
