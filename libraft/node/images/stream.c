/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image as it travels: a head with everything a node must know beside the state, then the state.
 * The bytes are in README.md. */
#include "base/bytes.h"
#include "base/checksum.h"
#include "node/node_private.h"

#include <inttypes.h>
#include <string.h>

#define MAGIC   "raftimg"
#define VERSION 1
/* The fixed fields, and the checksum at the end. */
#define HEAD_FIXED_BYTES (8 + 7 * 8 + 2 * 4 + 8)
#define CONFIG_LEN_AT    (8 + 7 * 8 + 4)

uint32_t image_head_bytes(uint32_t config_len)
{
    return HEAD_FIXED_BYTES + config_len;
}

struct raft_image image_described(const struct image_meta *m)
{
    return (struct raft_image){.pos = {.term = m->at.term, .index = m->at.index},
                               .bytes = image_head_bytes(m->config_len) + m->state_bytes,
                               .digest = m->digest};
}

uint32_t image_head_missing(struct span head)
{
    uint32_t fixed = CONFIG_LEN_AT + 4;
    if (head.len < fixed)
        return fixed - (uint32_t)head.len;
    struct bytes c = bytes_of(head.data + CONFIG_LEN_AT, 4);
    uint32_t config_len = bytes_u32(&c);
    if (config_len > IMAGE_CONFIG_BYTES_MAX)
        return 0; /* decoding says so */
    return image_head_bytes(config_len) - (uint32_t)head.len;
}

void image_head_encode(struct buf *out, const struct image_meta *m)
{
    size_t begin = out->len;
    buf_put(out, MAGIC, strlen(MAGIC));
    buf_put_u8(out, VERSION);
    buf_put_u64(out, m->at.index);
    buf_put_u64(out, m->at.term);
    buf_put_u64(out, m->chain);
    buf_put_u64(out, m->stamp);
    buf_put_u64(out, m->config_index);
    buf_put_u64(out, m->state_bytes);
    buf_put_u64(out, m->digest);
    buf_put_u32(out, m->state_format);
    buf_put_u32(out, m->config_len);
    buf_put(out, m->config, m->config_len);
    buf_put_u64(out, checksum64(out->data + begin, out->len - begin));
    ASSERT(out->len - begin == image_head_bytes(m->config_len));
}

static struct image_meta get_fields(struct bytes *c)
{
    struct image_meta m = {.at.index = bytes_u64(c)};
    m.at.term = bytes_u64(c);
    m.chain = bytes_u64(c);
    m.stamp = bytes_u64(c);
    m.config_index = bytes_u64(c);
    m.state_bytes = bytes_u64(c);
    m.digest = bytes_u64(c);
    m.state_format = bytes_u32(c);
    m.config_len = bytes_u32(c);
    return m;
}

/* NULL, or what is wrong: what it says of itself, against what its sender said if there is one. */
static const char *problem(const struct image_meta *m, const struct raft_image *said)
{
    struct raft_image image = image_described(m);
    if (m->config_index == 0 || m->config_index > m->at.index || m->config_len == 0)
        return "its configuration is impossible";
    if (m->state_bytes > IMAGE_STATE_BYTES_MAX)
        return "it is larger than any image may be";
    if (said != NULL && !raft_image_same(&image, said))
        return "it is not the image it was said to be";
    return NULL;
}

int image_head_decode(struct span data, const struct raft_image *said, struct image_meta *ret,
                      struct err *e)
{
    struct bytes c = bytes_of(data.data, data.len);
    const uint8_t *magic = bytes_take(&c, strlen(MAGIC));
    if (magic == NULL || memcmp(magic, MAGIC, strlen(MAGIC)) != 0)
        return err_set(e, -E_CORRUPT, "snapshot: it does not begin like one");
    uint8_t version = bytes_u8(&c);
    if (version != VERSION)
        return err_set(e, -E_UNSUPPORTED, "snapshot: version %u is not %u", version, VERSION);
    struct image_meta m = get_fields(&c);
    if (c.bad || m.config_len > IMAGE_CONFIG_BYTES_MAX)
        return err_set(e, -E_CORRUPT, "snapshot: its head is cut short or too long");
    m.config = bytes_take(&c, m.config_len);
    size_t len = image_head_bytes(m.config_len) - sizeof(uint64_t);
    uint64_t checksum = bytes_u64(&c);
    if (c.bad || checksum != checksum64(data.data, len))
        return err_set(e, -E_CORRUPT, "snapshot: its head is damaged or cut short");
    const char *why = problem(&m, said);
    if (why != NULL)
        return err_set(e, -E_CORRUPT, "snapshot of entry %" PRIu64 ": %s", m.at.index, why);
    if ((m.state_format & ~WITNESS_STATE_FORMAT) != KV_IMAGE_VERSION)
        return err_set(e, -E_UNSUPPORTED,
                       "snapshot of entry %" PRIu64 ": its state has format %u, this version reads "
                       "%u",
                       m.at.index, m.state_format, KV_IMAGE_VERSION);
    *ret = m;
    return 0;
}

int image_stream_read(struct image *image, uint64_t offset, struct buf *out, size_t len,
                      struct err *e)
{
    const struct image_meta *m = image_meta(image);
    uint32_t head_bytes = image_head_bytes(m->config_len);
    struct buf head = {0};
    size_t end = out->len + len;
    if (offset < head_bytes) {
        image_head_encode(&head, m);
        size_t part = head_bytes - (size_t)offset;
        buf_put(out, head.data + offset, part < len ? part : len);
        buf_free(&head);
        offset = head_bytes;
    }
    while (out->len < end) {
        uint8_t piece[32768];
        size_t want = end - out->len;
        size_t n = want < sizeof(piece) ? want : sizeof(piece);
        int code = image_read(image, offset - head_bytes, piece, n, e);
        if (code < 0)
            return code;
        buf_put(out, piece, n);
        offset += n;
    }
    return 0;
}
