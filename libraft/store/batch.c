/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/batch.h"

#include "base/checksum.h"
#include "base/limits.h"
#include "store/blocks.h"
#include "store/le.h"

#include <string.h>

#define BATCH_MAGIC   0x31425752u /* "RWB1" */
#define BATCH_VERSION 1u
/* The header up to its checksum; the magic and this stay in every later version. */
#define BATCH_SUMMED (BATCH_HEADER_BYTES - 8u)

#define RECORD_SUMMED (RECORD_HEADER_BYTES - 8u)

uint64_t batch_bytes(const struct batch_header *h)
{
    return blocks_round_up((uint64_t)BATCH_HEADER_BYTES + h->body_bytes);
}

static void read_fields(struct bytes *c, struct batch_header *h)
{
    h->log_id = bytes_u64(c);
    h->segment = bytes_u64(c);
    h->segment_bytes = bytes_u64(c);
    h->offset = bytes_u64(c);
    h->seq = bytes_u64(c);
    h->prev_checksum = bytes_u64(c);
    h->base.index = bytes_u64(c);
    h->base.term = bytes_u64(c);
    h->before.index = bytes_u64(c);
    h->before.term = bytes_u64(c);
    h->before_chain = bytes_u64(c);
    h->hard_term = bytes_u64(c);
    h->hard_vote = bytes_u64(c);
    h->records = bytes_u32(c);
    h->body_bytes = bytes_u32(c);
    h->body_checksum = bytes_u64(c);
}

enum batch_look batch_look(const uint8_t *block, size_t len, struct batch_header *ret)
{
    struct bytes c = bytes_of(block, len);
    uint32_t magic = bytes_u32(&c);
    uint16_t version = bytes_u16(&c);
    uint16_t header_bytes = bytes_u16(&c);
    struct batch_header h = {0};
    read_fields(&c, &h);
    bytes_take(&c, BATCH_SUMMED - c.at); /* reserved */
    h.checksum = bytes_u64(&c);
    if (c.bad || magic != BATCH_MAGIC || h.checksum != checksum64(block, BATCH_SUMMED))
        return BATCH_NONE;
    if (version != BATCH_VERSION || header_bytes != BATCH_HEADER_BYTES)
        return BATCH_OTHER_FORMAT;
    *ret = h;
    return BATCH_HEADER;
}

bool batch_body_intact(const uint8_t *batch, const struct batch_header *h)
{
    uint64_t body = batch_bytes(h) - BATCH_HEADER_BYTES;
    return checksum64(batch + BATCH_HEADER_BYTES, (size_t)body) == h->body_checksum;
}

struct bytes batch_records(const uint8_t *batch, const struct batch_header *h)
{
    return bytes_of(batch + BATCH_HEADER_BYTES, h->body_bytes);
}

static void write_fields(struct le *w, const struct batch_header *h)
{
    le_u32(w, BATCH_MAGIC);
    le_u16(w, BATCH_VERSION);
    le_u16(w, BATCH_HEADER_BYTES);
    le_u64(w, h->log_id);
    le_u64(w, h->segment);
    le_u64(w, h->segment_bytes);
    le_u64(w, h->offset);
    le_u64(w, h->seq);
    le_u64(w, h->prev_checksum);
    le_u64(w, h->base.index);
    le_u64(w, h->base.term);
    le_u64(w, h->before.index);
    le_u64(w, h->before.term);
    le_u64(w, h->before_chain);
    le_u64(w, h->hard_term);
    le_u64(w, h->hard_vote);
    le_u32(w, h->records);
    le_u32(w, h->body_bytes);
    le_u64(w, h->body_checksum);
}

void batch_seal(uint8_t *batch, struct batch_header *h)
{
    size_t total = (size_t)batch_bytes(h);
    size_t used = BATCH_HEADER_BYTES + h->body_bytes;
    memset(batch + used, 0, total - used);
    h->body_checksum = checksum64(batch + BATCH_HEADER_BYTES, total - BATCH_HEADER_BYTES);

    memset(batch, 0, BATCH_HEADER_BYTES);
    struct le w = {.data = batch, .len = BATCH_HEADER_BYTES};
    write_fields(&w, h);
    ASSERT(w.at <= BATCH_SUMMED);
    w.at = BATCH_SUMMED;
    h->checksum = checksum64(batch, BATCH_SUMMED);
    le_u64(&w, h->checksum);
}

static uint64_t record_checksum(const uint8_t *head, const uint8_t *payload, size_t len)
{
    return checksum64_seeded(checksum64(head, RECORD_SUMMED), payload, len);
}

size_t record_encode(uint8_t *out, size_t room, const struct record *r)
{
    const struct entry *e = &r->entry;
    size_t total = RECORD_HEADER_BYTES + (size_t)e->len;
    ASSERT(total <= room);
    struct le w = {.data = out, .len = RECORD_HEADER_BYTES};
    le_u32(&w, e->len);
    le_u8(&w, (uint8_t)r->kind);
    le_u8(&w, (uint8_t)e->kind);
    le_u16(&w, 0);
    le_u64(&w, e->index);
    le_u64(&w, e->term);
    le_u64(&w, e->stamp);
    le_u64(&w, record_checksum(out, e->payload, e->len));
    if (e->len > 0)
        memcpy(out + RECORD_HEADER_BYTES, e->payload, e->len);
    return total;
}

bool record_decode(struct bytes *c, struct record *ret)
{
    const uint8_t *head = bytes_take(c, RECORD_HEADER_BYTES);
    if (head == NULL)
        return false;
    struct bytes h = bytes_of(head, RECORD_HEADER_BYTES);
    struct record r = {0};
    r.entry.len = bytes_u32(&h);
    uint8_t kind = bytes_u8(&h);
    uint8_t entry_kind = bytes_u8(&h);
    uint16_t reserved = bytes_u16(&h);
    r.entry.index = bytes_u64(&h);
    r.entry.term = bytes_u64(&h);
    r.entry.stamp = bytes_u64(&h);
    uint64_t checksum = bytes_u64(&h);
    if (reserved != 0 || r.entry.len > LIMIT_ENTRY_BYTES)
        return false;
    r.entry.payload = bytes_take(c, r.entry.len);
    if (r.entry.payload == NULL || record_checksum(head, r.entry.payload, r.entry.len) != checksum)
        return false;
    bool entry = kind == RECORD_ENTRY && entry_kind_valid(entry_kind);
    bool change = kind >= RECORD_TRUNCATE && kind <= RECORD_RESET && entry_kind == 0;
    if (!entry && !(change && r.entry.len == 0))
        return false;
    r.kind = (enum record_kind)kind;
    r.entry.kind = (enum entry_kind)entry_kind;
    *ret = r;
    return true;
}
