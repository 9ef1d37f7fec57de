/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/frontier_inside.h"

#include "base/mem.h"

int frontier_open(struct frontier **ret, const struct frontier_options *o, struct err *e)
{
    struct frontier *f = mem_alloc(sizeof(*f));
    f->dir = mem_strdup(o->dir);
    f->memory_bytes_max = o->memory_bytes_max;
    f->parents = o->parents;
    f->block_records = BLOCK_RECORDS;
    f->parents_file.fd = f->levels[0].file.fd = f->levels[1].file.fd = -1;
    int failed = pthread_mutex_init(&f->lock, NULL);
    ASSERT(failed == 0);
    int code = o->parents ? spill_open(&f->parents_file, o->dir, e) : 0;
    if (code != 0)
        frontier_close(f);
    else
        *ret = f;
    return code;
}

static void level_clear(struct level *l)
{
    for (size_t i = 0; i < l->count; i++)
        mem_free(l->blocks[i].data);
    mem_free(l->blocks);
    *l = (struct level){.file = l->file};
}

void frontier_close(struct frontier *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < ARRAY_LEN(f->levels); i++) {
        level_clear(&f->levels[i]);
        spill_close(&f->levels[i].file);
    }
    spill_close(&f->parents_file);
    (void)pthread_mutex_destroy(&f->lock);
    mem_free(f->dir);
    mem_free(f);
}

struct level *frontier_level(struct frontier *f, bool reading)
{
    return &f->levels[reading ? f->reading : 1 - f->reading];
}

void level_push(struct level *l, const struct block *b)
{
    l->blocks = mem_room(l->blocks, l->count + 1, &l->cap, sizeof(*l->blocks));
    l->blocks[l->count++] = *b;
    l->records += (uint64_t)(b->records - b->skip);
}

int block_settle(struct frontier *f, struct level *l, struct block *b, const uint8_t *packed,
                 struct err *e)
{
    if (f->memory_bytes + b->packed_len <= f->memory_bytes_max) {
        b->data = mem_dup(packed, b->packed_len);
        f->memory_bytes += b->packed_len;
        return 0;
    }
    int code = l->file.fd < 0 ? spill_open(&l->file, f->dir, e) : 0;
    if (code != 0)
        return code;
    b->offset = l->file_bytes;
    l->file_bytes += b->packed_len;
    return 0;
}

static void set_block_records(struct frontier *f)
{
    uint64_t records = frontier_level(f, true)->records / LEVEL_BLOCKS;
    if (records < BLOCK_RECORDS_MIN)
        records = BLOCK_RECORDS_MIN;
    f->block_records = records < BLOCK_RECORDS ? (uint32_t)records : BLOCK_RECORDS;
}

int frontier_turn(struct frontier *f, struct err *e)
{
    struct level *read = frontier_level(f, true);
    ASSERT(read->next == read->count);
    level_clear(read);
    if (read->file.fd >= 0) {
        int code = spill_empty(&read->file, e);
        if (code != 0)
            return code;
    }
    f->reading = 1 - f->reading;
    set_block_records(f);
    return 0;
}

int frontier_parent(struct frontier *f, uint64_t number, uint64_t *ret, struct err *e)
{
    ASSERT(f->parents);
    return spill_read(&f->parents_file, number * sizeof(*ret), ret, sizeof(*ret), e);
}

void frontier_count(struct frontier *f, struct frontier_numbers *ret)
{
    (void)pthread_mutex_lock(&f->lock);
    const struct level *reading = frontier_level(f, true), *writing = frontier_level(f, false);
    *ret = (struct frontier_numbers){
        .to_read = reading->records,
        .written = writing->records,
        .all = f->numbers,
        .memory_bytes = f->memory_bytes + (reading->cap + writing->cap) * sizeof(*reading->blocks),
        .disk_bytes = reading->file_bytes + writing->file_bytes +
                      (f->parents ? f->numbers * sizeof(uint64_t) : 0),
        .raw_bytes = f->raw_bytes,
        .packed_bytes = f->packed_bytes,
    };
    (void)pthread_mutex_unlock(&f->lock);
}
