/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both levels and the parents, into a checkpoint and out of one. */
#include "emulator/explore/frontier_inside.h"

#include "base/mem.h"

/* What a block is beside its bytes. */
struct kept_block {
    uint64_t first, sum;
    uint32_t packed_len;
    uint16_t raw_len, records, skip, zero;
};

/* ---- saving ---- */

static int save_block(const struct level *l, const struct block *b, uint8_t *packed,
                      struct checkpoint_out *out, struct err *e)
{
    const struct kept_block kept = {.first = b->first,
                                    .sum = b->sum,
                                    .packed_len = b->packed_len,
                                    .raw_len = b->raw_len,
                                    .records = b->records,
                                    .skip = b->skip};
    if (b->data == NULL) {
        int code = spill_read(&l->file, b->offset, packed, b->packed_len, e);
        if (code != 0)
            return code;
    }
    checkpoint_put(out, &kept, sizeof(kept));
    checkpoint_put(out, b->data == NULL ? packed : b->data, b->packed_len);
    return 0;
}

static int save_level(const struct level *l, struct checkpoint_out *out, struct err *e)
{
    uint8_t *packed = mem_alloc(BLOCK_PACKED_BYTES);
    int code = 0;
    checkpoint_put_u64(out, l->count - l->next);
    for (size_t i = l->next; i < l->count && code == 0; i++)
        code = save_block(l, &l->blocks[i], packed, out, e);
    mem_free(packed);
    return code;
}

static int save_parents(struct frontier *f, struct checkpoint_out *out, struct err *e)
{
    uint64_t *words = mem_array(BLOCK_RECORDS, sizeof(*words));
    int code = 0;
    for (uint64_t at = 0; at < f->numbers && code == 0;) {
        uint64_t part = f->numbers - at < BLOCK_RECORDS ? f->numbers - at : BLOCK_RECORDS;
        code = spill_read(&f->parents_file, at * sizeof(*words), words,
                          (size_t)part * sizeof(*words), e);
        checkpoint_put(out, words, (size_t)part * sizeof(*words));
        at += part;
    }
    mem_free(words);
    return code;
}

int frontier_save(struct frontier *f, struct checkpoint_out *out, struct err *e)
{
    const uint64_t head[] = {f->parents, f->numbers, f->raw_bytes, f->packed_bytes};
    checkpoint_put(out, head, sizeof(head));
    int code = save_level(frontier_level(f, true), out, e);
    if (code == 0)
        code = save_level(frontier_level(f, false), out, e);
    if (code == 0 && f->parents)
        code = save_parents(f, out, e);
    return code;
}

/* ---- loading ---- */

static bool load_block(struct frontier *f, struct level *l, uint8_t *packed,
                       struct checkpoint_in *in, struct err *e, int *ret_code)
{
    struct kept_block kept;
    if (!checkpoint_get(in, &kept, sizeof(kept)))
        return false;
    if (kept.packed_len > BLOCK_PACKED_BYTES || kept.records > BLOCK_RECORDS ||
        kept.skip >= kept.records || kept.first + kept.records > f->numbers) {
        checkpoint_refuse(in, "a block of states has an impossible length");
        return false;
    }
    if (!checkpoint_get(in, packed, kept.packed_len))
        return false;
    struct block b = {.first = kept.first,
                      .sum = kept.sum,
                      .packed_len = kept.packed_len,
                      .raw_len = kept.raw_len,
                      .records = kept.records,
                      .skip = kept.skip};
    *ret_code = block_settle(f, l, &b, packed, e);
    if (*ret_code == 0 && b.data == NULL)
        *ret_code = spill_write(&l->file, b.offset, packed, b.packed_len, e);
    if (*ret_code == 0)
        level_push(l, &b);
    return *ret_code == 0;
}

static int load_level(struct frontier *f, struct level *l, struct checkpoint_in *in, struct err *e)
{
    uint8_t *packed = mem_alloc(BLOCK_PACKED_BYTES);
    int code = 0;
    uint64_t count = checkpoint_get_u64(in);
    for (uint64_t i = 0; i < count; i++) {
        if (!load_block(f, l, packed, in, e, &code))
            break;
    }
    mem_free(packed);
    return code;
}

static int load_parents(struct frontier *f, struct checkpoint_in *in, struct err *e)
{
    uint64_t *words = mem_array(BLOCK_RECORDS, sizeof(*words));
    int code = 0;
    for (uint64_t at = 0; at < f->numbers && code == 0;) {
        uint64_t part = f->numbers - at < BLOCK_RECORDS ? f->numbers - at : BLOCK_RECORDS;
        if (!checkpoint_get(in, words, (size_t)part * sizeof(*words)))
            break;
        code = spill_write(&f->parents_file, at * sizeof(*words), words,
                           (size_t)part * sizeof(*words), e);
        at += part;
    }
    mem_free(words);
    return code;
}

int frontier_load(struct frontier *f, struct checkpoint_in *in, struct err *e)
{
    ASSERT(f->numbers == 0);
    uint64_t parents = checkpoint_get_u64(in);
    f->numbers = checkpoint_get_u64(in);
    f->raw_bytes = checkpoint_get_u64(in);
    f->packed_bytes = checkpoint_get_u64(in);
    if (parents != f->parents)
        checkpoint_refuse(in, "ways back are kept in one, and not in the other");
    int code = load_level(f, frontier_level(f, true), in, e);
    if (code == 0)
        code = load_level(f, frontier_level(f, false), in, e);
    if (code == 0 && f->parents)
        code = load_parents(f, in, e);
    return code;
}
