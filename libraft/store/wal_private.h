/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the log's own files share. */
#ifndef STORE_WAL_PRIVATE_H
#define STORE_WAL_PRIVATE_H

#include "store/batch.h"
#include "store/entries.h"
#include "store/segment.h"

/* The log as the batches handed to the host say it; on disk once they are synced. */
struct wal_written {
    struct wal_position base;
    struct wal_position last;
    uint64_t chain;         /* at last */
    uint64_t seq;           /* of the newest batch, 0 = none */
    uint64_t prev_checksum; /* of its header */
};

/* A file that no start needs any more, still under its old name. */
struct wal_freed {
    uint64_t number;
    uint64_t size_bytes;
};

/* Invariants: durable <= written.last.index, durable <= last entry; segments[active] takes the next
 * batch or is full, those behind it are free (end = 0, open), those before it are sealed; freed
 * files have the numbers just below segments[0], ascending; cut_from is 0 or
 * base < cut_from <= written.last.index; a sealed segment's file is open only if it is
 * segments[reading]; at most one of base_pending and reset_pending, and with the latter no
 * cut_from and durable = 0. */
struct wal {
    const struct vfs *vfs; /* borrowed */
    char dir[VFS_PATH_MAX];
    struct wal_options options;

    struct entries log;
    struct wal_run *runs; /* owned: as found at start */
    struct wal_written written;
    uint64_t durable;
    uint64_t durable_base; /* index of the base that a start would find */
    uint64_t cut_from;     /* a truncation that no batch says yet; 0 = none */
    bool base_pending;     /* the base moved up in the log, and no batch says it yet */
    bool reset_pending;    /* the log was reset, and no batch says it yet */
    uint64_t hard_term;
    uint64_t hard_vote;

    struct segment *segments; /* owned */
    size_t segments_count, segments_cap;
    size_t active;
    size_t reading; /* a sealed segment open for reading; segments_count = none */

    struct vfs_op write_op;
    struct blocks batch;  /* what write_op writes */
    uint64_t flight_good; /* last entry of the batch in flight that is still in the log */
    bool in_flight;
    bool failed;

    /* Files coming and going: see wal_space.c. */
    struct wal_freed *freed; /* owned */
    size_t freed_count, freed_cap;
    struct vfs_op space_op;
    bool space_in_flight;
    bool space_stuck;         /* the last attempt failed */
    bool freed_unsure;        /* of freed[0] it is unknown which name it has */
    struct err reserve_error; /* code 0 = fine */

    struct reader reader;
};

/* wal_space.c */

void wal_add_segment(struct wal *wal, const struct segment *s);
void wal_close_segment(struct wal *wal, size_t i);
/* Bookkeeping of segment.start_index, for the segments up to `upto`: a batch begins in segments
 * [upto] behind the entry `before`; it truncates; it resets. In this order. */
void wal_note_batch(struct wal *wal, size_t upto, uint64_t before);
void wal_note_cut(struct wal *wal, size_t upto, uint64_t from);
void wal_note_reset(struct wal *wal, size_t upto);
/* Hands the segments that a start does not need to wal->freed. */
void wal_release(struct wal *wal);
/* Whatever there is to do about files, as long as attempts succeed. */
void wal_make_space(struct wal *wal);
void wal_on_space_done(struct wal *wal, int status);
/* The same, blocking, until a segment is ready behind the active one. */
int wal_make_space_now(struct wal *wal, struct err *e) MUST_CHECK;

/* wal_open.c: what was recovered, as the log is now. */
void wal_report(struct wal *wal, struct wal_recovered *ret);

/* wal_scan.c, wal_replay.c */

struct scan_result {
    uint64_t batches;
    uint64_t last_batch_offset; /* in the active segment; valid if last_batch_bytes > 0 */
    uint64_t last_batch_bytes;
    uint64_t torn_seq; /* a batch whose header is there and whose body is not; 0 = none */
    uint64_t torn_segment;
    uint64_t torn_offset;
    uint64_t torn_bytes;
};

/* Reads the segments (of which only the numbers are known) into log, written, hard state and
 * active; decides whether what does not read is a broken-off end or damage. Changes no file; leaves
 * the active segment and the free ones open for writing. */
int wal_scan(struct wal *wal, struct scan_result *ret, struct err *e) MUST_CHECK;

/* What replaying knows beside the wal. */
struct replay {
    bool anchored; /* the first batch was seen */
    /* The log's state is unknown until the next batch's header says it: files before the first one
     * are gone, and a truncation went below where the first one begins. The entries missed are
     * below the base, or the log is damaged. */
    bool blind;
};

/* Takes over the state before the first batch of a log whose beginning was dropped. */
void wal_replay_anchor(struct wal *wal, struct replay *r, const struct batch_header *h);
/* Applies an intact batch in segments[i] that has the next seq; NULL, or why it cannot follow what
 * was read so far. */
const char *wal_replay(struct wal *wal, struct replay *r, size_t i, const struct batch_header *h,
                       const uint8_t *data);
/* NULL, or why the log that was read to its end is not whole. */
const char *wal_replay_ended(const struct wal *wal, const struct replay *r);

#endif
