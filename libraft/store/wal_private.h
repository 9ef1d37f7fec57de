/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the log's own files share. */
#ifndef STORE_WAL_PRIVATE_H
#define STORE_WAL_PRIVATE_H

#include "store/batch.h"
#include "store/entries.h"
#include "store/segment.h"

/* The log's end as the batches handed to the host say it; on disk once they are synced. */
struct wal_written {
    struct wal_position last;
    uint64_t chain;         /* at last */
    uint64_t seq;           /* of the newest batch, 0 = none */
    uint64_t prev_checksum; /* of its header */
};

/* Invariants: durable <= written.last.index, durable <= last entry; segments[active] takes the next
 * batch or is full, those behind it are free (end = 0, open), those before it are sealed;
 * cut_from is 0 or base < cut_from <= written.last.index; a sealed segment's file is open only if
 * it is segments[reading]. */
struct wal {
    const struct vfs *vfs; /* borrowed */
    char dir[VFS_PATH_MAX];
    struct wal_options options;

    struct entries log;
    struct wal_run *runs; /* owned: as found at start */
    struct wal_written written;
    uint64_t durable;
    uint64_t cut_from; /* a truncation that no batch says yet; 0 = none */
    uint64_t hard_term;
    uint64_t hard_vote;

    struct segment *segments; /* owned */
    size_t segments_count;
    size_t active;
    size_t reading; /* a sealed segment open for reading; segments_count = none */

    struct vfs_op write_op;
    struct blocks batch;  /* what write_op writes */
    uint64_t flight_good; /* last entry of the batch in flight that is still in the log */
    bool in_flight;
    bool failed;

    struct vfs_op prepare_op;
    bool preparing;
    struct err reserve_error; /* code 0 = fine */

    struct reader reader;
};

void wal_add_segment(struct wal *wal, const struct segment *s);
void wal_close_segment(struct wal *wal, size_t i);

struct scan_result {
    uint64_t batches;
    uint64_t last_batch_offset; /* in the active segment; valid if last_batch_bytes > 0 */
    uint64_t last_batch_bytes;
    uint64_t torn_seq; /* a batch whose header is there and whose body is not; 0 = none */
    uint64_t torn_segment;
    uint64_t torn_offset;
};

/* Reads the segments (of which only the numbers are known) into log, written, hard state and
 * active; decides whether what does not read is a broken-off end or damage. Changes no file; leaves
 * the active segment and the free ones open for writing. */
int wal_scan(struct wal *wal, struct scan_result *ret, struct err *e) MUST_CHECK;

#endif
