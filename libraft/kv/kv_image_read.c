/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading: one record at a time is collected, first its tag, then its fixed fields, then the rest,
 * and nothing is taken in before it has been checked against everything before it. */
#include "base/bytes.h"
#include "base/checksum.h"
#include "base/mem.h"
#include "kv/elements.h"
#include "kv/kv_image.h"

#include <inttypes.h>

/* The longest record: a kept answer. */
#define RECORD_BYTES_MAX (LIMIT_REPLY_BYTES + 64u)

enum stage { STAGE_HEAD, STAGE_TAG, STAGE_FIXED, STAGE_REST, STAGE_ENDED, STAGE_TAKEN };

struct kv_image_reader {
    enum stage stage;
    struct buf record; /* the present record as far as it came */
    size_t need;       /* its bytes up to the end of the stage */
    struct err failed; /* why this stream was refused; code 0: not yet */
    uint64_t digest;
    uint64_t index, term, clock_ns;                  /* as the head says */
    uint64_t sessions_left, answers_left, keys_left; /* of those it announced */
    struct kv *kv;
    struct sessions *sessions;
    struct session session; /* the last one read; sid 0: none */
    uint64_t seq;           /* of its last answer; 0: none */
    bool any_key;
    struct buf key; /* the last one read */
    /* fields of the present record until its rest is there */
    struct session_answer answer;
    uint32_t key_len;
    struct kv_item item;
    struct machine *machine; /* complete */
};

struct kv_image_reader *kv_image_reader_new(void)
{
    struct kv_image_reader *r = mem_alloc(sizeof(*r));
    r->need = KV_IMAGE_HEAD_BYTES;
    buf_init(&r->record, RECORD_BYTES_MAX);
    r->kv = kv_new();
    r->sessions = sessions_new(NULL);
    return r;
}

void kv_image_reader_free(struct kv_image_reader *r)
{
    if (r == NULL)
        return;
    buf_free(&r->record);
    buf_free(&r->key);
    kv_free(r->kv);
    sessions_free(r->sessions);
    machine_free(r->machine);
    mem_free(r);
}

static int bad(struct kv_image_reader *r, const char *what)
{
    return err_set(&r->failed, -E_CORRUPT, "image: %s", what);
}

static void chain(struct kv_image_reader *r, const void *data, size_t len)
{
    if (len > 0)
        r->digest = checksum64_seeded(r->digest, data, len);
}

static void expect(struct kv_image_reader *r, enum stage stage, size_t need)
{
    ASSERT(need > r->record.len || stage == STAGE_REST || stage == STAGE_ENDED);
    r->stage = stage;
    r->need = need;
}

/* The present record is complete. */
static int next(struct kv_image_reader *r)
{
    buf_reset(&r->record);
    expect(r, STAGE_TAG, 1);
    return 0;
}

/* ---- records ---- */

static int read_head(struct kv_image_reader *r, struct bytes *c)
{
    if (memcmp(bytes_take(c, 6), "raftkv", 6) != 0)
        return bad(r, "it does not begin like one");
    unsigned version = bytes_u16(c);
    if (version != KV_IMAGE_VERSION)
        return err_set(&r->failed, -E_CORRUPT, "image: version %u is not %u", version,
                       KV_IMAGE_VERSION);
    r->index = bytes_u64(c);
    r->term = bytes_u64(c);
    r->clock_ns = bytes_u64(c);
    r->sessions_left = bytes_u64(c);
    r->answers_left = bytes_u64(c);
    r->keys_left = bytes_u64(c);
    if (r->index >> 63 != 0 || r->term >> 63 != 0 || (r->index == 0) != (r->term == 0))
        return bad(r, "its position is impossible");
    if (r->sessions_left > LIMIT_SESSIONS ||
        r->answers_left > r->sessions_left * LIMIT_SESSION_OPEN)
        return bad(r, "more sessions or answers than there may be");
    chain(r, r->record.data, r->record.len);
    return next(r);
}

static int read_session(struct kv_image_reader *r, struct bytes *c)
{
    struct session s = {.sid = bytes_u64(c)};
    s.ttl_ns = bytes_u64(c);
    s.last_used_ns = bytes_u64(c);
    s.first_open = bytes_u64(c);
    if (r->any_key || r->sessions_left == 0)
        return bad(r, "a session too many, or behind the keys");
    if (s.sid <= r->session.sid || s.sid > r->index)
        return bad(r, "a session id is out of order or beyond the image's index");
    if (s.ttl_ns < SESSION_TTL_NS_MIN || s.ttl_ns > SESSION_TTL_NS_MAX)
        return bad(r, "a session's time to live is out of bounds");
    if (s.last_used_ns > r->clock_ns || r->clock_ns - s.last_used_ns > s.ttl_ns)
        return bad(r, "a session was used after the image's clock, or has expired");
    if (s.first_open == 0 || s.first_open >= SESSION_NUMBER_END)
        return bad(r, "a session's first open number is out of bounds");
    r->sessions_left--;
    r->session = s;
    r->seq = 0;
    sessions_restore(r->sessions, &s);
    chain(r, r->record.data, r->record.len);
    return next(r);
}

static int read_answer(struct kv_image_reader *r, struct bytes *c)
{
    uint64_t seq = bytes_u64(c), index = bytes_u64(c);
    uint32_t len = bytes_u32(c);
    if (r->session.sid == 0 || r->any_key || r->answers_left == 0)
        return bad(r, "an answer too many, or without a session");
    if (seq <= r->seq || seq < r->session.first_open || seq >= SESSION_NUMBER_END ||
        seq - r->session.first_open >= LIMIT_SESSION_OPEN)
        return bad(r, "an answer's number is out of order or not open");
    if (index <= r->session.sid || index > r->index)
        return bad(r, "an answer from before its session or beyond the image's index");
    if (len > LIMIT_REPLY_BYTES ||
        sessions_answer_bytes(r->sessions) + len > LIMIT_SESSIONS_ANSWER_BYTES)
        return bad(r, "answers longer than there may be");
    r->answer = (struct session_answer){.seq = seq, .index = index};
    expect(r, STAGE_REST, KV_IMAGE_ANSWER_BYTES + len);
    return 0;
}

static int read_answer_rest(struct kv_image_reader *r)
{
    r->answer.bytes =
        span_of(r->record.data + KV_IMAGE_ANSWER_BYTES, r->record.len - KV_IMAGE_ANSWER_BYTES);
    r->answers_left--;
    r->seq = r->answer.seq;
    sessions_restore_answer(r->sessions, r->session.sid, &r->answer);
    chain(r, r->record.data, KV_IMAGE_ANSWER_BYTES);
    chain(r, r->answer.bytes.data, r->answer.bytes.len);
    return next(r);
}

static int read_key(struct kv_image_reader *r, char tag, struct bytes *c)
{
    uint32_t key_len = bytes_u32(c), value_len = bytes_u32(c);
    uint64_t rev = bytes_u64(c), expires_ns = bytes_u64(c);
    if (r->keys_left == 0)
        return bad(r, "a key too many");
    if (key_len > LIMIT_KEY_BYTES || value_len > LIMIT_VALUE_BYTES)
        return bad(r, "a key or a value longer than it may be");
    if (rev == 0 || rev > r->index)
        return bad(r, "a key's rev is beyond the image's index");
    r->key_len = key_len;
    r->item =
        (struct kv_item){.type = (enum kv_type)(strchr(KV_IMAGE_KEY_TAGS, tag) - KV_IMAGE_KEY_TAGS),
                         .rev = rev,
                         .expires_ns = expires_ns};
    expect(r, STAGE_REST, KV_IMAGE_KEY_BYTES + key_len + value_len);
    return 0;
}

static int read_key_rest(struct kv_image_reader *r)
{
    struct span key = span_of(r->record.data + KV_IMAGE_KEY_BYTES, r->key_len);
    struct span value = span_of(key.data + key.len, r->record.len - KV_IMAGE_KEY_BYTES - key.len);
    if (r->any_key && span_compare(key, span_of(r->key.data, r->key.len)) <= 0)
        return bad(r, "a key is out of order");
    if (r->item.type != KV_STRING && !elements_valid(value, r->item.type == KV_SET))
        return bad(r, "a list or a set is not packed as one");
    r->keys_left--;
    r->any_key = true;
    buf_reset(&r->key);
    buf_put(&r->key, key.data, key.len);
    r->item.key = key;
    r->item.value = value;
    kv_put_item(r->kv, &r->item);
    chain(r, r->record.data, KV_IMAGE_KEY_BYTES);
    chain(r, key.data, key.len);
    chain(r, value.data, value.len);
    return next(r);
}

static int read_end(struct kv_image_reader *r, struct bytes *c)
{
    uint64_t state = bytes_u64(c), stream = bytes_u64(c);
    if (r->sessions_left + r->answers_left + r->keys_left != 0)
        return bad(r, "sessions, answers or keys are missing");
    if (stream != r->digest)
        return bad(r, "its digest is not that of its bytes");
    r->machine = machine_restore(r->kv, r->sessions, r->index, r->term, r->clock_ns);
    r->kv = NULL;
    r->sessions = NULL;
    if (machine_digest(r->machine) != state)
        return bad(r, "its state is not the state it was written from");
    expect(r, STAGE_ENDED, 0);
    return 0;
}

/* ---- the stream ---- */

static int read_tag(struct kv_image_reader *r)
{
    switch (r->record.data[0]) {
    case 'S': expect(r, STAGE_FIXED, KV_IMAGE_SESSION_BYTES); return 0;
    case 'A': expect(r, STAGE_FIXED, KV_IMAGE_ANSWER_BYTES); return 0;
    case 'K':
    case 'L':
    case 'T': expect(r, STAGE_FIXED, KV_IMAGE_KEY_BYTES); return 0;
    case 'E': expect(r, STAGE_FIXED, KV_IMAGE_END_BYTES); return 0;
    default: return bad(r, "a record of no known kind");
    }
}

static int read_fixed(struct kv_image_reader *r)
{
    struct bytes c = bytes_of(r->record.data, r->record.len);
    char tag = (char)bytes_u8(&c);
    switch (tag) {
    case 'S': return read_session(r, &c);
    case 'A': return read_answer(r, &c);
    case 'E': return read_end(r, &c);
    default: return read_key(r, tag, &c);
    }
}

/* All bytes of the present stage are there. */
static int step(struct kv_image_reader *r)
{
    struct bytes c = bytes_of(r->record.data, r->record.len);
    switch (r->stage) {
    case STAGE_HEAD: return read_head(r, &c);
    case STAGE_TAG: return read_tag(r);
    case STAGE_FIXED: return read_fixed(r);
    case STAGE_REST: return r->record.data[0] == 'A' ? read_answer_rest(r) : read_key_rest(r);
    case STAGE_ENDED:
    case STAGE_TAKEN: break;
    }
    UNREACHABLE();
}

static int repeat_failure(const struct kv_image_reader *r, struct err *e)
{
    return err_set(e, r->failed.code, "%s", r->failed.text);
}

int kv_image_read(struct kv_image_reader *r, struct span piece, struct err *e)
{
    ASSERT(r->stage != STAGE_TAKEN);
    while (piece.len > 0 && r->failed.code == 0) {
        if (r->stage == STAGE_ENDED) {
            (void)bad(r, "bytes behind its end");
            break;
        }
        size_t missing = r->need - r->record.len;
        size_t len = piece.len < missing ? piece.len : missing;
        buf_put(&r->record, piece.data, len);
        piece = span_of(piece.data + len, piece.len - len);
        /* A rest may be empty: then its stage is over as it begins. */
        while (r->failed.code == 0 && r->stage != STAGE_ENDED && r->record.len == r->need)
            (void)step(r);
    }
    return r->failed.code == 0 ? 0 : repeat_failure(r, e);
}

int kv_image_finish(struct kv_image_reader *r, struct machine **ret_machine, struct err *e)
{
    if (r->failed.code == 0 && r->stage != STAGE_ENDED)
        (void)bad(r, "it is cut short");
    if (r->failed.code != 0)
        return repeat_failure(r, e);
    *ret_machine = r->machine;
    r->machine = NULL;
    r->stage = STAGE_TAKEN;
    return 0;
}

uint64_t kv_image_reader_digest(const struct kv_image_reader *r)
{
    ASSERT(r->stage == STAGE_TAKEN);
    return r->digest;
}
