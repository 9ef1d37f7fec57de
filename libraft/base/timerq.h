/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A queue of things due at a time: a binary heap, ties kept in the order of insertion. */
#ifndef BASE_TIMERQ_H
#define BASE_TIMERQ_H

#include "base/must.h"

struct timerq_item {
    uint64_t due_ns;
    uint64_t seq; /* assigned by timerq_push: equal times leave in this order */
    void *what;   /* the caller's */
};

/* An all-zero struct is an empty queue. Invariant: items[0] is the earliest. */
struct timerq {
    struct timerq_item *items; /* owned */
    size_t count;
    size_t cap;
    uint64_t next_seq;
};

void timerq_free(struct timerq *q); /* frees the queue, not what it holds */
void timerq_push(struct timerq *q, uint64_t due_ns, void *what);
/* The earliest item, or NULL when empty; valid until the next push or pop. */
const struct timerq_item *timerq_peek(const struct timerq *q);
/* Removes and returns the earliest item's what; the queue must not be empty. */
void *timerq_pop(struct timerq *q);

#endif
