/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Client sessions: a write sent twice is executed once (thesis 6.3).
 *
 * A client opens a session; its id is the log index of the entry that did so, hence never used
 * twice. The client numbers its writes 1, 2, 3… and says with each the lowest number it has no
 * answer to. The answer of an executed write is kept until the client has moved past it; the same
 * number again gets the kept answer. All of this is state: a function of the log, part of images
 * and of the digest. Time is the stamp of entries alone; no node's clock is asked. */
#ifndef KV_SESSION_H
#define KV_SESSION_H

#include "base/limits.h"
#include "base/span.h"
#include "base/units.h"

#define SESSION_TTL_NS_DEFAULT (3600 * NS_PER_S)
#define SESSION_TTL_NS_MIN     NS_PER_MS
#define SESSION_TTL_NS_MAX     (30 * 24 * 3600 * NS_PER_S)
/* Session ids and numbers of writes are below it. */
#define SESSION_NUMBER_END (UINT64_C(1) << 63)

/* Single-threaded, and so are a table and its copies together: they share memory. */
struct sessions;

/* What a write says of its session. Invariant: sid > 0, 1 <= first_open <= seq, all below
 * SESSION_NUMBER_END. */
struct session_write {
    uint64_t sid;
    uint64_t seq;
    uint64_t first_open; /* lowest number whose answer the client does not have */
};

struct session {
    uint64_t sid;
    uint64_t ttl_ns;
    uint64_t last_used_ns; /* stamp of the last entry that named it */
    uint64_t first_open;   /* highest ever said; numbers below it are forgotten */
};

struct session_answer {
    uint64_t seq;
    uint64_t index;    /* log index at which it was executed */
    struct span bytes; /* borrowed until the next change of this table */
};

/* Every node must go by the same limits: they decide what the state is. */
struct sessions_limits {
    uint64_t sessions;  /* > 0; LIMIT_SESSIONS */
    uint64_t own_bytes; /* LIMIT_SESSION_ANSWER_BYTES: a session that keeps as much is full */
    uint64_t
        answer_bytes; /* LIMIT_SESSIONS_ANSWER_BYTES, with SESSION_ANSWER_OVERHEAD_BYTES each */
};

/* What an answer counts beside its bytes: a number for all nodes, whatever their memory is like. */
#define SESSION_ANSWER_OVERHEAD_BYTES 64

/* An empty table; limits == NULL: those of limits.h. Free with sessions_free. */
struct sessions *sessions_new(const struct sessions_limits *limits);
void sessions_free(struct sessions *s); /* NULL is allowed */
/* A copy as of now, in constant time, like kv_copy. Free with sessions_free. */
struct sessions *sessions_copy(struct sessions *s);

/* To be called first for every entry: removes the sessions with last_used + ttl < now, the stamp of
 * the entry. O(log n) for each, and once. Stamps never run back (the caller sees to it). */
void sessions_expire(struct sessions *s, uint64_t now_ns);

/* Opens session sid, the index of the present entry. If that makes one too many, the least recently
 * used goes, by (last_used, sid). Precondition: SESSION_TTL_NS_MIN <= ttl_ns <= _MAX; sid is above
 * every id so far. */
void sessions_open(struct sessions *s, uint64_t sid, uint64_t ttl_ns, uint64_t now_ns);
/* False if there is no such session. */
bool sessions_close(struct sessions *s, uint64_t sid);

enum session_verdict {
    SESSION_EXECUTE,  /* the first time: execute it, then sessions_keep */
    SESSION_REPEATED, /* executed before: *ret_answer is its answer */
    SESSION_UNKNOWN,  /* no such session */
    SESSION_STALE,    /* seq is below the session's first_open */
    SESSION_FULL,     /* too far beyond first_open, or too many bytes of answers are kept */
};

/* Decides about a write and notes that its session was used. Only SESSION_EXECUTE may be executed;
 * for all others but SESSION_REPEATED ret_answer is untouched. Numbers from first_open to
 * first_open + LIMIT_SESSION_OPEN - 1 are accepted. */
enum session_verdict sessions_begin(struct sessions *s, const struct session_write *w,
                                    uint64_t now_ns, struct session_answer *ret_answer);
/* Keeps the answer (copied) of a write that sessions_begin let through for the entry at index.
 * Above limits.answer_bytes in all, the least recently used sessions go.
 * Precondition: bytes.len <= LIMIT_REPLY_BYTES. */
void sessions_keep(struct sessions *s, const struct session_write *w, uint64_t index,
                   struct span bytes);

/* The session that expires first, if it is not used until then; false: there is none. O(log n). */
bool sessions_next_deadline(const struct sessions *s, struct session *ret_session);

uint64_t sessions_count(const struct sessions *s);
uint64_t sessions_answers(const struct sessions *s);      /* how many are kept */
uint64_t sessions_answer_bytes(const struct sessions *s); /* and their bytes */
/* A number that depends on every session and answer and on nothing else; 0 when empty; O(1). */
uint64_t sessions_digest(const struct sessions *s);

/* In order, for images: the first session with an id >= sid; the first answer of session sid with
 * a number >= seq. False at the end; the target is then untouched. */
bool sessions_at_or_after(const struct sessions *s, uint64_t sid, struct session *ret_session);
bool sessions_answer_at_or_after(const struct sessions *s, uint64_t sid, uint64_t seq,
                                 struct session_answer *ret_answer);

/* From images, in order of ids and of numbers. Preconditions: there is room; the session of the
 * answer is there, and neither it nor the session was before. */
void sessions_restore(struct sessions *s, const struct session *session);
void sessions_restore_answer(struct sessions *s, uint64_t sid, const struct session_answer *answer);

#endif
