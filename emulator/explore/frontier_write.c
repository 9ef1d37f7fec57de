/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The level that is written: records into blocks, blocks into memory or the file. */
#include "emulator/explore/frontier_inside.h"

#include "base/checksum.h"
#include "base/mem.h"

#include <string.h>

struct frontier_writer {
    struct frontier *f;
    uint32_t raw_len;
    uint32_t records;
    uint64_t parents[BLOCK_RECORDS];
    uint8_t raw[BLOCK_RAW_BYTES];
    uint8_t packed[BLOCK_PACKED_BYTES];
    struct pack_memory memory;
};

struct frontier_writer *frontier_writer_new(struct frontier *f)
{
    struct frontier_writer *w = mem_alloc(sizeof(*w));
    w->f = f;
    return w;
}

void frontier_writer_free(struct frontier_writer *w)
{
    mem_free(w);
}

int frontier_add(struct frontier_writer *w, const void *record, size_t len, uint64_t parent,
                 struct err *e)
{
    ASSERT(len > 0 && len <= FRONTIER_RECORD_BYTES_MAX);
    if (w->raw_len + 2 + len > BLOCK_RAW_BYTES || w->records >= w->f->block_records) {
        int code = frontier_flush(w, e);
        if (code != 0)
            return code;
    }
    w->parents[w->records++] = parent;
    if (len < 128) {
        w->raw[w->raw_len++] = (uint8_t)len;
    } else {
        w->raw[w->raw_len++] = (uint8_t)(128 | (len & 127));
        w->raw[w->raw_len++] = (uint8_t)(len >> 7);
    }
    memcpy(w->raw + w->raw_len, record, len);
    w->raw_len += (uint32_t)len;
    return 0;
}

/* With the lock: where the block goes, and its records' numbers. */
static int enlist(struct frontier *f, struct block *b, const uint8_t *packed,
                  struct spill *ret_file, struct err *e)
{
    struct level *l = frontier_level(f, false);
    int code = block_settle(f, l, b, packed, e);
    if (code != 0)
        return code;
    b->first = f->numbers;
    f->numbers += b->records;
    f->raw_bytes += b->raw_len;
    f->packed_bytes += b->packed_len;
    level_push(l, b);
    *ret_file = l->file;
    return 0;
}

int frontier_flush(struct frontier_writer *w, struct err *e)
{
    if (w->records == 0)
        return 0;
    struct frontier *f = w->f;
    struct block b = {.raw_len = (uint16_t)w->raw_len, .records = (uint16_t)w->records};
    b.packed_len = (uint32_t)pack(&w->memory, w->raw, w->raw_len, w->packed);
    b.sum = checksum64(w->packed, b.packed_len);
    struct spill file;
    (void)pthread_mutex_lock(&f->lock);
    int code = enlist(f, &b, w->packed, &file, e);
    (void)pthread_mutex_unlock(&f->lock);
    if (code == 0 && b.data == NULL)
        code = spill_write(&file, b.offset, w->packed, b.packed_len, e);
    if (code == 0 && f->parents)
        code = spill_write(&f->parents_file, b.first * sizeof(w->parents[0]), w->parents,
                           w->records * sizeof(w->parents[0]), e);
    w->records = w->raw_len = 0;
    return code;
}
