/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images of machines: cut anywhere, the verdict is the same, and an image that is accepted is
 * what its machine would write. The digests are set right, or no mutant would get far; that of the
 * state by another reader, which trusts what the real one has accepted up to there. */
#include "base/bytes.h"
#include "base/checksum.h"
#include "base/mem.h"
#include "kv/kv_image.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct machine *read_in_pieces(struct span image, size_t piece, struct err *e)
{
    struct kv_image_reader *r = kv_image_reader_new();
    struct machine *m = NULL;
    int code = 0;
    while (code == 0 && image.len > 0) {
        size_t len = image.len < piece ? image.len : piece;
        code = kv_image_read(r, span_of(image.data, len), e);
        image = span_of(image.data + len, image.len - len);
    }
    if (code == 0)
        code = kv_image_finish(r, &m, e);
    ASSERT((code == 0) == (m != NULL) && (code == 0 || code == -E_CORRUPT));
    kv_image_reader_free(r);
    return m;
}

static void expect_written_again(struct machine *m, struct span image)
{
    struct buf out = {0};
    struct kv_image_writer *w = kv_image_writer_new(m);
    ASSERT(kv_image_bytes(m) == image.len);
    while (kv_image_write(w, &out, 13) == 13)
        continue;
    ASSERT(span_equal(span_of(out.data, out.len), image));
    buf_free(&out);
    kv_image_writer_free(w);
}

/* The next part of a stream that may be chained; moves over it. */
static uint64_t chain(uint64_t digest, struct bytes *c, size_t len)
{
    const uint8_t *part = bytes_take(c, len);
    return part == NULL || len == 0 ? digest : checksum64_seeded(digest, part, len);
}

static uint32_t u32_at(const struct bytes *c, size_t at)
{
    struct bytes ahead = *c;
    (void)bytes_take(&ahead, at);
    return bytes_u32(&ahead);
}

static void put_u64(uint8_t *to, uint64_t v)
{
    for (size_t i = 0; i < 8; i++)
        to[i] = (uint8_t)(v >> (8 * i));
}

/* Writes the digest of the stream behind its records, if it has an end. */
static void repair_stream(uint8_t *data, size_t size)
{
    struct bytes c = bytes_of(data, size);
    uint64_t digest = chain(0, &c, KV_IMAGE_HEAD_BYTES);
    while (bytes_left(&c) > 0) {
        const uint8_t *tag = data + c.at;
        uint32_t len = *tag == 'A' ? u32_at(&c, 17) : *tag == 'K' ? u32_at(&c, 1) : 0;
        uint32_t len2 = *tag == 'K' ? u32_at(&c, 5) : 0;
        if (*tag == 'E' && bytes_left(&c) >= KV_IMAGE_END_BYTES) {
            put_u64(data + c.at + 9, digest);
            return;
        }
        size_t fixed = *tag == 'S'   ? KV_IMAGE_SESSION_BYTES
                       : *tag == 'A' ? KV_IMAGE_ANSWER_BYTES
                                     : KV_IMAGE_KEY_BYTES;
        digest = chain(digest, &c, fixed);
        digest = chain(digest, &c, len);
        digest = chain(digest, &c, len2);
    }
}

static void take_record(struct bytes *c, uint8_t tag, struct kv *kv, struct sessions *sessions,
                        struct session *session)
{
    if (tag == 'S') {
        *session = (struct session){.sid = bytes_u64(c)};
        session->ttl_ns = bytes_u64(c);
        session->last_used_ns = bytes_u64(c);
        session->first_open = bytes_u64(c);
        sessions_restore(sessions, session);
    } else if (tag == 'A') {
        struct session_answer answer = {.seq = bytes_u64(c)};
        answer.index = bytes_u64(c);
        size_t len = bytes_u32(c);
        answer.bytes = span_of(bytes_take(c, len), len);
        sessions_restore_answer(sessions, session->sid, &answer);
    } else {
        size_t key_len = bytes_u32(c), value_len = bytes_u32(c);
        uint64_t rev = bytes_u64(c), expires_ns = bytes_u64(c);
        struct span key = span_of(bytes_take(c, key_len), key_len);
        kv_put_item(kv, &(struct kv_item){.key = key,
                                          .value = span_of(bytes_take(c, value_len), value_len),
                                          .type = (enum kv_type)(strchr(KV_IMAGE_KEY_TAGS, tag) -
                                                                 KV_IMAGE_KEY_TAGS),
                                          .rev = rev,
                                          .expires_ns = expires_ns});
    }
}

/* Precondition: the reader has accepted everything but the digest of the state. */
static void repair_state(uint8_t *data, size_t size)
{
    struct bytes c = bytes_of(data, size);
    struct kv *kv = kv_new();
    struct sessions *sessions = sessions_new(NULL);
    struct session session = {0};
    uint8_t tag;
    (void)bytes_take(&c, 8);
    uint64_t index = bytes_u64(&c), term = bytes_u64(&c), clock_ns = bytes_u64(&c);
    (void)bytes_take(&c, 24);
    while ((tag = bytes_u8(&c)) != 'E')
        take_record(&c, tag, kv, sessions, &session);
    struct machine *m = machine_restore(kv, sessions, index, term, clock_ns);
    put_u64(data + c.at, machine_digest(m));
    machine_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char other_state[] = "image: its state is not the state it was written from";
    uint8_t *copy = mem_dup(data, size);
    repair_stream(copy, size);
    struct span image = span_of(copy, size);
    struct err one = {0}, whole = {0};
    struct machine *m = read_in_pieces(image, 1, &one);
    struct machine *again = read_in_pieces(image, size + 1, &whole);
    ASSERT((m == NULL) == (again == NULL) && strcmp(one.text, whole.text) == 0);
    if (m == NULL && strcmp(one.text, other_state) == 0) {
        repair_state(copy, size);
        m = read_in_pieces(image, 5, &one);
        ASSERT(m != NULL || strcmp(one.text, "image: bytes behind its end") == 0);
    }
    if (m != NULL)
        expect_written_again(m, image);
    machine_free(again);
    free(copy);
    return 0;
}
