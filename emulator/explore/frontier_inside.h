/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the frontier share. */
#ifndef EXPLORE_FRONTIER_INSIDE_H
#define EXPLORE_FRONTIER_INSIDE_H

#include "emulator/explore/frontier.h"
#include "emulator/explore/pack.h"
#include "emulator/explore/spill.h"

#include <pthread.h>

#define BLOCK_RAW_BYTES    PACK_RAW_MAX
#define BLOCK_PACKED_BYTES PACK_BOUND(BLOCK_RAW_BYTES)
#define BLOCK_RECORDS      8192u
/* Of a level there are so many blocks, if it is as large as the one before: so that at its end no
 * worker has much left while the others wait. */
#define LEVEL_BLOCKS      64u
#define BLOCK_RECORDS_MIN 64u

/* Raw, a block is for each record its length in one byte, or two (128 + low seven bits, the rest),
 * and the record. */
struct block {
    uint64_t first;  /* the number of its first record */
    uint64_t sum;    /* of what is packed */
    uint8_t *data;   /* owned; NULL: in the file */
    uint64_t offset; /* there */
    uint32_t packed_len;
    uint16_t raw_len;
    uint16_t records;
    uint16_t skip; /* records that were read already */
};

struct level {
    struct block *blocks;
    size_t count, cap;
    size_t next;      /* to be read */
    uint64_t records; /* unread */
    struct spill file;
    uint64_t file_bytes;
};

struct frontier {
    pthread_mutex_t lock; /* of everything here but files' contents */
    char *dir;
    uint64_t memory_bytes_max;
    uint64_t memory_bytes;
    bool parents;
    struct spill parents_file;
    struct level levels[2];
    uint32_t reading;       /* which of them */
    uint32_t block_records; /* at most, of the one that is written */
    uint64_t numbers;       /* given out */
    uint64_t raw_bytes, packed_bytes;
};

struct level *frontier_level(struct frontier *f, bool reading);

/* With the lock: finds a place for the packed bytes of a block of this level. In memory, and
 * b->data is a copy of them; or in the level's file, where they are still to be written, at
 * b->offset. */
int block_settle(struct frontier *f, struct level *l, struct block *b, const uint8_t *packed,
                 struct err *e) MUST_CHECK;
/* With the lock: adds it to the list, which owns it then. */
void level_push(struct level *l, const struct block *b);

#endif
