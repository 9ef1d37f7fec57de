/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing: a record is its fixed fields in a small buffer and what the frozen machine lends. */
#include "kv/kv_image.h"

#include "base/checksum.h"
#include "base/mem.h"

enum next { NEXT_HEAD, NEXT_SESSION, NEXT_ANSWER, NEXT_KEY, NEXT_END, NEXT_NOTHING };

struct kv_image_writer {
    struct machine *machine; /* frozen, owned: what is lent stays valid */
    enum next next;
    uint64_t sid; /* of the session written last */
    uint64_t seq; /* of the answer written last, 0 before the first of a session */
    struct span key;
    bool any_key;
    uint64_t digest;
    struct buf fixed;
    struct span parts[3]; /* of the present record: what is left of it */
};

uint64_t kv_image_bytes(const struct machine *m)
{
    const struct sessions *s = machine_sessions(m);
    const struct kv *kv = machine_kv(m);
    return KV_IMAGE_HEAD_BYTES + sessions_count(s) * KV_IMAGE_SESSION_BYTES +
           sessions_answers(s) * KV_IMAGE_ANSWER_BYTES + sessions_answer_bytes(s) +
           kv_count(kv) * KV_IMAGE_KEY_BYTES + kv_data_bytes(kv) + KV_IMAGE_END_BYTES;
}

struct kv_image_writer *kv_image_writer_new(struct machine *frozen)
{
    struct kv_image_writer *w = mem_alloc(sizeof(*w));
    w->machine = frozen;
    return w;
}

void kv_image_writer_free(struct kv_image_writer *w)
{
    if (w == NULL)
        return;
    machine_free(w->machine);
    buf_free(&w->fixed);
    mem_free(w);
}

/* ---- records ---- */

static void put_head(struct kv_image_writer *w)
{
    const struct sessions *s = machine_sessions(w->machine);
    buf_puts(&w->fixed, "raftkv");
    buf_put_u16(&w->fixed, KV_IMAGE_VERSION);
    buf_put_u64(&w->fixed, machine_index(w->machine));
    buf_put_u64(&w->fixed, machine_term(w->machine));
    buf_put_u64(&w->fixed, machine_clock_ns(w->machine));
    buf_put_u64(&w->fixed, sessions_count(s));
    buf_put_u64(&w->fixed, sessions_answers(s));
    buf_put_u64(&w->fixed, kv_count(machine_kv(w->machine)));
    w->next = NEXT_SESSION;
}

static bool put_session(struct kv_image_writer *w)
{
    struct session session;
    if (!sessions_at_or_after(machine_sessions(w->machine), w->sid + 1, &session)) {
        w->next = NEXT_KEY;
        return false;
    }
    buf_put_u8(&w->fixed, 'S');
    buf_put_u64(&w->fixed, session.sid);
    buf_put_u64(&w->fixed, session.ttl_ns);
    buf_put_u64(&w->fixed, session.last_used_ns);
    buf_put_u64(&w->fixed, session.first_open);
    w->sid = session.sid;
    w->seq = 0;
    w->next = NEXT_ANSWER;
    return true;
}

static bool put_answer(struct kv_image_writer *w)
{
    struct session_answer answer;
    const struct sessions *s = machine_sessions(w->machine);
    if (!sessions_answer_at_or_after(s, w->sid, w->seq + 1, &answer)) {
        w->next = NEXT_SESSION;
        return false;
    }
    buf_put_u8(&w->fixed, 'A');
    buf_put_u64(&w->fixed, answer.seq);
    buf_put_u64(&w->fixed, answer.index);
    buf_put_u32(&w->fixed, (uint32_t)answer.bytes.len);
    w->parts[1] = answer.bytes;
    w->seq = answer.seq;
    return true;
}

static bool put_key(struct kv_image_writer *w)
{
    struct kv_item item;
    const struct kv *kv = machine_kv(w->machine);
    bool more = w->any_key ? kv_after(kv, w->key, &item) : kv_at_or_after(kv, w->key, &item);
    if (!more) {
        w->next = NEXT_END;
        return false;
    }
    buf_putc(&w->fixed, KV_IMAGE_KEY_TAGS[item.type]);
    buf_put_u32(&w->fixed, (uint32_t)item.key.len);
    buf_put_u32(&w->fixed, (uint32_t)item.value.len);
    buf_put_u64(&w->fixed, item.rev);
    buf_put_u64(&w->fixed, item.expires_ns);
    w->parts[1] = item.key;
    w->parts[2] = item.value;
    w->key = item.key;
    w->any_key = true;
    return true;
}

static void put_end(struct kv_image_writer *w)
{
    buf_put_u8(&w->fixed, 'E');
    buf_put_u64(&w->fixed, machine_digest(w->machine));
    buf_put_u64(&w->fixed, w->digest);
    w->next = NEXT_NOTHING;
}

/* One step of the walk; false if it gave no record. */
static bool put_record(struct kv_image_writer *w)
{
    switch (w->next) {
    case NEXT_HEAD: put_head(w); return true;
    case NEXT_SESSION: return put_session(w);
    case NEXT_ANSWER: return put_answer(w);
    case NEXT_KEY: return put_key(w);
    case NEXT_END: put_end(w); return true;
    case NEXT_NOTHING: break;
    }
    return false;
}

/* Makes the next record the present one; false at the end. */
static bool next_record(struct kv_image_writer *w)
{
    buf_reset(&w->fixed);
    while (w->next != NEXT_NOTHING) {
        bool end = w->next == NEXT_END;
        if (!put_record(w))
            continue;
        w->parts[0] = span_of(w->fixed.data, w->fixed.len);
        for (size_t i = 0; !end && i < ARRAY_LEN(w->parts); i++) {
            if (w->parts[i].len > 0)
                w->digest = checksum64_seeded(w->digest, w->parts[i].data, w->parts[i].len);
        }
        return true;
    }
    return false;
}

/* ---- the stream ---- */

/* The part to go on with; NULL when the present record is complete. */
static struct span *open_part(struct kv_image_writer *w)
{
    for (size_t i = 0; i < ARRAY_LEN(w->parts); i++) {
        if (w->parts[i].len > 0)
            return &w->parts[i];
    }
    return NULL;
}

size_t kv_image_write(struct kv_image_writer *w, struct buf *out, size_t bytes_max)
{
    size_t done = 0;
    ASSERT(bytes_max > 0);
    while (done < bytes_max) {
        struct span *part = open_part(w);
        if (part == NULL) {
            if (!next_record(w))
                break;
            continue;
        }
        size_t len = part->len < bytes_max - done ? part->len : bytes_max - done;
        buf_put(out, part->data, len);
        *part = span_of(part->data + len, part->len - len);
        done += len;
    }
    ASSERT(!out->overflow);
    return done;
}

bool kv_image_written(const struct kv_image_writer *w)
{
    bool open = false;
    for (size_t i = 0; i < ARRAY_LEN(w->parts); i++)
        open = open || w->parts[i].len > 0;
    return w->next == NEXT_NOTHING && !open;
}

uint64_t kv_image_writer_digest(const struct kv_image_writer *w)
{
    ASSERT(kv_image_written(w));
    return w->digest;
}

const struct machine *kv_image_writer_machine(const struct kv_image_writer *w)
{
    return w->machine;
}
