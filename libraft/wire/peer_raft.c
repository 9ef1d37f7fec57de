/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raft messages: one list of fields each (peer_schema.h), and the entries of an append. */
#include "base/mem.h"
#include "wire/entry.h"
#include "wire/peer.h"
#include "wire/peer_schema.h"

bool peer_type_is_raft(uint8_t type)
{
    return type > RAFT_MESSAGE_NONE && type < RAFT_MESSAGE_TYPES;
}

/* ---- writing, one function a form ---- */

static void put_number(struct buf *out, uint64_t v)
{
    buf_put_u64(out, v);
}

static void put_word(struct buf *out, uint64_t v)
{
    buf_put_u64(out, v);
}

static void put_pos(struct buf *out, struct raft_pos v)
{
    buf_put_u64(out, v.term);
    buf_put_u64(out, v.index);
}

static void put_flag(struct buf *out, uint32_t v)
{
    buf_put_u8(out, (uint8_t)v);
}

static void put_refusal(struct buf *out, uint32_t v)
{
    buf_put_u8(out, (uint8_t)v);
}

static void put_status(struct buf *out, uint32_t v)
{
    buf_put_u8(out, (uint8_t)v);
}

static void put_chunk(struct buf *out, uint32_t v)
{
    buf_put_u8(out, (uint8_t)v);
}

static void put_size(struct buf *out, uint32_t v)
{
    buf_put_u32(out, v);
}

static void put_image(struct buf *out, struct raft_image v)
{
    put_pos(out, v.pos);
    buf_put_u64(out, v.bytes);
    buf_put_u64(out, v.digest);
}

static void put_count(struct buf *out, uint32_t v)
{
    buf_put_u32(out, v);
}

static void put_fields(struct buf *out, const struct raft_message *m)
{
    switch ((enum raft_message_type)m->type) {
#define PUT(form, field) put_##form(out, m->field);
#define X(name, text) \
    case RAFT_##name: FIELDS_##name(PUT) break;
        RAFT_MESSAGES(X)
#undef X
#undef PUT
    case RAFT_MESSAGE_NONE:
    case RAFT_MESSAGE_TYPES: UNREACHABLE();
    }
}

/* ---- reading ---- */

static uint64_t get_number(struct bytes *c)
{
    return bytes_u64(c);
}

static uint64_t get_word(struct bytes *c)
{
    return bytes_u64(c);
}

static struct raft_pos get_pos(struct bytes *c)
{
    struct raft_pos v;
    v.term = bytes_u64(c);
    v.index = bytes_u64(c);
    return v;
}

static uint32_t get_flag(struct bytes *c)
{
    return bytes_u8(c);
}

static uint32_t get_refusal(struct bytes *c)
{
    return bytes_u8(c);
}

static uint32_t get_status(struct bytes *c)
{
    return bytes_u8(c);
}

static uint32_t get_chunk(struct bytes *c)
{
    return bytes_u8(c);
}

static uint32_t get_size(struct bytes *c)
{
    return bytes_u32(c);
}

static struct raft_image get_image(struct bytes *c)
{
    struct raft_image v = {.pos = get_pos(c)};
    v.bytes = bytes_u64(c);
    v.digest = bytes_u64(c);
    return v;
}

static uint32_t get_count(struct bytes *c)
{
    return bytes_u32(c);
}

static void get_fields(struct bytes *c, struct raft_message *m)
{
    switch ((enum raft_message_type)m->type) {
#define GET(form, field) m->field = get_##form(c);
#define X(name, text) \
    case RAFT_##name: FIELDS_##name(GET) break;
        RAFT_MESSAGES(X)
#undef X
#undef GET
    case RAFT_MESSAGE_NONE:
    case RAFT_MESSAGE_TYPES: UNREACHABLE();
    }
}

/* ---- checking ---- */

static const char *bad_number(const struct raft_message *m, uint64_t v)
{
    (void)m;
    return v > INT64_MAX ? "a number of 2^63 or above" : NULL;
}

static const char *bad_word(const struct raft_message *m, uint64_t v)
{
    (void)m, (void)v;
    return NULL;
}

static const char *bad_pos(const struct raft_message *m, struct raft_pos v)
{
    if (v.term > INT64_MAX || v.index > INT64_MAX)
        return "a number of 2^63 or above";
    if ((v.term == 0) != (v.index == 0))
        return "a position with only one of term and index";
    return v.term > m->term ? "a position of a later term than its sender's" : NULL;
}

static const char *bad_flag(const struct raft_message *m, uint32_t v)
{
    (void)m;
    return v > 1 ? "a flag that is neither 0 nor 1" : NULL;
}

static const char *bad_refusal(const struct raft_message *m, uint32_t v)
{
    (void)m;
    return v > RAFT_REFUSED_DAMAGED ? "an unknown reason of refusal" : NULL;
}

static const char *bad_status(const struct raft_message *m, uint32_t v)
{
    (void)m;
    return v > RAFT_APPEND_BUSY ? "an unknown status" : NULL;
}

static const char *bad_chunk(const struct raft_message *m, uint32_t v)
{
    (void)m;
    return v > RAFT_CHUNK_FAILED ? "an unknown status of an image" : NULL;
}

static const char *bad_size(const struct raft_message *m, uint32_t v)
{
    if (v > LIMIT_CHUNK_BYTES)
        return "more bytes of an image than one message may carry";
    return m->offset > m->image.bytes || v > m->image.bytes - m->offset
               ? "bytes beyond the end of their image"
               : NULL;
}

static const char *bad_image(const struct raft_message *m, struct raft_image v)
{
    if (v.bytes > INT64_MAX)
        return "a number of 2^63 or above";
    if (v.pos.index == 0 || v.bytes == 0)
        return "an image of nothing";
    return bad_pos(m, v.pos);
}

static const char *bad_count(const struct raft_message *m, uint32_t v)
{
    (void)m, (void)v;
    return NULL;
}

static const char *bad_fields(const struct raft_message *m)
{
    const char *problem = NULL;
    switch ((enum raft_message_type)m->type) {
#define CHECK(form, field) \
    if (problem == NULL)   \
        problem = bad_##form(m, m->field);
#define X(name, text) \
    case RAFT_##name: FIELDS_##name(CHECK) break;
        RAFT_MESSAGES(X)
#undef X
#undef CHECK
    case RAFT_MESSAGE_NONE:
    case RAFT_MESSAGE_TYPES: return "an unknown type";
    }
    return problem;
}

const char *peer_raft_problem(const struct raft_message *m, const struct entry *entries)
{
    if (m->type >= RAFT_MESSAGE_TYPES)
        return "an unknown type";
    if (m->from == 0 || m->to == 0)
        return "no sender or no receiver";
    const char *problem = bad_fields(m);
    if (problem != NULL)
        return problem;
    if (m->entries_count > 0 && m->type != RAFT_APPEND)
        return "entries outside an append";
    return wire_entries_problem(entries, m->entries_count, m->prev.term, m->prev.index, m->term);
}

/* ---- frames ---- */

static int encode(struct buf *out, const struct peer_link *link, const struct raft_message *m,
                  const struct entry *entries, struct span data, struct err *e)
{
    ASSERT(peer_raft_problem(m, entries) == NULL);
    struct frame_header header = {.type = (uint8_t)m->type,
                                  .group = link->group,
                                  .cluster_id = link->cluster_id,
                                  .generation = link->generation,
                                  .from = m->from,
                                  .to = m->to};
    size_t begin = frame_begin(out);
    put_fields(out, m);
    for (uint32_t i = 0; i < m->entries_count; i++)
        wire_entry_put(out, &entries[i]);
    buf_put(out, data.data, data.len);
    return frame_end(out, begin, &header, e);
}

int peer_raft_encode(struct buf *out, const struct peer_link *link, const struct raft_message *m,
                     const struct entry *entries, struct err *e)
{
    ASSERT(m->type != RAFT_INSTALL_SNAPSHOT || m->size == 0);
    return encode(out, link, m, entries, span_of(NULL, 0), e);
}

int peer_chunk_encode(struct buf *out, const struct peer_link *link, const struct raft_message *m,
                      struct span data, struct err *e)
{
    ASSERT(m->type == RAFT_INSTALL_SNAPSHOT && m->size == data.len);
    return encode(out, link, m, NULL, data, e);
}

/* Room is taken for what the bytes at hand can hold, never for what they claim. */
static bool get_entries(struct bytes *c, uint32_t count, struct peer_raft *p)
{
    if (count > bytes_left(c) / WIRE_ENTRY_HEAD_BYTES)
        return false;
    if (count > p->entries_cap) {
        p->entries = mem_grow(p->entries, count, sizeof(*p->entries));
        p->entries_cap = count;
    }
    for (uint32_t i = 0; i < count; i++)
        p->entries[i] = wire_entry_get(c);
    return !c->bad;
}

int peer_raft_decode(const struct frame *frame, struct peer_raft *ret, struct err *e)
{
    ASSERT(peer_type_is_raft(frame->header.type));
    struct bytes c = bytes_of(frame->payload.data, frame->payload.len);
    struct raft_message m = {
        .type = frame->header.type, .from = frame->header.from, .to = frame->header.to};
    get_fields(&c, &m);
    bool whole = get_entries(&c, m.entries_count, ret);
    struct span data = span_of(whole ? bytes_take(&c, m.size) : NULL, m.size);
    if (!whole || !bytes_ended(&c))
        return err_set(e, -E_CORRUPT, "peer: %s: %zu bytes do not fit its fields",
                       peer_type_name(frame->header.type), frame->payload.len);
    const char *problem = peer_raft_problem(&m, ret->entries);
    if (problem != NULL)
        return err_set(e, -E_CORRUPT, "peer: %s: %s", peer_type_name(frame->header.type), problem);
    ret->message = m;
    ret->data = data;
    return 0;
}

void peer_raft_free(struct peer_raft *p)
{
    mem_free(p->entries);
    *p = (struct peer_raft){0};
}
