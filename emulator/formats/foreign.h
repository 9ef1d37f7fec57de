/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A client history in any format that is understood here, as the records the judges take.
 *
 * Use: foreign_open, foreign_choose, foreign_play into check_feed, foreign_free. */
#ifndef EMULATOR_FORMATS_FOREIGN_H
#define EMULATOR_FORMATS_FOREIGN_H

#include "base/err.h"
#include "emulator/check/txn/txn.h"
#include "emulator/formats/model.h"
#include "trace/record.h"

#define FOREIGN_BYTES_MAX (1ull << 30) /* of a file that is kept in memory */

struct foreign; /* opaque; owned by whoever opened it */

/* What a file turned out to be. */
struct foreign_about {
    const char *format;      /* "Jepsen EDN" … */
    const char *model;       /* "cas-register" …, or words, if it is mixed */
    bool counts;             /* the model is a counter */
    bool mixed;              /* history.ndjson, with keys of several models */
    uint64_t skipped;        /* lines that are no client's */
    bool timed;              /* else a second of every time told is a line, or an entry */
    bool dense;              /* timed, but in a unit of its own: a second of every time told */
    bool one_a_line;         /* which of the two */
    uint64_t untimed_line;   /* the first without a time; 0: all have one … */
    uint64_t backwards_line; /* … but this one is earlier than the one before it */
    bool transactions;       /* of several operations: foreign_transactions */
    bool independent;        /* every value is a pair [key value] */
};

/* Recognises a file ("-": standard input) by what is in it, and keeps it in memory, but a file of
 * our own format: that is read line by line each time it is played, however large it is. Errors,
 * each naming the line and what to do: -E_NOTFOUND, -E_PERMISSION, -E_IO, -E_LIMIT (too large),
 * -E_CORRUPT (a line that cannot be understood), -E_UNSUPPORTED (no format known here). */
int foreign_open(const char *path, struct foreign **ret, struct err *e) MUST_CHECK;
/* The same of bytes, which are copied. */
int foreign_read(const char *data, size_t len, struct foreign **ret, struct err *e) MUST_CHECK;
void foreign_free(struct foreign *f);

/* Settles what the operations mean: `wanted`, or FOREIGN_GUESS from their names. Errors:
 * -E_INVALID: an operation that the model does not have, naming its line and a model that has it;
 * keys in one call and not, or elsewhere, in another, naming both lines. */
int foreign_choose(struct foreign *f, enum lin_data wanted, struct err *e) MUST_CHECK;
/* After foreign_choose. */
struct foreign_about foreign_about(const struct foreign *f);

/* Gives every clientInvoke and clientReturn, in the order of time. Texts are valid during the call.
 * Stops at the first error of take. Errors: -E_CORRUPT: a value that makes no sense in the model,
 * naming its line. After foreign_choose; may be called again. */
typedef int (*foreign_take)(void *arg, const struct trace_record *rec, struct err *e);
int foreign_play(struct foreign *f, foreign_take take, void *arg, struct err *e) MUST_CHECK;

/* The same as transactions: all but those that failed. Adds to *t, which is empty. Only of a
 * history that was played before without an error and has transactions. */
int foreign_transactions(struct foreign *f, struct txns *t, struct err *e) MUST_CHECK;

#endif
