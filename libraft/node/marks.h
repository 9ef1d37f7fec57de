/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digests of the state machine at fixed places of the log: whoever asks several nodes can compare
 * them at a place that all have passed, while entries go on being applied. */
#ifndef NODE_MARKS_H
#define NODE_MARKS_H

#include "base/must.h"

#define MARKS_EVERY 64 /* entries */
#define MARKS_KEPT  64

/* A ring. Invariant: marks[i % MARKS_KEPT] for the newest MARKS_KEPT below next are filled in. */
struct marks {
    struct {
        uint64_t index;
        uint64_t digest;
    } ring[MARKS_KEPT];
    uint64_t next;
};

struct node;
struct buf;

/* After an entry was applied. */
void marks_applied(struct node *n);

/* RAFT DIGEST: what is applied, its digest, and the marks, as JSON. */
void marks_json(const struct node *n, struct buf *out);

#endif
