/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breadth first, two levels at a time: the states that are read, and the next level being written.
 */
#ifndef EXPLORE_FRONTIER_H
#define EXPLORE_FRONTIER_H

#include "emulator/explore/checkpoint.h"

/* A level is a list of blocks of records, packed (pack.h), each with a checksum. Blocks stay in
 * memory while their sum is within the limit, and then go to a file without a name (spill.h). Each
 * worker fills a block of its own and reads a block of its own, so workers meet once a block.
 *
 * Every record has a number: those of a block follow each other, in the order they were added, and
 * the first record of all has 0. With parents, a word goes with each record into a file, at its
 * number: what the way back from any state needs, at no memory. */
struct frontier;
struct frontier_writer; /* one worker's */
struct frontier_reader; /* one worker's */

#define FRONTIER_RECORD_BYTES_MAX (16u << 10)

struct frontier_options {
    const char *dir;           /* for what does not fit, and the parents; borrowed until the open */
    uint64_t memory_bytes_max; /* packed blocks of both levels together */
    bool parents;
};

/* Opens the files it needs at once. Errors name dir. */
int frontier_open(struct frontier **ret, const struct frontier_options *o,
                  struct err *e) MUST_CHECK;
void frontier_close(struct frontier *f); /* may be NULL; after its writers and readers */

/* ---- the level that is written ---- */

struct frontier_writer *frontier_writer_new(struct frontier *f) MUST_CHECK;
/* What was added and not flushed is lost. May be NULL. */
void frontier_writer_free(struct frontier_writer *w);

/* len: 1..FRONTIER_RECORD_BYTES_MAX. parent: any word; forgotten without .parents.
 * -E_NOSPACE, -E_IO: the disk. */
int frontier_add(struct frontier_writer *w, const void *record, size_t len, uint64_t parent,
                 struct err *e) MUST_CHECK;
/* What a level's end needs, from every writer. */
int frontier_flush(struct frontier_writer *w, struct err *e) MUST_CHECK;

/* ---- the level that is read ---- */

struct frontier_reader *frontier_reader_new(struct frontier *f) MUST_CHECK;
void frontier_reader_free(struct frontier_reader *r); /* may be NULL */

struct frontier_record {
    const uint8_t *data; /* the reader's, until its next call */
    size_t len;
    uint64_t number;
};

/* 1: *ret is the next record; 0: nothing is left for this reader. -E_IO, -E_CORRUPT: the disk. */
int frontier_next(struct frontier_reader *r, struct frontier_record *ret, struct err *e) MUST_CHECK;
/* The rest of the reader's block goes back: another one may read it, or a later run. */
void frontier_give_back(struct frontier_reader *r);

/* ---- between, when no worker is at it ---- */

/* The level that was written is the one to read. The other one was read to its end, and every
 * writer flushed. */
int frontier_turn(struct frontier *f, struct err *e) MUST_CHECK;

/* The word that went with a record that was flushed; .parents. From any thread. */
int frontier_parent(struct frontier *f, uint64_t number, uint64_t *ret, struct err *e) MUST_CHECK;

/* Both levels as they are, and the parents. Every reader gave its block back and every writer
 * flushed. Errors: the frontier's disk; the checkpoint's own stay in it. */
int frontier_save(struct frontier *f, struct checkpoint_out *out, struct err *e) MUST_CHECK;
/* Into one that was just opened, with parents or without as the one saved. The limit on memory may
 * be another one. What is wrong with the checkpoint stays in it; f is to be closed then. */
int frontier_load(struct frontier *f, struct checkpoint_in *in, struct err *e) MUST_CHECK;

struct frontier_numbers {
    uint64_t to_read;      /* records in blocks that nobody has taken yet */
    uint64_t written;      /* records of the next level that were flushed */
    uint64_t all;          /* records ever: the next number */
    uint64_t memory_bytes; /* packed blocks and their list */
    uint64_t disk_bytes;   /* in files, the parents included */
    uint64_t raw_bytes;    /* of all records ever, before packing */
    uint64_t packed_bytes;
};

/* From any thread. */
void frontier_count(struct frontier *f, struct frontier_numbers *ret);

#endif
