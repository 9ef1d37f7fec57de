/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Payloads of DATA and SESSION entries, and of forwarded requests: who asks, then what. */
#ifndef KV_ENVELOPE_H
#define KV_ENVELOPE_H

#include "kv/command.h"
#include "kv/session.h"
#include "kv/transaction.h"

/* The first byte of a payload. Part of the log's format: append only. */
enum envelope_form {
    ENVELOPE_PLAIN = 1,       /* DATA: a command (command_encode) without a session */
    ENVELOPE_SESSION = 2,     /* DATA: sid u64, seq u64, first_open u64, then a command */
    ENVELOPE_OPEN = 3,        /* SESSION: ttl u64 (ns) */
    ENVELOPE_CLOSE = 4,       /* SESSION: sid u64 */
    ENVELOPE_TRANSACTION = 5, /* DATA: a transaction (transaction_encode) without a session */
    ENVELOPE_SESSION_TRANSACTION = 6, /* DATA: sid u64, seq u64, first_open u64, a transaction */
};

/* What stands in front of the words at most; COMMAND_BYTES_MAX leaves room for it. */
#define ENVELOPE_HEAD_BYTES_MAX 25u

struct envelope {
    enum envelope_form form;
    struct session_write write; /* with a session: all; ENVELOPE_CLOSE: sid alone */
    uint64_t ttl_ns;            /* ENVELOPE_OPEN */
    /* DATA: for command_decode, or transaction_decode; borrowed from the payload. */
    struct span command;
};

/* Appends the payload of a DATA entry; write == NULL: without a session. Returns 0 or -E_LIMIT (as
 * command_encode; out is then unchanged). */
int envelope_encode(struct buf *out, const struct session_write *write, const struct span *argv,
                    size_t argc, struct err *e) MUST_CHECK;
int envelope_encode_transaction(struct buf *out, const struct session_write *write,
                                const struct transaction *t, struct err *e) MUST_CHECK;
/* Append the payloads of SESSION entries. Preconditions: ttl_ns within SESSION_TTL_NS_MIN.._MAX,
 * 0 < sid < SESSION_NUMBER_END. */
void envelope_encode_open(struct buf *out, uint64_t ttl_ns);
void envelope_encode_close(struct buf *out, uint64_t sid);

/* Reads a payload of any form; the command inside is not looked at. Returns 0 or -E_CORRUPT: an
 * unknown form, a cut payload, numbers that break struct session_write's invariant, a ttl out of
 * bounds, bytes left over. */
int envelope_decode(struct span payload, struct envelope *ret_envelope, struct err *e) MUST_CHECK;
/* True for the forms of DATA entries. */
bool envelope_is_data(const struct envelope *envelope);
/* Of these, for those that hold a transaction. */
bool envelope_is_transaction(const struct envelope *envelope);

#endif
