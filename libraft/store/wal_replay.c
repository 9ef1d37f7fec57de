/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading at start, the records: what each batch makes of the log before it. */
#include "store/wal_private.h"

void wal_replay_anchor(struct wal *wal, struct replay *r, const struct batch_header *h)
{
    entries_reset(&wal->log, h->before, h->before_chain);
    wal->written = (struct wal_written){.base = h->base,
                                        .last = h->before,
                                        .chain = h->before_chain,
                                        .seq = h->seq - 1,
                                        .prev_checksum = h->prev_checksum};
    r->anchored = true;
}

static bool same_position(struct wal_position a, struct wal_position b)
{
    return a.index == b.index && a.term == b.term;
}

/* NULL, or why an intact batch cannot follow what was read so far. */
static const char *misfit(const struct wal *wal, const struct replay *r,
                          const struct batch_header *h)
{
    const struct wal_written *w = &wal->written;
    if (h->prev_checksum != w->prev_checksum)
        return "the batch follows another one than the batch before it";
    if (!r->blind && (!same_position(h->before, w->last) || h->before_chain != w->chain))
        return "the batch continues another log than the one before it";
    if (!same_position(h->base, w->base) || h->base.index > h->before.index)
        return "the batch stands on another base than the one before it";
    if (h->hard_term < wal->hard_term)
        return "the term falls";
    if (h->hard_term == wal->hard_term && wal->hard_vote != 0 && h->hard_vote != wal->hard_vote)
        return "the vote changes within a term";
    return NULL;
}

static const char *truncate_log(struct wal *wal, struct replay *r, size_t i, uint64_t from)
{
    if (from <= wal->written.base.index || (!r->blind && from > entries_last(&wal->log)))
        return "a truncation outside the log";
    wal_note_cut(wal, i, from);
    if (from > wal->log.base.index)
        entries_cut(&wal->log, from);
    else if (wal->segments[0].number == 1)
        return "a truncation outside the log"; /* nothing was dropped: all is known */
    else
        r->blind = true;
    return NULL;
}

static const char *raise_base(struct wal *wal, const struct replay *r, const struct entry *e)
{
    struct entries *log = &wal->log;
    struct wal_position base = {.index = e->index, .term = e->term};
    if (base.index <= wal->written.base.index)
        return "a base that does not rise";
    wal->written.base = base;
    if (r->blind || base.index < log->base.index)
        return NULL; /* below what is known */
    if (base.index > entries_last(log) || entries_term(log, base.index) != base.term ||
        entries_chain(log, base.index) != e->stamp)
        return "a base that is not in the log";
    entries_compact(log, base.index);
    return NULL;
}

static const char *reset_log(struct wal *wal, struct replay *r, size_t i, const struct entry *e)
{
    struct wal_position base = {.index = e->index, .term = e->term};
    if (base.index <= wal->written.base.index || base.term == 0)
        return "a base that does not rise";
    entries_reset(&wal->log, base, e->stamp);
    wal->written.base = base;
    wal_note_reset(wal, i);
    r->blind = false;
    return NULL;
}

static const char *append(struct wal *wal, const struct replay *r, const struct entry *e)
{
    if (r->blind)
        return NULL; /* where it belongs the next header says */
    uint64_t last = entries_last(&wal->log);
    if (e->index != last + 1)
        return "an entry's index does not follow";
    if (e->term == 0 || e->term < entries_term(&wal->log, last))
        return "an entry's term falls";
    entries_append(&wal->log, e);
    return NULL;
}

static const char *apply_record(struct wal *wal, struct replay *r, size_t i, const struct record *c)
{
    switch (c->kind) {
    case RECORD_ENTRY: return append(wal, r, &c->entry);
    case RECORD_TRUNCATE: return truncate_log(wal, r, i, c->entry.index);
    case RECORD_BASE: return raise_base(wal, r, &c->entry);
    case RECORD_RESET: return reset_log(wal, r, i, &c->entry);
    }
    UNREACHABLE();
}

static const char *apply_records(struct wal *wal, struct replay *r, size_t i,
                                 const struct batch_header *h, const uint8_t *data)
{
    struct bytes c = batch_records(data, h);
    for (uint32_t n = 0; n < h->records; n++) {
        uint64_t at = h->offset + BATCH_HEADER_BYTES + c.at;
        struct record record;
        if (!record_decode(&c, &record))
            return "a record is invalid inside an intact batch";
        const char *wrong = apply_record(wal, r, i, &record);
        if (wrong != NULL)
            return wrong;
        if (record.kind == RECORD_ENTRY && !r->blind) {
            struct entry_slot *slot = entries_at(&wal->log, record.entry.index);
            slot->segment = (uint32_t)wal->segments[i].number;
            slot->offset = (uint32_t)at;
        }
    }
    return bytes_ended(&c) ? NULL : "bytes behind the last record";
}

const char *wal_replay(struct wal *wal, struct replay *r, size_t i, const struct batch_header *h,
                       const uint8_t *data)
{
    const char *wrong = misfit(wal, r, h);
    if (wrong != NULL)
        return wrong;
    if (r->blind)
        entries_reset(&wal->log, h->before, h->before_chain);
    r->blind = false;
    wal_note_batch(wal, i, h->before.index);
    wrong = apply_records(wal, r, i, h, data);
    if (wrong != NULL)
        return wrong;
    uint64_t last = entries_last(&wal->log);
    wal->written.last = (struct wal_position){.index = last, .term = entries_term(&wal->log, last)};
    wal->written.chain = entries_chain(&wal->log, last);
    wal->written.seq = h->seq;
    wal->written.prev_checksum = h->checksum;
    wal->hard_term = h->hard_term;
    wal->hard_vote = h->hard_vote;
    entries_evict(&wal->log, last, wal->options.cache_bytes);
    return NULL;
}

const char *wal_replay_ended(const struct wal *wal, const struct replay *r)
{
    if (r->blind || wal->log.base.index > wal->written.base.index)
        return "the log begins behind its base: files before this one are missing";
    return NULL;
}
