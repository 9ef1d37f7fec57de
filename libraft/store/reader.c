/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/reader.h"

#define WINDOW_BYTES (256u << 10) /* read ahead: small entries come by hundreds, big ones alone */

void reader_free(struct reader *r)
{
    blocks_free(&r->window);
    *r = (struct reader){0};
}

void reader_forget(struct reader *r)
{
    r->len = 0;
}

static bool holds(const struct reader *r, uint64_t number, uint64_t offset, size_t len)
{
    return r->len > 0 && r->number == number && offset >= r->start && len <= r->len &&
           offset - r->start <= r->len - len;
}

int reader_view(struct reader *r, const struct vfs *v, struct vfs_file *file, uint64_t number,
                uint64_t limit, uint64_t offset, size_t len, const uint8_t **ret, struct err *e)
{
    ASSERT(number != 0 && limit % VFS_BLOCK == 0 && offset <= limit && len <= limit - offset);
    if (!holds(r, number, offset, len)) {
        uint64_t start = blocks_round_down(offset);
        uint64_t end = blocks_round_up(offset + len);
        if (end < start + WINDOW_BYTES)
            end = start + WINDOW_BYTES;
        if (end > limit)
            end = limit;
        r->len = 0;
        blocks_reserve(&r->window, (size_t)(end - start));
        int code = v->read(v->arg, file, start, r->window.data, (size_t)(end - start), e);
        if (code < 0)
            return code;
        r->number = number;
        r->start = start;
        r->len = (size_t)(end - start);
    }
    *ret = r->window.data + (offset - r->start);
    return 0;
}
