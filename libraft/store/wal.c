/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changing the log: in memory at once, on disk batch by batch. */
#include "store/wal_private.h"

#include "base/limits.h"

/* A batch stops growing here unless its first entry alone is larger: beyond, latency grows with
 * size and nothing is gained. */
#define BATCH_BYTES_SOFT (4u << 20)

uint32_t wal_entry_bytes_max_of(uint64_t segment_bytes)
{
    /* One batch in an empty segment: header, perhaps a base and a truncation, the entry. */
    uint64_t room = segment_bytes - BATCH_HEADER_BYTES - 3 * RECORD_HEADER_BYTES;
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
    if (from <= wal->written.last.index && !wal->reset_pending)
        wal->cut_from = wal->cut_from == 0 ? from : lower(wal->cut_from, from);
}

void wal_compact(struct wal *wal, uint64_t index)
{
    if (index <= wal->log.base.index)
        return;
    ASSERT(index <= wal->durable && !wal->reset_pending);
    ASSERT(wal->cut_from == 0 || index < wal->cut_from);
    entries_compact(&wal->log, index);
    wal->base_pending = true;
}

void wal_reset_to(struct wal *wal, const struct wal_origin *origin)
{
    ASSERT(origin->at.index > wal->log.base.index && origin->at.term > 0);
    entries_reset(&wal->log, origin->at, origin->chain);
    wal->durable = 0;
    wal->flight_good = 0;
    wal->cut_from = 0;
    wal->base_pending = false;
    wal->reset_pending = true;
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
    if (wal->reset_pending)
        return wal->log.base.index + 1;
    return wal->cut_from != 0 ? wal->cut_from : wal->written.last.index + 1;
}

/* Records in front of the entries. */
static unsigned pending_changes(const struct wal *wal)
{
    return (wal->base_pending || wal->reset_pending ? 1u : 0u) + (wal->cut_from != 0 ? 1u : 0u);
}

bool wal_pending(const struct wal *wal)
{
    return pending_changes(wal) > 0 || entries_last(&wal->log) >= pending_from(wal);
}

/* What the next batch takes: `count` entries, and their bytes with header and changes. */
struct plan {
    uint64_t count;
    uint64_t bytes;
};

/* As much as fits in room; count 0 with pending entries = not even the first does. */
static struct plan plan_batch(const struct wal *wal, uint64_t room)
{
    struct plan p = {.bytes =
                         BATCH_HEADER_BYTES + (uint64_t)pending_changes(wal) * RECORD_HEADER_BYTES};
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
    bool only_changes = entries_last(&wal->log) < pending_from(wal);
    return p->bytes <= room && (p->count > 0 || only_changes);
}

static uint64_t room_in(const struct segment *s)
{
    return s->size_bytes - s->end;
}

bool wal_space_known(const struct wal *wal, uint64_t count, uint64_t bytes)
{
    bool none = wal->space_in_flight && wal->active + 1 == wal->segments_count;
    uint64_t need = BATCH_HEADER_BYTES + count * RECORD_HEADER_BYTES + bytes;
    return !none || (!wal_pending(wal) && need <= room_in(&wal->segments[wal->active]));
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

static size_t encode_record(struct wal *wal, size_t at, const struct record *r,
                            struct batch_header *h)
{
    h->records++;
    return at + record_encode(wal->batch.data + at, wal->batch.cap - at, r);
}

/* The records in front of the entries; returns where those begin. */
static size_t encode_changes(struct wal *wal, struct batch_header *h)
{
    size_t at = BATCH_HEADER_BYTES;
    if (wal->base_pending || wal->reset_pending) {
        struct record base = {.kind = wal->reset_pending ? RECORD_RESET : RECORD_BASE,
                              .entry = {.index = wal->log.base.index,
                                        .term = wal->log.base.term,
                                        .stamp = wal->log.base_chain}};
        at = encode_record(wal, at, &base, h);
    }
    if (wal->cut_from != 0) {
        struct record cut = {.kind = RECORD_TRUNCATE, .entry = {.index = wal->cut_from}};
        at = encode_record(wal, at, &cut, h);
    }
    return at;
}

/* Writes the records of the plan behind the header's place and notes where the entries lie. */
static void encode_records(struct wal *wal, const struct plan *p, struct batch_header *h)
{
    struct segment *s = &wal->segments[wal->active];
    size_t at = encode_changes(wal, h);
    uint64_t first = pending_from(wal);
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
        at = encode_record(wal, at, &r, h);
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
        .base = w->base,
        .before = w->last,
        .before_chain = w->chain,
        .hard_term = wal->hard_term,
        .hard_vote = wal->hard_vote,
    };
    blocks_reserve(&wal->batch, (size_t)p->bytes);
    encode_records(wal, p, &h);
    batch_seal(wal->batch.data, &h);

    wal_note_batch(wal, wal->active, w->last.index);
    if (wal->reset_pending)
        wal_note_reset(wal, wal->active);
    if (wal->cut_from != 0)
        wal_note_cut(wal, wal->active, wal->cut_from);
    uint64_t last = pending_from(wal) + p->count - 1;
    w->base = wal->log.base;
    w->last = (struct wal_position){.index = last, .term = entries_term(&wal->log, last)};
    w->chain = entries_chain(&wal->log, last);
    w->seq = h.seq;
    w->prev_checksum = h.checksum;
    wal->cut_from = 0;
    wal->base_pending = wal->reset_pending = false;
    return h;
}

/* Fills in the operation that writes the batch. */
static void start_batch(struct wal *wal, const struct batch_header *h)
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
}

/* What to write next and where: in this segment, or in the next one. If neither takes the first
 * entry, what stands in front of it may still fit: a raised base, which gives segments back. */
static bool choose_batch(struct wal *wal, struct plan *ret)
{
    uint64_t room = room_in(&wal->segments[wal->active]);
    *ret = plan_batch(wal, room);
    if (plan_is_useful(wal, ret, room))
        return true;
    if (!next_segment(wal))
        return pending_changes(wal) > 0 && ret->bytes <= room;
    room = room_in(&wal->segments[wal->active]);
    *ret = plan_batch(wal, room);
    ASSERT(plan_is_useful(wal, ret, room));
    return true;
}

struct vfs_op *wal_flush(struct wal *wal)
{
    struct plan p;
    if (wal->failed || wal->in_flight || !wal_pending(wal))
        return NULL;
    if (!choose_batch(wal, &p)) {
        wal_make_space(wal);
        return NULL;
    }
    struct batch_header h = encode_batch(wal, &p);
    start_batch(wal, &h);
    wal->vfs->submit(wal->vfs->arg, &wal->write_op);
    wal_make_space(wal);
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
    wal->durable_base = wal->written.base.index;
    wal_release(wal);
    entries_evict(&wal->log, wal->durable, wal->options.cache_bytes);
    return 0;
}

int wal_on_done(struct wal *wal, struct vfs_op *op, int status, struct err *e)
{
    ASSERT(op->owner == wal && status <= 0);
    if (op != &wal->write_op) {
        ASSERT(op == &wal->space_op);
        wal_on_space_done(wal, status);
        return 0;
    }
    int code = on_batch_done(wal, status, e);
    if (code == 0)
        wal_make_space(wal);
    return code;
}

int wal_reset_now(struct wal *wal, const struct wal_origin *origin, struct wal_recovered *ret,
                  struct err *e)
{
    struct plan p;
    ASSERT(!wal->in_flight && !wal_pending(wal));
    wal_reset_to(wal, origin);
    int code = room_in(&wal->segments[wal->active]) > 0 ? 0 : wal_make_space_now(wal, e);
    if (code < 0)
        return code;
    bool fits = choose_batch(wal, &p);
    ASSERT(fits);
    struct batch_header h = encode_batch(wal, &p);
    start_batch(wal, &h);
    code = on_batch_done(wal, vfs_run_op(wal->vfs, &wal->write_op), e);
    if (code == 0)
        wal_report(wal, ret);
    return code;
}
