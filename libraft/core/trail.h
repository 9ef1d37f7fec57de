/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The core's only log: which term each index has, as runs of equal terms. No payloads. */
#ifndef CORE_TRAIL_H
#define CORE_TRAIL_H

#include "raft/raft.h"

/* Positions base < i <= last are present. The runs live in an array beside the struct (the caller
 * passes it to every call), so that the struct holds no pointer.
 * Invariants: runs rise strictly in first and in term; runs[0].first == base.index + 1 if any;
 * count == 0 iff last == base.index; terms are >= base.term. */
struct trail {
    struct raft_pos base; /* just below the first entry */
    uint64_t last;        /* index of the newest entry; base.index if there is none */
    uint32_t count;       /* runs in use */
    uint32_t cap;         /* runs there is room for */
};

void trail_init(struct trail *t, struct raft_pos base, uint32_t cap);

/* Term at index; 0 if index lies outside base.index..last. */
uint64_t trail_term(const struct trail *t, const struct raft_run *runs, uint64_t index);

struct raft_pos trail_last(const struct trail *t, const struct raft_run *runs);

/* True if one more entry of this term fits. */
bool trail_has_room(const struct trail *t, const struct raft_run *runs, uint64_t term);

/* How many runs the entries up to index make. Precondition: base.index <= index <= last. */
uint32_t trail_runs_upto(const struct trail *t, const struct raft_run *runs, uint64_t index);

/* Adds an entry at last + 1. Preconditions: room; term not below the last one. */
void trail_append(struct trail *t, struct raft_run *runs, uint64_t term);

/* Removes index and everything after it. Precondition: base.index < index. */
void trail_truncate(struct trail *t, struct raft_run *runs, uint64_t index);

/* Drops the entries up to index, which becomes the base; its term stays known. Precondition:
 * base.index <= index <= last. */
void trail_compact(struct trail *t, struct raft_run *runs, uint64_t index);

/* Drops everything: the log is empty and begins after base. */
void trail_reset(struct trail *t, struct raft_pos base);

/* The largest index <= upto whose term is <= term; base.index if there is none. Where two logs can
 * still agree. T 3.5. */
uint64_t trail_find(const struct trail *t, const struct raft_run *runs, uint64_t upto,
                    uint64_t term);

/* First index of the run that index lies in; base.index for base itself. */
uint64_t trail_run_first(const struct trail *t, const struct raft_run *runs, uint64_t index);

#endif
