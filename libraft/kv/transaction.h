/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several commands as one log entry, executed if watched keys are what they were: MULTI and WATCH
 * as bytes. */
#ifndef KV_TRANSACTION_H
#define KV_TRANSACTION_H

#include "kv/command.h"

/* The form, after the head of its envelope: watches u16, commands u16; the rev of each watched key
 * as u64 (0: it was absent); each watched key as len u32 and bytes; each command as len u32 and
 * what command_encode makes. */
struct transaction {
    size_t watches_count;
    size_t commands_count;
    struct span revs;     /* empty: they are filled in later, 0 until then */
    struct span keys;     /* as in the form */
    struct span commands; /* as in the form */
};

#define TRANSACTION_HEAD_BYTES 4u

/* For those who collect: append a watched key, or a command, in its form. Return 0 or -E_LIMIT (out
 * is then unchanged). */
int transaction_put_key(struct buf *out, struct span key, struct err *e) MUST_CHECK;
int transaction_put_command(struct buf *out, const struct span *argv, size_t argc,
                            struct err *e) MUST_CHECK;

/* Appends the whole. Returns 0 or -E_LIMIT: more than LIMIT_TRANSACTION_WATCHES, _COMMANDS or
 * COMMAND_BYTES_MAX. */
int transaction_encode(struct buf *out, const struct transaction *t, struct err *e) MUST_CHECK;
/* Where in the form the rev of watched key i stands. */
size_t transaction_rev_offset(size_t i);

/* Checks all of it. Returns 0 or -E_CORRUPT. scratch is written over; *ret borrows from the
 * payload. */
int transaction_decode(struct span payload, struct command_words *scratch, struct transaction *ret,
                       struct err *e) MUST_CHECK;

/* Walks over the commands of what transaction_decode returned; *at is 0 at first. */
bool transaction_next_command(const struct transaction *t, size_t *at,
                              struct command_words *ret_words);

/* Executes it: appends an array with the replies of all commands, or a null array if a watched key
 * is not what it was, or one error if the replies were longer than LIMIT_TRANSACTION_REPLY_BYTES.
 * In the latter two cases the map is unchanged; an error among the replies undoes nothing, as in
 * Redis. call: kv, index and clock; kv may be exchanged for another (its caller owns it).
 * history: where kv notes changes, or NULL. */
void transaction_apply(const struct transaction *t, struct command_call *call,
                       struct history *history, struct command_words *scratch, struct buf *reply);

#endif
