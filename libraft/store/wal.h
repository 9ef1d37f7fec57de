/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log on disk: batches of records in fixed, zero-filled segments, one batch in flight at a
 * time.
 *
 * The life of an append: wal_append puts it in memory (readable at once), wal_flush starts writing
 * everything gathered so far as one batch, the host reports the operation's end through
 * wal_on_done, and wal_durable rises. Nothing here waits for the disk except wal_open and a
 * wal_read of an entry that is no longer in memory. Not thread safe; one owner. */
#ifndef STORE_WAL_H
#define STORE_WAL_H

#include "base/entry.h"
#include "store/vfs.h"

struct wal; /* opaque */

struct wal_options {
    /* Size of new segments: a multiple of VFS_BLOCK, WAL_SEGMENT_BYTES_MIN..MAX. Existing files
     * keep theirs. Entries up to wal_entry_bytes_max() of this fit. */
    uint64_t segment_bytes;
    /* Payload bytes kept in memory for wal_read, the newest first. Entries not yet synced are kept
     * in any case (the node bounds those); 0 keeps only them. */
    uint64_t cache_bytes;
    /* Marks every batch as this disk's; the same value at every start (a digest of the disk id). */
    uint64_t log_id;
    /* The directory is being formatted: what a broken-off formatting left of a log is removed and
     * an empty one is made. Otherwise a log must be there (-E_LOST). */
    bool create;
};

#define WAL_SEGMENT_BYTES_MIN     (2u * VFS_BLOCK)
#define WAL_SEGMENT_BYTES_MAX     (1u << 30)
#define WAL_SEGMENT_BYTES_DEFAULT (16u << 20) /* the largest entry (8 MiB) and as much again */
#define WAL_CACHE_BYTES_DEFAULT   (32u << 20)

/* A place in the log; {0, 0} lies before the first entry. */
struct wal_position {
    uint64_t index;
    uint64_t term;
};

/* A maximal range of entries of one term: [first, the next run's first). */
struct wal_run {
    uint64_t first;
    uint64_t term;
};

/* What wal_open found. */
struct wal_recovered {
    struct wal_position base;   /* just below the first entry; {0, 0} while nothing was dropped */
    struct wal_position last;   /* of the last entry, = base when there is none */
    const struct wal_run *runs; /* every entry's term, ascending; the wal's, until wal_close */
    size_t runs_count;
    uint64_t hard_term; /* hard state as the newest batch repeats it: what the slots of meta.h */
    uint64_t hard_vote; /* hold must not be older than this; 0, 0 without a batch */
    uint64_t batches;   /* valid ones */
    unsigned segments;  /* files in use */
    bool direct;        /* files are written past the page cache */
    uint64_t
        cut_bytes; /* made zero behind the end: an unfinished batch or a recycled file's rest */
    char cut_text[256]; /* one sentence about it; empty when cut_bytes is 0 */
};

/* Opens or creates the log in dir (which exists) and makes sure that everything reported in *ret is
 * durable. Reads the whole log. A tail that a crash left unfinished, hence never acknowledged, is
 * removed; anything else that is wrong refuses, names file, offset and reason, changes nothing.
 * *Errors*: -E_CORRUPT (synced data is damaged), -E_LOST (no log here), -E_MISMATCH (another disk's
 * log), -E_UNSUPPORTED (a newer format), and whatever the vfs reports.
 * *Ownership*: dir is copied, vfs is borrowed until wal_close; *ret_wal is closed with wal_close.
 */
int wal_open(const struct vfs *vfs, const char *dir, const struct wal_options *options,
             struct wal **ret_wal, struct wal_recovered *ret, struct err *e) MUST_CHECK;

/* Frees everything; pending entries are forgotten. No operation of this wal may be with the host
 * any more. wal may be NULL. */
void wal_close(struct wal *wal);

/* Appends n entries in memory: contiguous, the first at wal_last() + 1, terms not falling, each at
 * most wal_entry_bytes_max() (all asserted). Payloads are copied. Never fails: the node asks
 * wal_reserve_status and bounds what is unwritten. */
void wal_append(struct wal *wal, const struct entry *entries, size_t n);

/* Removes the entries >= from (base < from <= last + 1) in memory, now; on disk by a record in the
 * next batch, in front of whatever is appended afterwards (never an edit of old bytes). wal_durable
 * falls below from at once, and rises again only with entries that were written after this. */
void wal_truncate(struct wal *wal, uint64_t from);

/* Drops the entries <= index in memory, now; on disk the next batch says so, and once it is synced
 * the segments that are needed no more become spare ones, or are removed. base becomes index; its
 * term and chain stay known, also after a start. index <= wal_durable (asserted); at or below the
 * base it does nothing. Precondition: an image at or above index is durable (thesis 5.1: otherwise
 * the next start finds neither). Which trailing entries to keep is the caller's choice. */
void wal_compact(struct wal *wal, uint64_t index);

/* A base with all that the log must know of what lies below it. */
struct wal_origin {
    struct wal_position at;
    uint64_t chain; /* entry_chain of all entries up to at */
};

/* Drops the whole log, also what is pending, in favour of an installed snapshot that it does not
 * contain (the log has no entry at origin->at.index, or one of another term): afterwards the log is
 * empty and stands on *origin. In memory now; on disk by a record in the next batch, in front of
 * whatever is appended afterwards. wal_durable is 0 at once, and rises (to the base at least) when
 * that batch is synced: only then may the installation be acknowledged.
 * Preconditions: origin above the present base (asserted); its image is durable under its final
 * name, so that a crash before the sync can be repaired by doing this again (store_open does); a
 * hard state with a term >= origin->at.term was submitted before. */
void wal_reset_to(struct wal *wal, const struct wal_origin *origin);

/* wal_reset_to and its batch, blocking, and *ret made to say what the log is now: for the start
 * that finishes an installation; nothing was changed or submitted since wal_open. */
int wal_reset_now(struct wal *wal, const struct wal_origin *origin, struct wal_recovered *ret,
                  struct err *e) MUST_CHECK;

/* The hard state that batches from now on repeat, for the cross-check at start. Precondition: the
 * operation of meta.h with these values was submitted before (operations run in order, so that the
 * log can never be newer than the slots). Writes nothing by itself. */
void wal_set_hard_state(struct wal *wal, uint64_t term, uint64_t vote);

/* Starts writing what is pending as one batch (as much as fits in the segment) and returns the
 * operation, already submitted; NULL when nothing is pending, a batch is in flight, no segment is
 * free (wal_pending tells), or the wal failed. Call it once a turn and after every wal_on_done. */
struct vfs_op *wal_flush(struct wal *wal);

/* Takes the completion of an operation whose owner is this wal. Returns 0, or the negative code
 * when a batch could not be written: then the wal is failed for good, every promise still waiting
 * must be dropped, and the process has to stop (e says why). A failed preparation of a segment is
 * no failure: see wal_reserve_status. */
int wal_on_done(struct wal *wal, struct vfs_op *op, int status, struct err *e) MUST_CHECK;

/* Starts preparing a segment if fewer than WAL_FREE_SEGMENTS are ready, also after an earlier
 * attempt failed: call it from time to time while wal_reserve_status is not 0, and once after
 * wal_open. Returns true if an operation was submitted. wal_flush and wal_on_done do the same
 * unasked as long as attempts succeed. */
bool wal_reserve(struct wal *wal);
#define WAL_FREE_SEGMENTS 2
/* So many are kept of those that compaction gives back: at the default size what is written between
 * two images (64 MiB), and the free ones. */
#define WAL_SPARE_SEGMENTS_MAX 6

/* 0, or the code of the failed attempt to reserve space (-E_NOSPACE, -E_IO): the node refuses new
 * writes. 0 again once WAL_FREE_SEGMENTS are ready. Space reserved before remains usable. */
int wal_reserve_status(const struct wal *wal);
/* False while these entries would have to wait for a segment that is being prepared: nobody can
 * tell yet whether there will be one. The node proposes nothing then. */
bool wal_space_known(const struct wal *wal, uint64_t count, uint64_t bytes);
/* Why, for the log; empty while the status is 0. Valid until the next call that changes the wal. */
const char *wal_reserve_text(const struct wal *wal);

bool wal_pending(const struct wal *wal);   /* something to write, not yet in a batch */
bool wal_in_flight(const struct wal *wal); /* a batch is with the host */
bool wal_failed(const struct wal *wal);    /* see wal_on_done */

/* The log as in memory. */
uint64_t wal_first(const struct wal *wal); /* index of the first entry: base + 1, even if empty */
struct wal_position wal_base(const struct wal *wal);
struct wal_position wal_last(const struct wal *wal);
/* Largest index m such that a start after a crash now would find this very log up to m at least; 0,
 * below the base, while a reset is not on disk. */
uint64_t wal_durable(const struct wal *wal);

/* Of an entry or the base, base <= index <= last (asserted); 0 at index 0. */
uint64_t wal_term_at(const struct wal *wal, uint64_t index);
/* entry_chain over all entries up to index; same range. */
uint64_t wal_chain_at(const struct wal *wal, uint64_t index);
/* Payload bytes of an entry, first <= index <= last (asserted). */
uint32_t wal_size_of(const struct wal *wal, uint64_t index);
/* Of all entries together. */
uint64_t wal_payload_bytes(const struct wal *wal);
/* The largest payload that wal_append takes. */
uint32_t wal_entry_bytes_max(const struct wal *wal);
/* The same before there is a wal. */
uint32_t wal_entry_bytes_max_of(uint64_t segment_bytes);

/* The entry at index, first <= index <= last (asserted). From memory if it is there, else read from
 * its file, blocking, and checked. *ret->payload is borrowed until the next call with this wal that
 * is not a plain question. *Errors*: -E_CORRUPT, -E_IO: this copy of the log is not to be trusted
 * any more; the process has to stop. */
int wal_read(struct wal *wal, uint64_t index, struct entry *ret, struct err *e) MUST_CHECK;

#endif
