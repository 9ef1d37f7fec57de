/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/undo.h"

#include "base/bytes.h"
#include "store/le.h"

#include <string.h>

#define MAGIC 0x31444e5572616674u /* a journal that begins elsewhere is none */
#define NAMES (8u * 8u)

static void put_name(uint8_t *out, const char *name)
{
    size_t len = strlen(name);
    ASSERT(len < VFS_NAME_MAX);
    memset(out, 0, VFS_NAME_MAX);
    memcpy(out, name, len);
}

void undo_put_head(uint8_t out[UNDO_HEAD_BYTES], const struct undo_record *r)
{
    struct le w = {.data = out, .len = NAMES};
    le_u64(&w, MAGIC);
    le_u64(&w, (uint64_t)r->kind);
    le_u64(&w, r->file);
    le_u64(&w, r->replaced);
    le_u64(&w, r->offset);
    le_u64(&w, r->len);
    le_u64(&w, r->size);
    le_u64(&w, r->before_len);
    put_name(out + NAMES, r->name == NULL ? "" : r->name);
    put_name(out + NAMES + VFS_NAME_MAX, r->to == NULL ? "" : r->to);
}

bool undo_next(const uint8_t *data, size_t len, size_t *at, struct undo_record *ret)
{
    if (len - *at < UNDO_HEAD_BYTES)
        return false;
    const char *name = (const char *)data + *at + NAMES, *to = name + VFS_NAME_MAX;
    struct bytes c = bytes_of(data + *at, NAMES);
    uint64_t magic = bytes_u64(&c), kind = bytes_u64(&c);
    struct undo_record r = {.kind = (enum undo_kind)kind, .name = name, .to = to};
    r.file = bytes_u64(&c);
    r.replaced = bytes_u64(&c);
    r.offset = bytes_u64(&c);
    r.len = bytes_u64(&c);
    r.size = bytes_u64(&c);
    uint64_t before_len = bytes_u64(&c);
    bool ended = name[VFS_NAME_MAX - 1] == '\0' && to[VFS_NAME_MAX - 1] == '\0';
    *at += UNDO_HEAD_BYTES;
    if (magic != MAGIC || kind < UNDO_WRITE || kind > UNDO_POWER || !ended ||
        before_len > len - *at)
        return false;
    r.before = data + *at;
    r.before_len = (size_t)before_len;
    *at += r.before_len;
    *ret = r;
    return true;
}
