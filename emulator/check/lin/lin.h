/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deciding linearizability of one key's operations: exact roads for some
 * objects and a search for all, with one interface.
 *
 * An operation a precedes b iff a.ret < b.call, strictly: equal stamps are concurrent. A history is
 * linearizable iff some total order of all ok operations and any subset of the unknown ones extends
 * that relation and gives every answer a sequential object would give. Keys can be judged apart
 * because no operation touches two. */
#ifndef EMULATOR_CHECK_LIN_LIN_H
#define EMULATOR_CHECK_LIN_LIN_H

#include "emulator/trace/history.h"

enum lin_answer {
    LIN_LEGAL,
    LIN_ILLEGAL,
    LIN_REFUSED, /* this road is not made for these operations */
    LIN_UNKNOWN, /* out of budget */
};

#define LIN_OPS_MAX 6
#define LIN_NONE    UINT32_MAX /* no position */

/* Why a key is illegal (or where its search stopped): positions in the history. */
struct lin_finding {
    const char *pattern; /* "stale read", "lost append", …: a constant */
    char sentence[384];
    uint32_t ops[LIN_OPS_MAX];
    size_t ops_count;
};

/* One key's operations, in the order of their calls. Everything is borrowed. Whoever told what the
 * key held before them is no part of them, and had been answered before any of them was called; but
 * unknown ones that have not happened yet may be older. */
struct lin_key {
    const struct history *h;
    const uint32_t *pos; /* positions in h->ops */
    size_t count;
    uint32_t initial; /* what the key held before: a text; 0 = absent */
    uint32_t told;    /* position + 1 of the operation that told so; 0: nothing was before */
    bool pruned;      /* there was more, which does not matter any more */
};

/* Room that is used again for every key. by_text is 0 for all texts between calls. */
struct lin_scratch {
    uint32_t *by_text; /* owned; one word for every text of the history */
    size_t texts;      /* how many it has room for */
    /* The values of the key that lin_register was asked of last, what it held before first, and
     * which of them each of its operations is about; LIN_NONE: none. */
    struct lin_cluster *clusters; /* owned */
    uint32_t *cluster_of;         /* owned */
    size_t clusters_count;
    size_t operations; /* how many there is room for */
};

struct lin_budget {
    uint64_t steps;
    uint64_t bytes;
    uint64_t deadline_ns; /* CLOCK_MONOTONIC; 0 = none */
    uint64_t used_steps;  /* out: what the search took */
};

void lin_scratch_init(struct lin_scratch *s, const struct history *h);
/* The history may have more texts by now. All-zero is valid. */
void lin_scratch_fit(struct lin_scratch *s, const struct history *h);
void lin_scratch_free(struct lin_scratch *s);

/* Does the operation take part? Weak reads, failed operations and unknown reads do not. */
static inline bool lin_counts(const struct history_op *op)
{
    if (op->kind == HISTORY_READ || op->kind == HISTORY_CONTAINS)
        return op->outcome == HISTORY_OK && !op->weak;
    return op->outcome != HISTORY_FAIL;
}
/* Its answer may still come: then it is acknowledged, or was refused. */
static inline bool lin_is_pending(const struct history_op *op)
{
    return op->outcome == HISTORY_UNKNOWN && !op->answered;
}
static inline const struct history_op *lin_op(const struct lin_key *key, uint32_t pos)
{
    return &key->h->ops[pos];
}

/* The kinds of its operations, as a set. */
#define LIN_KIND(kind) (1u << (kind))
unsigned lin_kinds(const struct lin_key *key);

/* Reads and writes of unique values: zones. Gibbons & Korach, SIAM J. Comput. 1997; Golab, Li &
 * Shah, PODC 2011. O(n log n). LIN_REFUSED: other kinds, or a value written twice. */
enum lin_answer lin_register(const struct lin_key *key, struct lin_scratch *s,
                             struct lin_finding *why);

/* Reads, writes and cas with unique new values: chains of cas are blocks, the blocks zones. The
 * failed cas tells what it found. O(n log n). LIN_REFUSED: other kinds, or a value made twice. */
enum lin_answer lin_chain(const struct lin_key *key, struct lin_scratch *s,
                          struct lin_finding *why);

/* Reads and increments by one, that tell the new value or do not: a value is a place. O(n log n).
 * LIN_REFUSED: other kinds, other steps, or values that are no counts. */
enum lin_answer lin_counter(const struct lin_key *key, struct lin_finding *why);

/* Reads and appends of unique ",ELEMENT" pieces: places and levels. O(n log n + bytes read).
 * LIN_REFUSED: other kinds, pieces of another form or appended twice, or gaps between known places
 * that pieces of different sizes may fill in more than one way. */
enum lin_answer lin_list(const struct lin_key *key, struct lin_scratch *s, struct lin_finding *why);

/* Adds, removes, contains, and whole reads where nothing is removed. O(n log n + bytes read).
 * LIN_REFUSED: other kinds, removes beside whole reads, removes that do not tell what they did. */
enum lin_answer lin_set(const struct lin_key *key, struct lin_scratch *s, struct lin_finding *why);

/* First in, first out, every element put in once. O(n log n). LIN_REFUSED: other kinds, or an
 * element put in twice. */
enum lin_answer lin_queue(const struct lin_key *key, struct lin_scratch *s,
                          struct lin_finding *why);

/* The one of these that is made for the operations of the key. LIN_REFUSED: none is. */
enum lin_answer lin_typed(const struct lin_key *key, struct lin_scratch *s,
                          struct lin_finding *why);

/* Any mixture: search with memory. Wing & Gong 1993, Lowe 2017. Exponential in the worst case;
 * LIN_UNKNOWN when the budget is gone. Never LIN_REFUSED. */
enum lin_answer lin_search(const struct lin_key *key, struct lin_budget *budget,
                           struct lin_finding *why);

/* After lin_search found a key illegal: tells of the few operations that contradict each other by
 * themselves, in place of the one it was stuck at, as far as that many steps suffice. */
#define LIN_SHRINK_STEPS 500000u
void lin_shrink(const struct lin_key *key, uint64_t steps, struct lin_finding *why);

/* Replays the operations in the order of their log indexes: LIN_LEGAL is a proof of
 * linearizability. LIN_ILLEGAL says only that this one order does not work, LIN_UNKNOWN that it may
 * be for an operation whose outcome is unknown, LIN_REFUSED that some answer carries no index. */
enum lin_answer lin_witness(const struct lin_key *key, struct lin_scratch *s);

/* ---- what the operations are asked of, by name, for histories from elsewhere ---- */

enum lin_data {
    LIN_REGISTER,
    LIN_CAS_REGISTER,
    LIN_KV, /* reads, writes, cas, appends and increments of many keys */
    LIN_COUNTER,
    LIN_SET,
    LIN_QUEUE,
    LIN_LIST_APPEND
};
#define LIN_DATA_COUNT (LIN_LIST_APPEND + 1)

const char *lin_data_name(enum lin_data which); /* "register", "cas-register", … */
int lin_data_find(const char *name);            /* an enum lin_data, or -1 */
bool lin_data_has(enum lin_data which, enum history_kind kind);

/* ---- the levels test: groups whose order is forced, free inside ---- */

struct lin_placed {
    uint64_t level;
    uint64_t call_ns;
    uint64_t ret_ns;
    uint32_t pos;
};

/* Sorts by level. True if no operation returned before one of a lower level was called; else *ret_a
 * finished before *ret_b began, although b has the lower level. O(n log n). */
bool lin_levels(struct lin_placed *ops, size_t count, uint32_t *ret_a, uint32_t *ret_b);

/* ---- what texts hold ---- */

/* A count: digits without a beginning that means nothing. */
bool lin_is_count(struct trace_text text, uint64_t *ret);
/* ",ELEMENT": a piece that is one element of a list. */
bool lin_is_element(struct trace_text piece);
/* Is the piece, which begins with a comma, one of the list's? */
bool lin_list_holds(struct trace_text list, struct trace_text piece);

/* ---- for sentences ---- */

void lin_say(struct lin_finding *why, const char *pattern, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Adds a position unless it is there or there is no room. */
void lin_show(struct lin_finding *why, uint32_t pos);

/* "client c2 read 7": what an operation did, as a piece of a sentence. Returns out. */
#define LIN_DID_MAX 192
const char *lin_did(const struct lin_key *key, uint32_t pos, char out[LIN_DID_MAX]);
/* a finished before b began, but what they were answered shows b before a. `by`: "the list". */
void lin_say_order(const struct lin_key *key, const char *pattern, uint32_t a, uint32_t b,
                   const char *by, struct lin_finding *why);

#define LIN_TEXT_MAX 48
/* A text for a sentence: "nothing" for 0, the end of long ones. Returns out. */
const char *lin_text(const struct history *h, uint32_t number, char out[LIN_TEXT_MAX]);
/* The same of what is appended: the piece ",a" is a. */
const char *lin_piece(struct trace_text text, char out[LIN_TEXT_MAX]);
/* What became of an operation that failed, after "its write was". Returns out. */
#define LIN_FAILURE_MAX (LIN_TEXT_MAX + 16)
const char *lin_failure(const struct lin_key *key, uint32_t pos, char out[LIN_FAILURE_MAX]);

enum lin_spelling {
    LIN_AS_IS,
    LIN_AS_IT_LOOKS, /* a list, if it begins with a comma */
    LIN_AS_LIST,     /* [a, b], also of queues */
    LIN_AS_SET       /* {a, b} */
};
/* As the operations on the key that are known call for. */
enum lin_spelling lin_spelling_of(const struct history *h, uint32_t key);
/* The same of all that a key holds; of elements, nothing is an empty list or set. */
const char *lin_content(const struct history *h, uint32_t key, uint32_t number,
                        char out[LIN_TEXT_MAX]);
const char *lin_spell(struct trace_text text, enum lin_spelling how, char out[LIN_TEXT_MAX]);

#endif
