/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Client histories: what was asked, what was answered, when.
 *
 * Two lines an operation, in the file order of their times; both are trace events.
 *
 *   {"t":NS,"ev":"clientInvoke","op":12,"client":"c3","kind":"write","key":"k1","value":"v"}
 *   {"t":NS,"node":"n2","ev":"clientReturn","op":12,"outcome":"ok","result":null,"index":1234}
 *
 * clientInvoke
 *   t       CLOCK_BOOTTIME (virtual time in the simulator), taken before the first byte is written
 *   op      number of the operation, unique in the run; a retry with the same session and sequence
 *           number is the same operation and has no second clientInvoke
 *   client  who asks; a client with an unknown outcome is finished and continues under a new name
 *   kind    read | write | append | cas | delete | incr, of a set: add | remove | contains, of a
 *           queue: enqueue | dequeue
 *   key     the one key it touches
 *   value   write: the new value; append: the bytes appended; cas: the new value; incr: what is
 *           added, decimal, absent = 1; of sets and enqueue: the element; otherwise absent
 *   expect  cas: the value that must be there, null = the key must be absent
 *   mode    of a read: index (the default) | lease | local | stale. Reads in a weak mode (local,
 *           stale) are not judged by the linearizability checker
 *   write   of anything that changes data: its name (libraft/trace/write_name.h), by which leaders
 *           tell what they append; absent: what becomes of it is not followed in the nodes' traces
 * clientReturn
 *   t       after the last byte of the answer was read
 *   outcome ok       a well-formed answer arrived
 *           fail     the server promised that it never takes effect, or no byte was sent
 *           unknown  anything else; also when there is no clientReturn at all
 *   result  read: the value, null = absent; append: the new length in bytes, decimal; incr: the new
 *           number, decimal, left out when it was not told; cas: the value it found, left out when
 *           it was not told; dequeue: the element, null = the queue was empty; otherwise null
 *   done    cas: true when it swapped. A cas that found another value is ok with "done":false.
 *           delete: whether there was a value, left out when it was not told.
 *           add, remove: whether the set was changed, left out when it was not told.
 *           contains: whether the element was there
 *   index   log index of a write's entry, or the applied index a read was answered at; optional
 *   node    who was asked; optional         error   the error code, for fail and unknown; optional
 *   client  optional: who called
 *
 * Unknown outcomes may be settled by what the nodes tell (emulator/check/fates.h).
 *
 * Append model: an element is appended as the bytes ",ELEMENT" (comma first, no comma inside, never
 * appended twice to one key), so the key's value is the concatenation and a read returns all of it.
 * Set and queue model: elements carry no comma; a read returns ",ELEMENT" for each, those of a set
 * in any order, those of a queue the oldest first. Nothing at all is the empty set or queue.
 */
#ifndef EMULATOR_TRACE_HISTORY_H
#define EMULATOR_TRACE_HISTORY_H

#include "emulator/trace/reader.h"
#include "emulator/trace/texts.h"

enum history_kind {
    HISTORY_READ,
    HISTORY_WRITE,
    HISTORY_APPEND,
    HISTORY_CAS,
    HISTORY_DELETE,
    HISTORY_INCR,
    HISTORY_ADD,
    HISTORY_REMOVE,
    HISTORY_CONTAINS,
    HISTORY_ENQUEUE,
    HISTORY_DEQUEUE,
};
enum history_outcome { HISTORY_UNKNOWN, HISTORY_OK, HISTORY_FAIL };

const char *history_kind_name(enum history_kind kind);
const char *history_outcome_name(enum history_outcome outcome);
/* It changes nothing, whatever it is answered. */
bool history_only_looks(enum history_kind kind);
/* Its answer may say whether it was done: cas, delete, add, remove, contains. */
bool history_has_done(enum history_kind kind);

#define HISTORY_NEVER UINT64_MAX /* ret_ns of an operation without an answer */

/* One operation. client, key, value, expect, result, error are numbers of texts; 0 = absent. */
struct history_op {
    uint64_t id;
    uint64_t call_ns;
    uint64_t ret_ns; /* HISTORY_NEVER unless the outcome is ok or fail, or it is proved */
    uint64_t index;  /* 0 = not told */
    uint32_t client;
    uint32_t key;
    uint32_t value;
    uint32_t expect;
    uint32_t result;
    uint32_t error;
    uint64_t name;   /* of a write, in the nodes' traces; 0 = not told */
    uint8_t kind;    /* enum history_kind */
    uint8_t outcome; /* enum history_outcome */
    bool weak;       /* a read in a mode that promises less than linearizability */
    bool done;       /* cas: it swapped; delete: there was a value; add, remove: it changed the set;
                        contains: it is there */
    bool silent;     /* the answer leaves out what a refused cas found, or done of the others */
    bool answered;   /* a clientReturn was read */
    bool proved;     /* no answer, but the nodes' traces tell what became of it */
    uint8_t holds;   /* how often it is held */
    int8_t node;     /* who answered, number in trace_names; -1 = not told */
    uint8_t role;    /* history_served */
    uint32_t line;   /* of the clientInvoke */
    uint64_t term;   /* of the node when its answer came; 0 = not known */
};

/* It only looks, or its answer says that it changed nothing. What has no answer may have. */
bool history_observes(const struct history_op *op);
/* Of a read, write or cas: the value it showed, or made if it took effect. */
uint32_t history_value(const struct history_op *op);

/* All-zero is empty. Invariant: ops stand in the order of their invocations, ids are unique. An
 * operation may be forgotten when it has been answered and nobody holds it (history_tidy). */
struct history {
    const struct trace_names *names; /* of the nodes (borrowed); NULL = they are not told */
    struct history_op *ops;          /* owned */
    size_t count;
    size_t cap;
    size_t idle;       /* operations that may be forgotten */
    size_t first_open; /* all before it are answered */
    uint64_t last_call_ns;
    uint64_t highest; /* no operation that is there has a higher id */
    struct texts texts;
    bool counts;     /* all keys are counters, also those that are only read */
    size_t run;      /* from this position on, ids count up by one */
    uint32_t *by_id; /* owned; open addressing, position + 1; of those before run */
    size_t by_id_cap;
};

void history_close(struct history *h);

/* Takes a clientInvoke or clientReturn in the order of time. Copies what it keeps.
 * Errors: -E_CORRUPT missing or contradictory fields, an answer without a question, a second
 * answer, -E_EXISTS an op number used twice (among those that are not forgotten), -E_LIMIT more
 * than 2^31 operations. */
int history_add(struct history *h, const struct trace_record *rec, struct err *e) MUST_CHECK;

/* The role (as the caller counts roles) and term in which its node answered an operation. */
void history_served(struct history *h, uint64_t id, uint8_t role, uint64_t term);

/* The position of an operation in ops, or -1: never seen, or forgotten. */
int64_t history_find(const struct history *h, uint64_t id);
/* The positions of operations, all of which are there: faster than one after another. */
void history_find_all(const struct history *h, const uint64_t *ids, size_t count,
                      uint32_t *ret_pos);
/* The operation itself, which is there: it is the event's, under way or held. */
const struct history_op *history_get(const struct history *h, uint64_t id);

/* What became of an operation whose answer was lost, from elsewhere. It happened by t_ns, with that
 * index: a write, an append, a delete, an increment or an enqueue is ok then, but for what it would
 * have returned. A cas stays unknown, but has swapped by then or never will. What other kinds did
 * is not known. */
void history_happened(struct history *h, uint64_t id, uint64_t index, uint64_t t_ns);
/* It never will happen: as if it had been refused at t_ns. */
void history_never(struct history *h, uint64_t id, uint64_t t_ns);

/* When the oldest operation that was not answered yet was called; UINT64_MAX: there is none. */
uint64_t history_open_since(struct history *h);

/* Keeps an operation of the history until it is released as often as it was held (255 times at
 * most). */
void history_hold(struct history *h, uint64_t id);
void history_release(struct history *h, uint64_t id);
/* Forgets what may be forgotten, when that is most of all there is: a history takes memory for what
 * is held and under way, not for what was. Positions and numbers of texts are others after it. */
void history_tidy(struct history *h);

/* What the workload fills in; texts are NUL-terminated, NULL = absent. */
struct history_invoke {
    uint64_t t_ns;
    uint64_t op;
    const char *client;
    enum history_kind kind;
    const char *key;
    const char *value;
    const char *expect;
    const char *mode;
    uint64_t write; /* its name; 0 = absent */
};

struct history_return {
    uint64_t t_ns;
    uint64_t op;
    enum history_outcome outcome;
    const char *result;
    bool done;
    bool tells_done; /* write done, too */
    bool silent;     /* leave out result */
    uint64_t index;  /* 0 = left out */
    int node;        /* its number; -1 = left out */
    const char *error;
};

/* The record, which borrows the texts. */
struct trace_record history_invoke_record(const struct history_invoke *inv);
struct trace_record history_return_record(const struct history_return *ret);

#endif
