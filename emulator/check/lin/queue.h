/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues: what went in, what came out, and when there was nothing. */
#ifndef EMULATOR_CHECK_LIN_QUEUE_H
#define EMULATOR_CHECK_LIN_QUEUE_H

#include "emulator/check/lin/lin.h"

/* A value; positions are LIN_NONE when there is none. */
struct queue_value {
    uint32_t text;
    uint32_t in;     /* the enqueue */
    uint32_t failed; /* an enqueue that was refused */
    uint32_t out;    /* the dequeue that was told it */
    /* from what is certain: it went in by in_ns (HISTORY_NEVER: that is not known), was not asked
     * for before out_ns (HISTORY_NEVER: nobody was told it), and must have left by due_ns */
    uint64_t in_ns;
    uint64_t out_ns;
    uint64_t due_ns;
    uint32_t due_in; /* the younger value that left at due_ns */
};

struct queue {
    const struct lin_key *key;
    struct lin_scratch *scratch; /* by_text[text] = value + 1 */
    struct queue_value *values;  /* owned; then only those that matter, by in_ns */
    size_t values_count;
    uint32_t *takers; /* owned; unknown dequeues, in the order of their calls */
    size_t takers_count;
    uint32_t *empties; /* owned; dequeues that found nothing */
    size_t empties_count;
};

/* Could the queue be empty when it was said to be? */
bool lin_queue_empties(const struct queue *q, struct lin_finding *why);

/* ---- explanations; all return false ---- */

bool lin_queue_phantom(const struct queue *q, const struct queue_value *v, struct lin_finding *why);
bool lin_queue_twice(const struct queue *q, const struct queue_value *v, uint32_t pos,
                     struct lin_finding *why);
bool lin_queue_future(const struct queue *q, const struct queue_value *v, struct lin_finding *why);
/* a went in before b was begun, and b left before anybody asked for a. */
bool lin_queue_overtaken(const struct queue *q, const struct queue_value *a,
                         const struct queue_value *b, struct lin_finding *why);
/* inside: a value that was certainly in, or NULL; empty: the dequeue that found nothing. */
bool lin_queue_not_empty(const struct queue *q, uint32_t empty, const struct queue_value *const *in,
                         size_t count, struct lin_finding *why);

#endif
