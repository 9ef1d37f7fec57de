/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writes that may be the first to succeed after the last fault. Which fault was the last is
 * told at the end of the run, so the first few after every begin and end of one are remembered. */
#ifndef EMULATOR_CHECK_RECOVERS_WRITES_H
#define EMULATOR_CHECK_RECOVERS_WRITES_H

#include "emulator/check/checker.h"

/* The events it is fed. */
#define RECOVERS_WRITES_EVENTS \
    (CHECKER_ON(fault) | CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn))

#define RECOVERS_MOMENTS_MAX 1024 /* the last so many are remembered */
#define RECOVERS_WRITES_EACH 16   /* so many after each: the healing is told a little later */

struct recovers_moment {
    uint64_t t_ns;
    uint64_t asked; /* writes called before it */
    size_t start;   /* in writes */
};

struct recovers_write {
    uint64_t id; /* held */
    uint64_t call_ns;
    uint64_t ret_ns;
};

/* All-zero: no fault has been seen. */
struct recovers_writes {
    struct recovers_moment *moments; /* owned; in the order of time */
    size_t moments_count, moments_cap;
    struct recovers_write *writes; /* owned; in the order of their answers */
    size_t count, cap;
    size_t found; /* of them, called at or after the last moment */
    uint64_t asked;
    uint64_t asked_now; /* of them, at this instant */
    uint64_t now_ns;
};

/* A moment known before the run. */
void recovers_writes_from(struct recovers_writes *w, const struct check_input *in, uint64_t t_ns);
void recovers_writes_feed(struct recovers_writes *w, const struct check_input *in,
                          const struct trace_record *rec);
void recovers_writes_free(struct recovers_writes *w);

/* The successful write called at or after t_ns that was answered first, or NULL; and how many were
 * called. False: too many faults came after t_ns to know. */
bool recovers_writes_first(const struct recovers_writes *w, const struct check_input *in,
                           uint64_t t_ns, const struct history_op **ret, uint64_t *ret_asked);

#endif
