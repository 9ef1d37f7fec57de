/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changing the log: in memory at once, on disk batch by batch. */
#include "store/wal_private.h"

#include "base/limits.h"
#include "base/mem.h"

/* A batch stops growing here unless its first entry alone is larger: beyond, latency grows with
 * size and nothing is gained. */
#define BATCH_BYTES_SOFT (4u << 20)

uint32_t wal_entry_bytes_max_of(uint64_t segment_bytes)
{
    /* One batch in an empty segment: header, perhaps a truncation, the entry. */
    uint64_t room = segment_bytes - BATCH_HEADER_BYTES - 2 * RECORD_HEADER_BYTES;
    return room < LIMIT_ENTRY_BYTES ? (uint32_t)room : LIMIT_ENTRY_BYTES;
}

uint32_t wal_entry_bytes_max(const struct wal *wal)
{
    return wal_entry_bytes_max_of(wal->options.segment_bytes);
}

void wal_append(struct wal *wal, const struct entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ASSERT(entries[i].len <= wal_entry_bytes_max(wal));
        ASSERT(entry_kind_valid((uint32_t)entries[i].kind));
        entries_append(&wal->log, &entries[i]);
    }
}

static uint64_t lower(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void wal_truncate(struct wal *wal, uint64_t from)
{
    ASSERT(from > wal->log.base.index && from <= entries_last(&wal->log) + 1);
    entries_cut(&wal->log, from);
    wal->durable = lower(wal->durable, from - 1);
    wal->flight_good = lower(wal->flight_good, from - 1);
    if (from <= wal->written.last.index)
        wal->cut_from = wal->cut_from == 0 ? from : lower(wal->cut_from, from);
}

void wal_set_hard_state(struct wal *wal, uint64_t term, uint64_t vote)
{
    ASSERT(term >= wal->hard_term);
    ASSERT(term > wal->hard_term || wal->hard_vote == 0 || vote == wal->hard_vote);
    wal->hard_term = term;
    wal->hard_vote = vote;
}

/* The first entry that no batch holds yet. */
static uint64_t pending_from(const struct wal *wal)
{
    return wal->cut_from != 0 ? wal->cut_from : wal->written.last.index + 1;
}

bool wal_pending(const struct wal *wal)
{
    return wal->cut_from != 0 || entries_last(&wal->log) >= pending_from(wal);
}

/* What the next batch takes: `count` entries, and their bytes with header and truncation. */
struct plan {
    uint64_t count;
    uint64_t bytes;
};

/* As much as fits in room; count 0 with pending entries = not even the first does. */
static struct plan plan_batch(const struct wal *wal, uint64_t room)
{
    struct plan p = {.bytes = BATCH_HEADER_BYTES};
    if (wal->cut_from != 0)
        p.bytes += RECORD_HEADER_BYTES;
    uint64_t last = entries_last(&wal->log);
    for (uint64_t index = pending_from(wal); index <= last; index++) {
        uint64_t more = RECORD_HEADER_BYTES + (uint64_t)entries_at(&wal->log, index)->len;
        uint64_t bytes = p.bytes + more;
        if (bytes > room || (bytes > BATCH_BYTES_SOFT && p.count > 0))
            break;
        p.bytes = bytes;
        p.count++;
    }
    return p;
}

static bool plan_is_useful(const struct wal *wal, const struct plan *p, uint64_t room)
{
    bool only_cut = entries_last(&wal->log) < pending_from(wal);
    return p->bytes <= room && (p->count > 0 || only_cut);
}

static uint64_t room_in(const struct segment *s)
{
    return s->size_bytes - s->end;
}

/* Goes on to the next segment; false when none is free. */
static bool next_segment(struct wal *wal)
{
    if (wal->active + 1 >= wal->segments_count)
        return false;
    wal_close_segment(wal, wal->active);
    wal->active++;
    return true;
}

/* Writes the records of the plan behind the header's place and notes where the entries lie. */
static void encode_records(struct wal *wal, const struct plan *p, struct batch_header *h)
{
    struct segment *s = &wal->segments[wal->active];
    size_t at = BATCH_HEADER_BYTES;
    uint64_t first = pending_from(wal);
    if (wal->cut_from != 0) {
        struct record cut = {.kind = RECORD_TRUNCATE, .entry = {.index = wal->cut_from}};
        at += record_encode(wal->batch.data + at, wal->batch.cap - at, &cut);
        h->records++;
    }
    for (uint64_t index = first; index < first + p->count; index++) {
        struct entry_slot *slot = entries_at(&wal->log, index);
        struct record r = {.kind = RECORD_ENTRY,
                           .entry = {.index = index,
                                     .term = slot->term,
                                     .stamp = slot->stamp,
                                     .kind = slot->kind,
                                     .len = slot->len,
                                     .payload = slot->payload}};
        slot->segment = (uint32_t)s->number;
        slot->offset = (uint32_t)(s->end + at);
        at += record_encode(wal->batch.data + at, wal->batch.cap - at, &r);
        h->records++;
    }
    ASSERT(at == p->bytes);
    h->body_bytes = (uint32_t)(at - BATCH_HEADER_BYTES);
}

/* The bytes of the next batch in wal->batch; moves `written` behind it. */
static struct batch_header encode_batch(struct wal *wal, const struct plan *p)
{
    const struct segment *s = &wal->segments[wal->active];
    struct wal_written *w = &wal->written;
    struct batch_header h = {
        .log_id = wal->options.log_id,
        .segment = s->number,
        .segment_bytes = s->size_bytes,
        .offset = s->end,
        .seq = w->seq + 1,
        .prev_checksum = w->prev_checksum,
        .base = wal->log.base,
        .before = w->last,
        .before_chain = w->chain,
        .hard_term = wal->hard_term,
        .hard_vote = wal->hard_vote,
    };
    blocks_reserve(&wal->batch, (size_t)p->bytes);
    encode_records(wal, p, &h);
    batch_seal(wal->batch.data, &h);

    uint64_t last = pending_from(wal) + p->count - 1;
    w->last = (struct wal_position){.index = last, .term = entries_term(&wal->log, last)};
    w->chain = entries_chain(&wal->log, last);
    w->seq = h.seq;
    w->prev_checksum = h.checksum;
    wal->cut_from = 0;
    return h;
}

static void submit_batch(struct wal *wal, const struct batch_header *h)
{
    struct segment *s = &wal->segments[wal->active];
    size_t bytes = (size_t)batch_bytes(h);
    wal->write_op.kind = VFS_OP_WRITE;
    wal->write_op.owner = wal;
    wal->write_op.error = (struct err){0};
    wal->write_op.writes_count = 1;
    wal->write_op.writes[0] = (struct vfs_write){
        .file = s->file, .offset = s->end, .data = wal->batch.data, .len = bytes};
    s->end += bytes;
    ASSERT(s->end <= s->size_bytes);
    wal->flight_good = wal->written.last.index;
    wal->in_flight = true;
    wal->vfs->submit(wal->vfs->arg, &wal->write_op);
}

/* Starts preparing a segment if one is wanted. */
static bool prepare_segment(struct wal *wal)
{
    size_t ready = wal->segments_count - wal->active - 1;
    if (wal->preparing || wal->failed || ready >= WAL_FREE_SEGMENTS)
        return false;
    uint64_t number = wal->segments[wal->segments_count - 1].number + 1;
    ASSERT(number <= SEGMENT_NUMBER_MAX);
    segment_prepare(&wal->prepare_op, wal->dir, number, wal->options.segment_bytes);
    wal->prepare_op.owner = wal;
    wal->prepare_op.error = (struct err){0};
    wal->preparing = true;
    wal->vfs->submit(wal->vfs->arg, &wal->prepare_op);
    return true;
}

/* As long as attempts succeed; after a failure the owner decides when to try again. */
static void reserve_unasked(struct wal *wal)
{
    if (wal->reserve_error.code == 0)
        (void)prepare_segment(wal);
}

struct vfs_op *wal_flush(struct wal *wal)
{
    if (wal->failed || wal->in_flight || !wal_pending(wal))
        return NULL;
    uint64_t room = room_in(&wal->segments[wal->active]);
    struct plan p = plan_batch(wal, room);
    if (!plan_is_useful(wal, &p, room)) {
        if (!next_segment(wal)) {
            reserve_unasked(wal);
            return NULL;
        }
        room = room_in(&wal->segments[wal->active]);
        p = plan_batch(wal, room);
        ASSERT(plan_is_useful(wal, &p, room));
    }
    struct batch_header h = encode_batch(wal, &p);
    submit_batch(wal, &h);
    reserve_unasked(wal);
    return &wal->write_op;
}

static int on_batch_done(struct wal *wal, int status, struct err *e)
{
    ASSERT(wal->in_flight);
    wal->in_flight = false;
    if (status < 0) {
        wal->failed = true;
        return err_set(e, status, "log: write batch %llu: %s", (unsigned long long)wal->written.seq,
                       wal->write_op.error.text[0] != '\0' ? wal->write_op.error.text
                                                           : err_name(status));
    }
    struct segment *s = &wal->segments[wal->active];
    s->synced = s->end;
    ASSERT(wal->flight_good >= wal->durable);
    wal->durable = wal->flight_good;
    entries_evict(&wal->log, wal->durable, wal->options.cache_bytes);
    return 0;
}

static void on_prepared(struct wal *wal, int status)
{
    struct vfs_prepare *p = &wal->prepare_op.prepare;
    ASSERT(wal->preparing);
    wal->preparing = false;
    if (status < 0) {
        const char *text = wal->prepare_op.error.text;
        err_set(&wal->reserve_error, status, "log: reserve a segment of %llu bytes: %s",
                (unsigned long long)p->size_bytes, text[0] != '\0' ? text : err_name(status));
        return;
    }
    struct segment s = {.number = wal->segments[wal->segments_count - 1].number + 1,
                        .size_bytes = p->size_bytes,
                        .file = p->ret_file};
    ASSERT(s.file != NULL);
    p->ret_file = NULL;
    wal_add_segment(wal, &s);
    if (wal->segments_count - wal->active - 1 >= WAL_FREE_SEGMENTS)
        wal->reserve_error = (struct err){0};
    (void)prepare_segment(wal); /* there was space for this one: ask for the rest */
}

int wal_on_done(struct wal *wal, struct vfs_op *op, int status, struct err *e)
{
    ASSERT(op->owner == wal && status <= 0);
    if (op == &wal->write_op)
        return on_batch_done(wal, status, e);
    ASSERT(op == &wal->prepare_op);
    on_prepared(wal, status);
    return 0;
}

void wal_add_segment(struct wal *wal, const struct segment *s)
{
    size_t n = wal->segments_count;
    if (n == 0 || (n & (n - 1)) == 0)
        wal->segments = mem_grow(wal->segments, n == 0 ? 1 : 2 * n, sizeof *wal->segments);
    if (wal->reading == n)
        wal->reading = n + 1; /* still none */
    wal->segments[n] = *s;
    wal->segments_count = n + 1;
}

void wal_close_segment(struct wal *wal, size_t i)
{
    struct segment *s = &wal->segments[i];
    if (s->file != NULL)
        wal->vfs->close(wal->vfs->arg, s->file);
    s->file = NULL;
}

bool wal_reserve(struct wal *wal)
{
    return prepare_segment(wal);
}
