/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A log on a memory file system, driven by hand: what the tests of the log share. */
#ifndef TESTS_SUPPORT_WALRIG_H
#define TESTS_SUPPORT_WALRIG_H

#include "emulator/disk/memvfs.h"
#include "store/wal.h"

#define RIG_DIR "data"

struct rig {
    struct memvfs *m;
    const struct vfs *vfs;
    struct wal_options options;
    struct wal *wal; /* NULL while closed */
    struct wal_recovered found;
    struct err e;
};

/* A fresh file system and a new log of small segments. */
void rig_start(struct rig *r, uint64_t seed, uint64_t segment_bytes);
/* The same around a file system that exists; the log is not opened. */
void rig_adopt(struct rig *r, struct memvfs *m, uint64_t segment_bytes);
void rig_stop(struct rig *r); /* frees both */

int rig_open(struct rig *r); /* an existing log; fills found or e */
void rig_reopen(struct rig *r);
void rig_crash(struct rig *r, enum memvfs_crash how); /* and forgets the wal */

/* The payload every test gives an entry: a function of index, term and len. */
void rig_payload(uint8_t *out, uint64_t index, uint64_t term, uint32_t len);
/* Appends one entry with it, kind and stamp derived from the index. */
void rig_append(struct rig *r, uint64_t term, uint32_t len);
/* The entry is there in full, as rig_append made it. */
void rig_expect(struct rig *r, uint64_t index, uint64_t term, uint32_t len);
/* The same through a code: 0, or wal_read's. */
int rig_check(struct rig *r, uint64_t index, uint64_t term, uint32_t len);

/* Completes what is queued without starting more; the first failed status, or 0. */
int rig_complete(struct rig *r);
/* Flushes and completes until nothing is pending or nothing moves; the first failure, or 0. */
int rig_drain(struct rig *r);
/* Appends count entries of len bytes as one batch and makes them durable. */
void rig_batch(struct rig *r, uint64_t term, unsigned count, uint32_t len);

/* RIG_DIR "/log-…" of a segment. */
const char *rig_segment(uint64_t number);

#endif
