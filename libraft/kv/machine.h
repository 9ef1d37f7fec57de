/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state machine: data, sessions and the log's clock; what every node computes from the log.
 *
 * Deterministic: the state after an entry is a function of the entries up to it (kind, index,
 * stamp, payload), the same on every node, whether they were applied here or came as an image. */
#ifndef KV_MACHINE_H
#define KV_MACHINE_H

#include "base/entry.h"
#include "kv/command.h"
#include "kv/session.h"

/* Single-threaded, and so are a machine and its copies together: they share memory. */
struct machine;

struct machine *machine_new(void);    /* before the first entry; free with machine_free */
void machine_free(struct machine *m); /* NULL is allowed */
/* A frozen copy as of now, in constant time: what an image is written from while entries go on
 * being applied (thesis 5.1). Free with machine_free. */
struct machine *machine_copy(struct machine *m);

/* From an image: takes kv and sessions over. Precondition: index and clock are not behind what is
 * in them. */
struct machine *machine_restore(struct kv *kv, struct sessions *sessions, uint64_t index,
                                uint64_t term, uint64_t clock_ns);

enum machine_outcome {
    MACHINE_ADVANCED, /* no-op, configuration, tick: nobody waits for a reply */
    MACHINE_EXECUTED, /* a command was executed, now; its reply may be an error of the command's */
    MACHINE_REPEATED, /* executed before, at result.index: the reply is the kept answer */
    MACHINE_OPENED,   /* a session: the reply is its id */
    MACHINE_CLOSED,   /* a session: the reply is OK */
    /* Nothing was executed through this entry, which says nothing about earlier tries of the same
     * write: -NOSESSION (the session was closed, expired, displaced or never was: whether earlier
     * tries were executed cannot be told any more), -STALESEQ (the client has said that it has the
     * answer), -BUSY (too many open writes in this session; it was not executed before). */
    MACHINE_NO_SESSION,
    MACHINE_STALE,
    MACHINE_FULL,
};

struct machine_result {
    enum machine_outcome outcome;
    uint64_t index;             /* the log index behind the reply: of the first execution */
    struct session_write write; /* all 0 without a session; OPENED, CLOSED: sid alone */
    uint64_t answer_digest;     /* checksum64 of the reply of a write with a session; else 0 */
};

/* Applies a committed entry: the clock moves to its stamp, sessions expire, then keys (no more
 * than LIMIT_EXPIRE_KEYS, the rest with the next entries), then what it says is done. Appends
 * exactly one complete RESP2 reply for DATA and SESSION entries, none for others. reply->max must
 * be at least LIMIT_REPLY_BYTES above its length. Precondition: e->index == machine_index + 1.
 * Returns 0 or -E_CORRUPT (the payload is malformed; nothing has changed, the node cannot go on).
 */
int machine_apply(struct machine *m, const struct entry *e, struct buf *reply,
                  struct machine_result *ret_result, struct err *err) MUST_CHECK;

/* Executes a read on the state as it is and appends exactly one reply. Precondition: the command,
 * if it exists, is none of COMMAND_WRITE. */
void machine_read(const struct machine *m, const struct span *argv, size_t argc,
                  enum resp_version version, struct buf *reply);

/* The rev of a key; 0: it is absent. */
uint64_t machine_rev(const struct machine *m, struct span key);

/* All changes of the data are noted there from now on (borrowed); it restarts at this index. Copies
 * note nothing. */
void machine_set_history(struct machine *m, struct history *history);

/* The least stamp up to which an idle leader may leave the log's clock alone: when a stamp is above
 * this, an entry with it ends a key or a session, or keeps what a session has waited from being
 * lost with its leader. UINT64_MAX: nothing waits for the clock. O(log n). */
uint64_t machine_tick_at(const struct machine *m);
/* Sessions of short lives alone do not make a log grow faster than by one entry in this time. */
#define MACHINE_TICK_NS_MIN 1000000000ull

/* A number for the whole state at its index: equal on all nodes, whichever way they got there, and
 * before and after an image. O(1). */
uint64_t machine_digest(const struct machine *m);

uint64_t machine_index(const struct machine *m);    /* of the last entry applied; 0: none */
uint64_t machine_term(const struct machine *m);     /* and its term */
uint64_t machine_clock_ns(const struct machine *m); /* the log's clock: the highest stamp */
const struct kv *machine_kv(const struct machine *m);
const struct sessions *machine_sessions(const struct machine *m);

#endif
