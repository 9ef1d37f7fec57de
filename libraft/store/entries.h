/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log in memory: where each entry lies on disk, its term and chain, and the newest payloads. */
#ifndef STORE_ENTRIES_H
#define STORE_ENTRIES_H

#include "store/wal.h"

/* One entry: 48 bytes, so a log of a million entries costs 48 MB beside its payloads. */
struct entry_slot {
    uint64_t term;
    uint64_t stamp;
    uint64_t chain;   /* entry_chain up to and including this entry */
    uint8_t *payload; /* owned; NULL if it is only on disk, or empty */
    uint32_t segment; /* where its record lies; 0 = in no batch yet */
    uint32_t offset;
    uint32_t len;
    enum entry_kind kind;
};

/* Invariants: slots[i] is entry base.index + 1 + i; every entry above evicted_to has its payload in
 * memory; memory_bytes is the sum of those, payload_bytes of all. */
struct entries {
    struct wal_position base;
    uint64_t base_chain;
    struct entry_slot *slots; /* owned */
    size_t count;
    size_t cap;
    uint64_t evicted_to;
    uint64_t memory_bytes;
    uint64_t payload_bytes;
};

void entries_init(struct entries *l, struct wal_position base, uint64_t base_chain);
void entries_free(struct entries *l);

uint64_t entries_last(const struct entries *l);
/* base.index < index <= last (asserted). */
struct entry_slot *entries_at(const struct entries *l, uint64_t index);
/* base.index <= index <= last (asserted). */
uint64_t entries_term(const struct entries *l, uint64_t index);
uint64_t entries_chain(const struct entries *l, uint64_t index);

/* e->index == last + 1, the term not falling, both asserted; the payload is copied. */
void entries_append(struct entries *l, const struct entry *e);
/* Drops the entries >= from; base.index < from. */
void entries_cut(struct entries *l, uint64_t from);
/* Drops the entries <= index, base.index <= index <= last: the base moves there. */
void entries_compact(struct entries *l, uint64_t index);
/* Drops everything; the log is empty and stands on base. */
void entries_reset(struct entries *l, struct wal_position base, uint64_t base_chain);
/* Drops the oldest payloads, none above `durable`, until memory_bytes <= limit. */
void entries_evict(struct entries *l, uint64_t durable, uint64_t limit);

/* The maximal ranges of one term, ascending. *Ownership*: the caller frees. */
struct wal_run *entries_runs(const struct entries *l, size_t *ret_count) MUST_CHECK;

#endif
