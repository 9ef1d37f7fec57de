/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a leader knows of one member: how far its log agrees, and what is under way to it. */
#ifndef CORE_PROGRESS_H
#define CORE_PROGRESS_H

#include "raft/raft.h"

enum progress_state {
    PROGRESS_PROBE,     /* looking for the last common entry: one append at a time */
    PROGRESS_REPLICATE, /* next runs ahead; a bounded window of appends in flight */
    PROGRESS_SNAPSHOT   /* it needs entries that are gone: an image is sent, no appends */
};

/* Invariants: match < next; the window is empty unless replicating; window entries rise strictly
 * and lie in match < i < next; an image is named exactly while one is sent, and chunk_acked <=
 * chunk_next <= image.bytes. The window's ring lives beside the struct, window_max long. */
struct progress {
    /* What a leader goes through for all members at every event stands together. */
    raft_id id;
    uint64_t match;        /* highest index known durable there in this term; 0 at election */
    uint64_t next;         /* next index to send */
    uint32_t state;        /* enum progress_state */
    uint32_t window_count; /* appends in flight */
    uint32_t paused;       /* sending stopped until an answer or resend_at */
    uint32_t regressed;    /* it lost what it acknowledged in this term: counts no more */
    uint64_t resend_ns;    /* when a probe, or a paused member, may be sent to again */
    uint64_t contact_ns;   /* start of a round not after acked_round; election at first */
    uint64_t linger_index; /* removed: replicated to until it knows this is committed; 0: no */

    struct raft_image image; /* being sent */
    uint64_t chunk_acked;    /* it has the image's bytes below this */
    uint64_t chunk_next;     /* next byte to send */
    uint32_t window_head;    /* oldest append in flight */
    uint32_t busy;           /* it cannot store anything now, or could not lead */
    uint64_t oldest_sent_ns; /* when the oldest append in flight left (or became the oldest) */
    uint64_t commit_sent;    /* highest commit index it was told */
    uint64_t acked_round;    /* newest round it answered in this term */
    uint64_t promise_ns;     /* it refuses votes for hold_ns from some moment after this one, the
                                start of a round that it answered; 0: no promise in this term */
    uint64_t hold_ns;
    uint64_t ready_ns;       /* a voter of higher priority: ready to lead since then; 0: not */
    uint64_t ack_ns;         /* how long it takes to hold a write, on average; 0: unknown */
    uint64_t incarnation;    /* the newest that answered */
    uint64_t lost;           /* regressed: how much it had acknowledged */
    uint64_t catch_target;   /* learner: the present round of catching up ends at this match */
    uint64_t catch_began_ns; /* and began then */
    uint32_t catch_rounds;   /* of catching up, since it was met or this term began */
    uint32_t caught_up;      /* the last round was shorter than an election timeout (T 4.2.1) */
    uint64_t moved_ns;       /* when match or the acknowledged part of an image rose last */
    uint64_t chunk_retry_ns; /* no news of it by then: again from chunk_acked */
    uint32_t chunk_retries;  /* in a row */
    uint32_t chunk_answered; /* since the beginning or the last retry: more than one may be open */
    uint64_t linger_round;   /* its heartbeats say so from this round on; 0: not yet */
    uint64_t linger_until_ns;
    uint64_t read_waiting_ctx; /* its ReadIndex request that waits for the next round; 0: none */
    uint64_t read_round_ctx;   /* the one the present round will answer; 0: none */
};

/* Fresh knowledge at election: probe from the end of the leader's log. T 3.4, P fig. 2. */
void progress_reset(struct progress *p, uint64_t last, uint64_t now_ns);

/* The next index goes back (or on) to next and probing starts; what was in flight is forgotten. */
void progress_probe(struct progress *p, uint64_t next);

/* An image is sent from its beginning; what was in flight is forgotten. */
void progress_image(struct progress *p, const struct raft_image *image, uint64_t retry_ns);

/* Records that the member holds everything up to match durably. Returns whether that is news. A
 * probing member agrees now; one being sent an image stays so. */
bool progress_matched(struct progress *p, uint64_t *window, uint32_t window_max, uint64_t match,
                      uint64_t now_ns);

/* Records an append up to index last in flight. Precondition: replicating, window not full. */
void progress_sent(struct progress *p, uint64_t *window, uint32_t window_max, uint64_t last,
                   uint64_t now_ns);

/* Entries from first on never left this node: take them back and wait until resume_ns. */
void progress_unsent(struct progress *p, const uint64_t *window, uint32_t window_max,
                     uint64_t first, uint64_t resume_ns);

/* It answered in this term, a round that began no more than span_ns ago. */
bool progress_heard(const struct progress *p, uint64_t now_ns, uint64_t span_ns);

const char *progress_state_name(enum progress_state state);

bool progress_window_full(const struct progress *p, uint32_t window_max);

#endif
