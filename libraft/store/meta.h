/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hard state (term and vote: what a server must never forget, thesis fig. 3.1) in two slots.
 *
 * A change is written to the older slot and synced, so that a write broken off by a crash leaves
 * the other intact; when the disk is idle the other slot gets the same value, so that rot in one
 * sector cannot bring back an earlier vote. */
#ifndef STORE_META_H
#define STORE_META_H

#include "base/limits.h"
#include "store/vfs.h"

struct meta; /* opaque */

/* A node, and the disk it first came with: while no configuration says which disk is its own, only
 * what that one says counts (thesis 3.8: a fresh disk under an old name has forgotten its votes).
 */
struct bond {
    uint64_t node; /* 0: none */
    uint64_t disk;
};

struct hard_state {
    uint64_t term;
    uint64_t vote;    /* node id voted for in term; 0 = none */
    uint64_t hold_ns; /* largest election timeout ever promised from this directory: after a start
                       * the node must stay silent for that long (leases are sums of such promises,
                       * thesis 6.4.1) */
    struct bond bonds[LIMIT_MEMBERS]; /* those in use first */
};

bool hard_state_equal(const struct hard_state *a, const struct hard_state *b);

struct meta_recovered {
    struct hard_state state;
    bool slot_lost;      /* one slot was invalid: a write broken off, or rot */
    char slot_text[160]; /* one sentence about it; empty otherwise */
};

/* Opens dir/hardstate, or creates it with zeros when create is set (replacing what a broken-off
 * formatting left). Afterwards both slots hold the state, synced. disk_mark as in
 * wal_options.log_id. *Errors*: -E_LOST (no file, or no valid slot: this disk must never vote
 * again), -E_MISMATCH (another disk's), -E_UNSUPPORTED (newer format), and the vfs's. *Ownership*:
 * as wal_open. */
int meta_open(const struct vfs *vfs, const char *dir, uint64_t disk_mark, bool create,
              struct meta **ret_meta, struct meta_recovered *ret, struct err *e) MUST_CHECK;
/* Writes the state that was read to both slots, one after the other, each synced: blocking, once,
 * after the cross-check with the log and before anything else. A failure is final. */
int meta_secure(struct meta *meta, struct err *e) MUST_CHECK;
void meta_close(struct meta *meta); /* no operation may be with the host any more; NULL is fine */

/* Sets the wanted state in memory. The term must not fall; within a term the vote changes only from
 * 0; hold_ns must not fall (all asserted): set it before the longer timeout is used. */
void meta_set(struct meta *meta, const struct hard_state *wanted);

/* Starts writing the wanted state if it is neither durable nor in flight; returns the submitted
 * operation or NULL. While one is in flight changes gather; call again after meta_on_done. */
struct vfs_op *meta_flush(struct meta *meta);

/* Starts copying the durable state to the other slot, when that is still needed and nothing is
 * wanted or in flight; for idle moments, soon after each change. */
struct vfs_op *meta_flush_copy(struct meta *meta);

/* Completion of an operation whose owner is this meta; a failure is final, as in wal_on_done. */
int meta_on_done(struct meta *meta, struct vfs_op *op, int status, struct err *e) MUST_CHECK;

/* Both borrowed: the next change of what they point at shows there. */
const struct hard_state *meta_wanted(const struct meta *meta);
const struct hard_state *meta_durable(const struct meta *meta); /* what a start after a crash would
                                                                 * find, at least */
bool meta_is_durable(const struct meta *meta);                  /* durable == wanted */
bool meta_pending(
    const struct meta *meta); /* the wanted state is not even on its way to the disk */
bool meta_in_flight(const struct meta *meta);
bool meta_failed(const struct meta *meta);

#endif
