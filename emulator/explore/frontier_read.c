/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The level that is read: block by block, in the order they were written. */
#include "emulator/explore/frontier_inside.h"

#include "base/checksum.h"
#include "base/mem.h"

#include <string.h>

struct frontier_reader {
    struct frontier *f;
    struct block block; /* what is in raw; .records 0: nothing. Its data is ours. */
    uint32_t at;        /* in raw */
    uint32_t read;      /* records of the block, skipped ones included */
    uint8_t raw[BLOCK_RAW_BYTES];
    uint8_t packed[BLOCK_PACKED_BYTES];
};

struct frontier_reader *frontier_reader_new(struct frontier *f)
{
    struct frontier_reader *r = mem_alloc(sizeof(*r));
    r->f = f;
    return r;
}

static int damaged(const struct frontier *f, struct err *e)
{
    return err_set(e, -E_CORRUPT, "explore: directory %s: states read back are not those written",
                   f->dir);
}

/* The next record of raw; false if it is not whole, which only damage can do. */
static bool step(struct frontier_reader *r, struct frontier_record *ret)
{
    uint32_t left = r->block.raw_len - r->at;
    if (left < 2)
        return false;
    uint32_t len = r->raw[r->at++];
    if (len >= 128)
        len = (len & 127) | (uint32_t)r->raw[r->at++] << 7;
    if (len == 0 || len > r->block.raw_len - r->at)
        return false;
    *ret = (struct frontier_record){
        .data = r->raw + r->at, .len = len, .number = r->block.first + r->read};
    r->at += len;
    r->read++;
    return true;
}

/* Takes the next block off the list; false if there is none. */
static bool take(struct frontier_reader *r, struct spill *ret_file)
{
    struct frontier *f = r->f;
    (void)pthread_mutex_lock(&f->lock);
    struct level *l = frontier_level(f, true);
    bool taken = l->next < l->count;
    if (taken) {
        struct block *b = &l->blocks[l->next++];
        r->block = *b;
        b->data = NULL;
        l->records -= (uint64_t)(b->records - b->skip);
        *ret_file = l->file;
    }
    (void)pthread_mutex_unlock(&f->lock);
    return taken;
}

/* Done with the block: what was in memory of it is free again. */
static void let_go(struct frontier_reader *r)
{
    if (r->block.data != NULL) {
        mem_free(r->block.data);
        (void)pthread_mutex_lock(&r->f->lock);
        r->f->memory_bytes -= r->block.packed_len;
        (void)pthread_mutex_unlock(&r->f->lock);
    }
    r->block = (struct block){0};
    r->read = 0;
}

void frontier_reader_free(struct frontier_reader *r)
{
    if (r != NULL)
        let_go(r);
    mem_free(r);
}

static int unpack_block(struct frontier_reader *r, const struct spill *file, struct err *e)
{
    const struct block *b = &r->block;
    const uint8_t *packed = b->data;
    if (packed == NULL) {
        int code = spill_read(file, b->offset, r->packed, b->packed_len, e);
        if (code != 0)
            return code;
        packed = r->packed;
    }
    if (checksum64(packed, b->packed_len) != b->sum ||
        !unpack(packed, b->packed_len, r->raw, b->raw_len))
        return damaged(r->f, e);
    struct frontier_record skipped;
    for (r->at = r->read = 0; r->read < b->skip;) {
        if (!step(r, &skipped))
            return damaged(r->f, e);
    }
    return 0;
}

int frontier_next(struct frontier_reader *r, struct frontier_record *ret, struct err *e)
{
    while (r->read == r->block.records) {
        struct spill file;
        let_go(r);
        if (!take(r, &file))
            return 0;
        int code = unpack_block(r, &file, e);
        if (code != 0)
            return code;
    }
    return step(r, ret) ? 1 : damaged(r->f, e);
}

void frontier_give_back(struct frontier_reader *r)
{
    if (r->read < r->block.records) {
        struct frontier *f = r->f;
        r->block.skip = (uint16_t)r->read;
        (void)pthread_mutex_lock(&f->lock);
        struct level *l = frontier_level(f, true);
        ASSERT(l->next > 0);
        l->blocks[--l->next] = r->block;
        l->records += (uint64_t)(r->block.records - r->block.skip);
        (void)pthread_mutex_unlock(&f->lock);
        r->block.data = NULL;
    }
    let_go(r);
}
