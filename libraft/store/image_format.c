/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/image_format.h"

#include "base/bytes.h"
#include "base/checksum.h"
#include "store/blocks.h"
#include "store/le.h"

#include <string.h>

#define IMAGE_MAGIC   0x314d4952u /* "RIM1" */
#define IMAGE_VERSION 1u
#define HEADER_FIXED  128u /* the configuration follows */
#define HEADER_SUMMED (HEADER_FIXED - 8u)
#define PIECE_SUMMED  (PIECE_HEADER_BYTES - 8u)

uint32_t image_header_bytes(uint32_t config_len)
{
    ASSERT(config_len <= IMAGE_CONFIG_BYTES_MAX);
    return (uint32_t)blocks_round_up(HEADER_FIXED + config_len);
}

/* Over all of it but the checksum: the padding too. */
static uint64_t header_checksum(const uint8_t *header, size_t len)
{
    return checksum64_seeded(checksum64(header, HEADER_SUMMED), header + HEADER_FIXED,
                             len - HEADER_FIXED);
}

void image_header_encode(uint8_t *out, uint64_t disk_mark, const struct image_meta *meta)
{
    uint32_t len = image_header_bytes(meta->config_len);
    ASSERT(meta->state_bytes <= IMAGE_STATE_BYTES_MAX);
    memset(out, 0, len);
    struct le w = {.data = out, .len = HEADER_FIXED};
    le_u32(&w, IMAGE_MAGIC);
    le_u16(&w, IMAGE_VERSION);
    le_u16(&w, 0); /* flags: how the stream is stored */
    le_u32(&w, len);
    le_u32(&w, meta->config_len);
    le_u64(&w, disk_mark);
    le_u64(&w, meta->at.index);
    le_u64(&w, meta->at.term);
    le_u64(&w, meta->chain);
    le_u64(&w, meta->stamp);
    le_u64(&w, meta->config_index);
    le_u32(&w, meta->state_format);
    le_u32(&w, 0);
    le_u64(&w, meta->state_bytes);
    le_u64(&w, meta->digest);
    ASSERT(w.at <= HEADER_SUMMED);
    w.at = HEADER_SUMMED;
    if (meta->config_len > 0)
        memcpy(out + HEADER_FIXED, meta->config, meta->config_len);
    le_u64(&w, header_checksum(out, len));
}

uint64_t image_header_bytes_of(const uint8_t *block)
{
    struct bytes c = bytes_of(block, HEADER_FIXED);
    bytes_take(&c, 8);
    uint32_t len = bytes_u32(&c);
    return len == 0 || len % VFS_BLOCK != 0 ? UINT64_MAX : len;
}

/* NULL, or what makes no sense in a header whose checksum is right. */
static const char *nonsense(const struct image_meta *m)
{
    if (m->at.index == 0 || m->at.term == 0 || m->at.index > INT64_MAX || m->at.term > INT64_MAX)
        return "no position";
    if (m->config_index > m->at.index)
        return "a configuration from behind its position";
    if (m->state_bytes > IMAGE_STATE_BYTES_MAX)
        return "an impossible length";
    return NULL;
}

static void read_meta(struct bytes *c, struct image_meta *m)
{
    m->at.index = bytes_u64(c);
    m->at.term = bytes_u64(c);
    m->chain = bytes_u64(c);
    m->stamp = bytes_u64(c);
    m->config_index = bytes_u64(c);
    m->state_format = bytes_u32(c);
    bytes_u32(c);
    m->state_bytes = bytes_u64(c);
    m->digest = bytes_u64(c);
}

int image_header_decode(const uint8_t *data, size_t len, uint64_t disk_mark, struct image_meta *ret,
                        struct err *e)
{
    struct image_meta m = {0};
    struct bytes c = bytes_of(data, len);
    uint32_t magic = bytes_u32(&c);
    uint16_t version = bytes_u16(&c);
    uint16_t flags = bytes_u16(&c);
    uint32_t header_bytes = bytes_u32(&c);
    m.config_len = bytes_u32(&c);
    uint64_t mark = bytes_u64(&c);
    read_meta(&c, &m);
    if (c.bad || magic != IMAGE_MAGIC || header_bytes != len ||
        m.config_len > IMAGE_CONFIG_BYTES_MAX || m.config_len > len - HEADER_FIXED)
        return err_set(e, -E_CORRUPT, "the header is damaged");
    struct bytes sum = bytes_of(data + HEADER_SUMMED, 8);
    if (bytes_u64(&sum) != header_checksum(data, len))
        return err_set(e, -E_CORRUPT, "the header is damaged");
    if (version != IMAGE_VERSION || flags != 0)
        return err_set(e, -E_UNSUPPORTED, "written by another version in another format");
    if (mark != disk_mark)
        return err_set(e, -E_MISMATCH, "belongs to another disk");
    const char *wrong = nonsense(&m);
    if (wrong == NULL && header_bytes != image_header_bytes(m.config_len))
        wrong = "a header of another length";
    if (wrong != NULL)
        return err_set(e, -E_CORRUPT, "the header says %s", wrong);
    m.config = data + HEADER_FIXED;
    *ret = m;
    return 0;
}

uint64_t image_key(uint64_t disk_mark, struct wal_position at)
{
    uint8_t bytes[24];
    struct le w = {.data = bytes, .len = sizeof bytes};
    le_u64(&w, disk_mark);
    le_u64(&w, at.index);
    le_u64(&w, at.term);
    return checksum64(bytes, sizeof bytes);
}

static uint64_t piece_checksum(const uint8_t *frame, uint64_t key, uint32_t len)
{
    return checksum64_seeded(checksum64_seeded(key, frame, PIECE_SUMMED),
                             frame + PIECE_HEADER_BYTES, len);
}

size_t image_piece_seal(uint8_t *frame, uint64_t key, uint64_t offset, uint32_t len)
{
    size_t total = image_frame_bytes(len);
    memset(frame, 0, PIECE_HEADER_BYTES);
    memset(frame + PIECE_HEADER_BYTES + len, 0, total - PIECE_HEADER_BYTES - len);
    struct le w = {.data = frame, .len = PIECE_HEADER_BYTES};
    le_u64(&w, offset);
    le_u32(&w, len);
    w.at = PIECE_SUMMED;
    le_u64(&w, piece_checksum(frame, key, len));
    return total;
}

bool image_piece_intact(const uint8_t *frame, uint64_t key, uint64_t offset, uint32_t len)
{
    struct bytes c = bytes_of(frame, PIECE_HEADER_BYTES);
    uint64_t found_offset = bytes_u64(&c);
    uint32_t found_len = bytes_u32(&c);
    struct bytes sum = bytes_of(frame + PIECE_SUMMED, 8);
    return found_offset == offset && found_len == len &&
           bytes_u64(&sum) == piece_checksum(frame, key, len);
}

uint32_t image_piece_len(uint64_t state_bytes, uint64_t offset)
{
    ASSERT(offset <= state_bytes);
    uint64_t left = state_bytes - offset;
    return left < IMAGE_PIECE_BYTES ? (uint32_t)left : IMAGE_PIECE_BYTES;
}

size_t image_frame_bytes(uint32_t piece_len)
{
    return (size_t)blocks_round_up(PIECE_HEADER_BYTES + (uint64_t)piece_len);
}

uint64_t image_frame_at(uint32_t header_bytes, uint64_t offset)
{
    ASSERT(offset % IMAGE_PIECE_BYTES == 0);
    return header_bytes + offset / IMAGE_PIECE_BYTES * FRAME_BYTES;
}

uint64_t image_file_bytes(uint32_t header_bytes, uint64_t state_bytes)
{
    uint64_t whole = state_bytes - state_bytes % IMAGE_PIECE_BYTES;
    uint32_t rest = (uint32_t)(state_bytes - whole);
    return image_frame_at(header_bytes, whole) + (rest > 0 ? image_frame_bytes(rest) : 0);
}

uint64_t image_digest_piece(uint64_t chain, const uint8_t *piece, uint32_t len)
{
    return checksum64_seeded(chain, piece, len);
}

uint64_t image_digest_end(uint64_t chain, uint64_t bytes)
{
    uint8_t length[8];
    struct le w = {.data = length, .len = sizeof length};
    le_u64(&w, bytes);
    return checksum64_seeded(chain, length, sizeof length);
}

void image_digest_add(struct image_digest *d, const void *data, size_t len)
{
    const uint8_t *at = data;
    d->bytes += len;
    while (len > 0) {
        size_t n = IMAGE_PIECE_BYTES - d->fill;
        if (n > len)
            n = len;
        memcpy(d->piece + d->fill, at, n);
        d->fill += (uint32_t)n;
        at += n;
        len -= n;
        if (d->fill == IMAGE_PIECE_BYTES) {
            d->chain = image_digest_piece(d->chain, d->piece, d->fill);
            d->fill = 0;
        }
    }
}

uint64_t image_digest_value(const struct image_digest *d)
{
    uint64_t chain = d->chain;
    if (d->fill > 0)
        chain = image_digest_piece(chain, d->piece, d->fill);
    return image_digest_end(chain, d->bytes);
}
