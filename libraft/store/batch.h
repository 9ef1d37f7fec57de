/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of a batch: one header, then records, padded with zeros to whole blocks (README.md has
 * the tables). */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "base/bytes.h"
#include "store/wal.h"

#define BATCH_HEADER_BYTES  160u
#define RECORD_HEADER_BYTES 40u

struct batch_header {
    uint64_t log_id;
    uint64_t segment;       /* number of the file: a recycled file's old batches bear another */
    uint64_t segment_bytes; /* size of the file */
    uint64_t offset;        /* of this header in the file */
    uint64_t seq; /* 1, 2, 3 over all segments; seq was written after seq - 1 was synced */
    uint64_t prev_checksum;     /* the header checksum of batch seq - 1; 0 in batch 1 */
    struct wal_position base;   /* just below the log's first entry, before this batch's records */
    struct wal_position before; /* the last entry before this batch's records */
    uint64_t before_chain;      /* entry_chain up to there */
    uint64_t hard_term;
    uint64_t hard_vote;
    uint32_t records;
    uint32_t body_bytes;    /* the records, without padding */
    uint64_t body_checksum; /* over records and padding */
    uint64_t checksum;      /* over everything above */
};

enum batch_look {
    BATCH_NONE,         /* no header, or not an intact one */
    BATCH_OTHER_FORMAT, /* an intact header of another version */
    BATCH_HEADER,
};

/* Whether a block starts with a batch header, and what it says. len >= BATCH_HEADER_BYTES. */
enum batch_look batch_look(const uint8_t *block, size_t len, struct batch_header *ret);

/* Header, records and padding: a multiple of VFS_BLOCK. */
uint64_t batch_bytes(const struct batch_header *h);

/* Whether the batch_bytes(h) bytes from the header on have the body that h describes. */
bool batch_body_intact(const uint8_t *batch, const struct batch_header *h);

/* A cursor over the records. */
struct bytes batch_records(const uint8_t *batch, const struct batch_header *h);

/* Completes a batch whose records stand behind BATCH_HEADER_BYTES: clears the padding, computes
 * both checksums into *h and writes the header. batch has batch_bytes(h) bytes. */
void batch_seal(uint8_t *batch, struct batch_header *h);

enum record_kind {
    RECORD_ENTRY = 1,
    RECORD_TRUNCATE = 2, /* entries >= entry.index are gone */
    RECORD_BASE = 3,     /* entries <= entry.index are gone, an image stands for them */
    RECORD_RESET = 4,    /* all entries are gone; the log stands on an image at entry.index */
};

/* RECORD_TRUNCATE: of the entry only index counts. RECORD_BASE and RECORD_RESET: index and term of
 * the base, and in the stamp's place its chain. */
struct record {
    enum record_kind kind;
    struct entry entry;
};

/* Writes a record and returns its RECORD_HEADER_BYTES + len bytes; out has room (asserted). */
size_t record_encode(uint8_t *out, size_t room, const struct record *r);

/* Reads the next record and checks it; false when it is invalid. The payload is borrowed from the
 * cursor's memory. */
bool record_decode(struct bytes *c, struct record *ret);

#endif
