/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire/frame.h"

#include "base/checksum.h"

#include <inttypes.h>
#include <string.h>

/* R-TIME-1: whatever is sent fits into a frame, with everything about it, and into the window. */
_Static_assert(LIMIT_ENTRY_BYTES + (64u << 10) <= LIMIT_FRAME_BYTES, "an entry fits a frame");
_Static_assert(LIMIT_CHUNK_BYTES + (64u << 10) <= LIMIT_FRAME_BYTES, "a piece of an image does");
_Static_assert(LIMIT_WINDOW_MESSAGES >= 1 && LIMIT_WINDOW_BYTES >= LIMIT_APPEND_BYTES,
               "an append fits the window");

static const uint8_t magic[4] = {'R', 'A', 'F', 'T'};

/* Bytes of the header that its own checksum covers: all but that checksum. */
#define HEADER_CHECKED_BYTES (FRAME_HEADER_BYTES - 8)

/* Unread bytes a decoder keeps at most: a frame that is not complete yet, and as much again. */
#define DECODER_BYTES_MAX (2u * (LIMIT_FRAME_BYTES + FRAME_HEADER_BYTES))

size_t frame_begin(struct buf *out)
{
    ASSERT(!out->overflow);
    size_t at = out->len;
    buf_put_zeros(out, FRAME_HEADER_BYTES);
    return at;
}

/* Written out, so that compilers make one store of each. */

static uint8_t *put32(uint8_t *at, uint32_t v)
{
    at[0] = (uint8_t)v;
    at[1] = (uint8_t)(v >> 8);
    at[2] = (uint8_t)(v >> 16);
    at[3] = (uint8_t)(v >> 24);
    return at + 4;
}

static uint8_t *put64(uint8_t *at, uint64_t v)
{
    return put32(put32(at, (uint32_t)v), (uint32_t)(v >> 32));
}

/* Writes the header over the zeros frame_begin left, in the order of the byte table. */
static void put_header(uint8_t *head, const struct frame_header *h, struct span payload)
{
    memcpy(head, magic, sizeof(magic));
    uint8_t *at = head + sizeof(magic);
    *at++ = FRAME_VERSION_MAX;
    *at++ = h->type;
    *at++ = 0;
    *at++ = 0;
    at = put32(at, h->group);
    at = put32(at, (uint32_t)payload.len);
    at = put64(at, h->cluster_id);
    at = put64(at, h->generation);
    at = put64(at, h->from);
    at = put64(at, h->to);
    at = put64(at, checksum64(payload.data, payload.len));
    ASSERT(at == head + HEADER_CHECKED_BYTES);
    put64(at, checksum64(head, HEADER_CHECKED_BYTES));
}

int frame_end(struct buf *out, size_t begin, const struct frame_header *header, struct err *e)
{
    ASSERT(begin <= out->len);
    size_t written = out->len - begin;
    if (out->overflow || written - FRAME_HEADER_BYTES > LIMIT_FRAME_BYTES) {
        bool overflow = out->overflow;
        out->len = begin;
        out->overflow = false;
        if (out->data != NULL)
            out->data[begin] = '\0';
        if (overflow)
            return err_set(e, -E_LIMIT, "frame: type %u: the output buffer is full", header->type);
        return err_set(e, -E_LIMIT, "frame: type %u: payload of %zu bytes, above %u", header->type,
                       written - FRAME_HEADER_BYTES, LIMIT_FRAME_BYTES);
    }
    const char *payload = out->data + begin + FRAME_HEADER_BYTES;
    put_header((uint8_t *)out->data + begin, header,
               span_of(payload, written - FRAME_HEADER_BYTES));
    return 0;
}

void frame_decoder_init(struct frame_decoder *d)
{
    *d = (struct frame_decoder){.in = {.max = DECODER_BYTES_MAX}};
}

void frame_decoder_free(struct frame_decoder *d)
{
    buf_free(&d->in);
    d->at = 0;
}

void frame_decoder_feed(struct frame_decoder *d, const void *data, size_t len)
{
    if (d->failed.code != 0)
        return;
    /* Moved at most once a byte: only when what is kept is no more than what is dropped. */
    if (d->at >= d->in.len - d->at) {
        buf_consume(&d->in, d->at);
        d->at = 0;
    }
    buf_put(&d->in, data, len);
}

static int fail(struct frame_decoder *d, struct err *e)
{
    if (e != NULL)
        *e = d->failed;
    return d->failed.code;
}

/* Reads and checks a complete header; the length of the payload and its checksum come back. */
static int read_header(struct bytes head, struct frame_header *h, uint32_t *len, uint64_t *sum,
                       struct err *e)
{
    uint64_t own = checksum64(head.data, HEADER_CHECKED_BYTES);
    const uint8_t *m = bytes_take(&head, sizeof(magic));
    ASSERT(m != NULL);
    if (memcmp(m, magic, sizeof(magic)) != 0)
        return err_set(e, -E_CORRUPT, "frame: bad magic %02x %02x %02x %02x", m[0], m[1], m[2],
                       m[3]);
    uint8_t version = bytes_u8(&head);
    h->type = bytes_u8(&head);
    uint16_t reserved = bytes_u16(&head);
    h->group = bytes_u32(&head);
    *len = bytes_u32(&head);
    h->cluster_id = bytes_u64(&head);
    h->generation = bytes_u64(&head);
    h->from = bytes_u64(&head);
    h->to = bytes_u64(&head);
    *sum = bytes_u64(&head);
    uint64_t header_sum = bytes_u64(&head);
    ASSERT(bytes_ended(&head));
    if (header_sum != own)
        return err_set(e, -E_CORRUPT, "frame: header checksum is %016" PRIx64 ", not %016" PRIx64,
                       header_sum, own);
    if (version < FRAME_VERSION_MIN || version > FRAME_VERSION_MAX)
        return err_set(e, -E_UNSUPPORTED, "frame: protocol version %u, this node speaks %d..%d",
                       version, FRAME_VERSION_MIN, FRAME_VERSION_MAX);
    if (reserved != 0)
        return err_set(e, -E_CORRUPT, "frame: reserved bits are 0x%04x", reserved);
    if (*len > LIMIT_FRAME_BYTES)
        return err_set(e, -E_LIMIT, "frame: type %u: payload of %" PRIu32 " bytes, above %u",
                       h->type, *len, LIMIT_FRAME_BYTES);
    return 0;
}

/* A complete header, and as much of its payload as there is. 1: *ret is the frame; 0: it has not
 * all come. */
static int read_frame(const char *at, size_t left, struct frame *ret, struct err *e)
{
    uint32_t len = 0;
    uint64_t sum = 0;
    int code = read_header(bytes_of(at, FRAME_HEADER_BYTES), &ret->header, &len, &sum, e);
    if (code < 0)
        return code;
    if (left - FRAME_HEADER_BYTES < len)
        return 0;
    ret->payload = span_of(at + FRAME_HEADER_BYTES, len);
    uint64_t own = checksum64(ret->payload.data, len);
    if (own != sum)
        return err_set(e, -E_CORRUPT,
                       "frame: type %u: payload checksum is %016" PRIx64 ", not %016" PRIx64,
                       ret->header.type, sum, own);
    return 1;
}

int frame_read(struct span whole, struct frame *ret_frame, struct err *e)
{
    struct frame frame;
    int code = whole.len < FRAME_HEADER_BYTES ? 0 : read_frame(whole.data, whole.len, &frame, e);
    if (code < 0)
        return code;
    if (code == 0)
        return err_set(e, -E_CORRUPT, "half a frame");
    if (frame.payload.len != whole.len - FRAME_HEADER_BYTES)
        return err_set(e, -E_CORRUPT, "frame: %zu bytes behind it",
                       whole.len - FRAME_HEADER_BYTES - frame.payload.len);
    *ret_frame = frame;
    return 0;
}

int frame_decoder_next(struct frame_decoder *d, struct frame *ret_frame, struct err *e)
{
    if (d->failed.code != 0)
        return fail(d, e);
    if (d->in.overflow) {
        err_set(&d->failed, -E_LIMIT, "frame: more than %u bytes unread", DECODER_BYTES_MAX);
        return fail(d, e);
    }
    size_t left = d->in.len - d->at;
    if (left < FRAME_HEADER_BYTES)
        return 0;
    struct frame frame;
    int code = read_frame(d->in.data + d->at, left, &frame, &d->failed);
    if (code < 0)
        return fail(d, e);
    if (code == 0)
        return 0;
    d->at += FRAME_HEADER_BYTES + frame.payload.len;
    *ret_frame = frame;
    return 1;
}

int frame_check(const struct frame_header *h, const struct frame_expect *expect, struct err *e)
{
    if (h->cluster_id != expect->cluster_id)
        return err_set(e, -E_MISMATCH, "frame: cluster %016" PRIx64 ", expected %016" PRIx64,
                       h->cluster_id, expect->cluster_id);
    if (h->generation != expect->generation)
        return err_set(e, -E_MISMATCH, "frame: generation %" PRIu64 ", expected %" PRIu64,
                       h->generation, expect->generation);
    if (expect->from != 0 && h->from != expect->from)
        return err_set(e, -E_MISMATCH, "frame: from node %" PRIu64 ", expected %" PRIu64, h->from,
                       expect->from);
    if (expect->to != 0 && h->to != expect->to)
        return err_set(e, -E_MISMATCH, "frame: to node %" PRIu64 ", expected %" PRIu64, h->to,
                       expect->to);
    return 0;
}
