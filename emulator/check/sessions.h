/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one client sees from one operation to the next: promises that hold of every session, also
 * where reads may be old. The checkers of sessions keep the history themselves. */
#ifndef EMULATOR_CHECK_SESSIONS_H
#define EMULATOR_CHECK_SESSIONS_H

#include "emulator/check/checker.h"
#include "emulator/check/versions.h"

/* The state of a checker that judges a whole history at the end; all-zero is empty. */
struct kept_history {
    struct history h;
    bool torn; /* a number was used twice: it cannot be judged */
};

/* For checkers: feed for CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn), and free. */
void kept_history_feed(void *state, const struct check_input *in, const struct trace_record *rec,
                       struct check_result *res);
void kept_history_free(void *state);
/* True if it was torn: the result says so then. */
bool kept_history_torn(const struct kept_history *kept, struct check_result *res);

/* An answered operation in its client's turn. */
struct session_turn {
    uint32_t client;
    uint32_t key; /* 0 where keys do not count */
    uint32_t pos; /* in the history */
};

/* The acknowledged operations that show or make a version, by client, by key if that counts, in the
 * order of the history. ret_turns: the caller's, room for h->count. Returns how many. */
size_t sessions_turns(const struct history *h, const struct versions *v, bool by_key,
                      struct session_turn *ret_turns);

/* A read that shows a value certainly older than one its client knew of, of the same key. */
struct session_finding {
    uint32_t knew; /* position of the operation that showed or made the newer value */
    uint32_t read;
    const struct version *newer;
    const struct version *older;
};

/* Tells res of a finding. */
typedef void (*session_found)(const struct history *h, const struct session_finding *f,
                              struct check_result *res);

/* For checkers, finish: compares every read with what the client's earlier operations on the key
 * showed, its reads or its acknowledged writes, and calls `found` for each that shows something
 * older, in the order of clients and keys. compared: what was counted, in words. O(n log n). */
void sessions_judge(const struct kept_history *kept, bool by_writes, session_found found,
                    const char *compared, struct check_result *res);

#endif
