/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking the log: plain questions, and entries from memory or from their file. */
#include "store/wal_private.h"

int wal_reserve_status(const struct wal *wal)
{
    return wal->reserve_error.code;
}

const char *wal_reserve_text(const struct wal *wal)
{
    return wal->reserve_error.text;
}

bool wal_in_flight(const struct wal *wal)
{
    return wal->in_flight;
}

bool wal_failed(const struct wal *wal)
{
    return wal->failed;
}

uint64_t wal_first(const struct wal *wal)
{
    return wal->log.base.index + 1;
}

struct wal_position wal_base(const struct wal *wal)
{
    return wal->log.base;
}

struct wal_position wal_last(const struct wal *wal)
{
    uint64_t last = entries_last(&wal->log);
    return (struct wal_position){.index = last, .term = entries_term(&wal->log, last)};
}

uint64_t wal_durable(const struct wal *wal)
{
    return wal->durable;
}

uint64_t wal_term_at(const struct wal *wal, uint64_t index)
{
    return entries_term(&wal->log, index);
}

uint64_t wal_chain_at(const struct wal *wal, uint64_t index)
{
    return entries_chain(&wal->log, index);
}

uint32_t wal_size_of(const struct wal *wal, uint64_t index)
{
    return entries_at(&wal->log, index)->len;
}

uint64_t wal_payload_bytes(const struct wal *wal)
{
    return wal->log.payload_bytes;
}

/* The segment of that number, open: the active one is, of the others one at a time. */
static int open_segment(struct wal *wal, uint64_t number, struct segment **ret, struct err *e)
{
    size_t i = (size_t)(number - wal->segments[0].number);
    ASSERT(number >= wal->segments[0].number && i <= wal->active);
    struct segment *s = &wal->segments[i];
    ASSERT(s->number == number);
    if (s->file == NULL) {
        if (wal->reading < wal->segments_count) {
            wal_close_segment(wal, wal->reading);
            wal->reading = wal->segments_count;
        }
        int code = segment_open(wal->vfs, wal->dir, number, 0, &s->file, e);
        if (code < 0)
            return code;
        wal->reading = i;
    }
    *ret = s;
    return 0;
}

static bool same_entry(const struct entry_slot *slot, uint64_t index, const struct record *r)
{
    return r->kind == RECORD_ENTRY && r->entry.index == index && r->entry.term == slot->term &&
           r->entry.len == slot->len && r->entry.kind == slot->kind;
}

static int read_from_file(struct wal *wal, uint64_t index, struct entry *ret, struct err *e)
{
    const struct entry_slot *slot = entries_at(&wal->log, index);
    struct segment *s;
    const uint8_t *data;
    size_t len = RECORD_HEADER_BYTES + (size_t)slot->len;
    int code = open_segment(wal, slot->segment, &s, e);
    if (code == 0)
        code = reader_view(&wal->reader, wal->vfs, s->file, s->number, s->synced, slot->offset, len,
                           &data, e);
    if (code < 0) {
        err_wrap(e, "log: read entry %llu", (unsigned long long)index);
        return code;
    }
    struct bytes c = bytes_of(data, len);
    struct record r;
    if (!record_decode(&c, &r) || !same_entry(slot, index, &r)) {
        char name[VFS_NAME_MAX];
        segment_name(name, s->number);
        return err_set(e, -E_CORRUPT,
                       "log: %s: entry %llu at offset %u was intact at start and is damaged now",
                       name, (unsigned long long)index, slot->offset);
    }
    *ret = r.entry;
    return 0;
}

int wal_read(struct wal *wal, uint64_t index, struct entry *ret, struct err *e)
{
    const struct entry_slot *slot = entries_at(&wal->log, index);
    if (slot->payload == NULL && slot->len > 0)
        return read_from_file(wal, index, ret, e);
    *ret = (struct entry){.index = index,
                          .term = slot->term,
                          .stamp = slot->stamp,
                          .kind = slot->kind,
                          .len = slot->len,
                          .payload = slot->payload};
    return 0;
}
