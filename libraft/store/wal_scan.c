/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the log at start, and the verdict on where it ends: a batch that does not read is a
 * broken-off end if and only if nothing was written behind it, for batch k + 1 is written only
 * after the sync of batch k returned. Everything else is damage to synced data. */
#include "store/wal_private.h"

#include <inttypes.h>
#include <stdio.h>

struct scan {
    struct wal *wal;
    struct replay replay;
    struct scan_result *out;
    struct err *e;
};

static int corrupt(struct scan *s, uint64_t number, uint64_t offset, const char *what)
{
    char name[VFS_NAME_MAX];
    segment_name(name, number);
    return err_set(s->e, -E_CORRUPT,
                   "log: %s: offset %" PRIu64 ": %s; nothing was changed: restore this file, or "
                   "replace this member",
                   name, offset, what);
}

static int other_format(struct scan *s, uint64_t number, uint64_t offset)
{
    char name[VFS_NAME_MAX];
    segment_name(name, number);
    return err_set(s->e, -E_UNSUPPORTED,
                   "log: %s: offset %" PRIu64 ": written by another version in another format",
                   name, offset);
}

static int view(struct scan *s, const struct segment *g, uint64_t offset, uint64_t len,
                const uint8_t **ret)
{
    int code = reader_view(&s->wal->reader, s->wal->vfs, g->file, g->number, g->size_bytes, offset,
                           (size_t)len, ret, s->e);
    if (code < 0) {
        char name[VFS_NAME_MAX];
        segment_name(name, g->number);
        err_wrap(s->e, "log: read %s at %" PRIu64, name, offset);
    }
    return code;
}

/* Opens a segment and learns its size, once. */
static int ensure_open(struct scan *s, struct segment *g)
{
    const struct vfs *v = s->wal->vfs;
    if (g->file != NULL)
        return 0;
    int code = segment_open(v, s->wal->dir, g->number, VFS_WRITE, &g->file, s->e);
    if (code == 0)
        code = v->size(v->arg, g->file, &g->size_bytes, s->e);
    if (code < 0) {
        err_wrap(s->e, "log: open segment %" PRIu64, g->number);
        return code;
    }
    if (g->size_bytes % VFS_BLOCK != 0 || g->size_bytes < WAL_SEGMENT_BYTES_MIN ||
        g->size_bytes > WAL_SEGMENT_BYTES_MAX)
        return corrupt(s, g->number, g->size_bytes, "the file's size was changed");
    return 0;
}

/* Whether a header was written for this very place: recycled files and copied blocks fail it. */
static bool belongs(const struct scan *s, const struct batch_header *h, const struct segment *g,
                    uint64_t offset)
{
    return h->log_id == s->wal->options.log_id && h->segment == g->number && h->offset == offset;
}

enum found {
    FOUND_NOTHING, /* no header of this place */
    FOUND_TORN,    /* its header, without its body */
    FOUND_BATCH,
};

/* What stands at a place. *ret_data: the whole batch, for FOUND_BATCH. */
static int look_at(struct scan *s, struct segment *g, uint64_t offset, struct batch_header *ret,
                   const uint8_t **ret_data, enum found *ret_found)
{
    const uint8_t *data;
    int code = view(s, g, offset, VFS_BLOCK, &data);
    if (code < 0)
        return code;
    enum batch_look look = batch_look(data, VFS_BLOCK, ret);
    if (look == BATCH_OTHER_FORMAT)
        return other_format(s, g->number, offset);
    *ret_found = FOUND_NOTHING;
    if (look == BATCH_NONE)
        return 0;
    if (g == s->wal->segments && offset == 0 && ret->log_id != s->wal->options.log_id)
        return err_set(s->e, -E_MISMATCH, "log: belongs to another disk (log id %016" PRIx64 ")",
                       ret->log_id);
    if (!belongs(s, ret, g, offset)) {
        g->recycled = g->recycled || ret->segment < g->number;
        return 0;
    }
    if (ret->segment_bytes != g->size_bytes || batch_bytes(ret) > g->size_bytes - offset)
        return corrupt(s, g->number, offset, "the file's size was changed");
    code = view(s, g, offset, batch_bytes(ret), &data);
    if (code < 0)
        return code;
    *ret_found = batch_body_intact(data, ret) ? FOUND_BATCH : FOUND_TORN;
    *ret_data = data;
    return 0;
}

static int take_batch(struct scan *s, size_t i, const struct batch_header *h, const uint8_t *data)
{
    struct segment *g = &s->wal->segments[i];
    const char *wrong = wal_replay(s->wal, &s->replay, i, h, data);
    if (wrong != NULL)
        return corrupt(s, g->number, h->offset, wrong);
    g->end = h->offset + batch_bytes(h);
    g->synced = g->end;
    s->out->batches++;
    s->out->last_batch_offset = h->offset;
    s->out->last_batch_bytes = batch_bytes(h);
    return 0;
}

/* Where the log begins: at the very first batch, or, if files before this one were given up, at one
 * that was synced before they were, and says what came before it. */
static int anchor(struct scan *s, const struct batch_header *h, enum found found)
{
    const struct segment *g = &s->wal->segments[0];
    if (g->number == 1)
        s->replay.anchored = true;
    else if (found == FOUND_BATCH && h->seq > 1)
        wal_replay_anchor(s->wal, &s->replay, h);
    else
        return corrupt(s, g->number, 0, "the log cannot begin here: files before it are missing");
    return 0;
}

/* Takes the batches that follow, from the start of a segment to the first place without one. */
static int take_segment(struct scan *s, size_t i)
{
    struct segment *g = &s->wal->segments[i];
    while (g->end < g->size_bytes) {
        struct batch_header h = {0};
        const uint8_t *data = NULL;
        enum found found = FOUND_NOTHING;
        int code = look_at(s, g, g->end, &h, &data, &found);
        if (code == 0 && !s->replay.anchored)
            code = anchor(s, &h, found);
        if (code < 0)
            return code;
        if (found != FOUND_BATCH || h.seq != s->wal->written.seq + 1)
            return 0;
        code = take_batch(s, i, &h, data);
        if (code < 0)
            return code;
    }
    return 0;
}

/* A header behind the log's end: allowed only as the beginning of the very next batch, broken off,
 * at one of the two places where it could start. */
static int judge_header(struct scan *s, size_t i, const struct batch_header *h, enum found found)
{
    const struct wal *wal = s->wal;
    const struct segment *g = &wal->segments[i];
    bool place = h->offset == g->end && (i == wal->active || i == wal->active + 1);
    if (place && found == FOUND_TORN && h->seq == wal->written.seq + 1) {
        s->out->torn_seq = h->seq;
        s->out->torn_segment = g->number;
        s->out->torn_offset = h->offset;
        s->out->torn_bytes = batch_bytes(h);
        return 0;
    }
    char name[VFS_NAME_MAX];
    char what[240];
    segment_name(name, g->number);
    snprintf(what, sizeof what,
             "batch %" PRIu64 " does not read here, yet batch %" PRIu64 " stands in %s at %" PRIu64
             ", so synced data is damaged",
             wal->written.seq + 1, h->seq, name, h->offset);
    const struct segment *end = &wal->segments[wal->active];
    return corrupt(s, end->number, end->end, what);
}

/* Looks at every block behind the log's end. */
static int check_rest(struct scan *s)
{
    const struct wal *wal = s->wal;
    for (size_t i = wal->active; i < wal->segments_count; i++) {
        struct segment *g = &wal->segments[i];
        int code = ensure_open(s, g);
        if (code < 0)
            return code;
        uint64_t offset = g->end;
        while (offset < g->size_bytes) {
            struct batch_header h = {0};
            const uint8_t *data = NULL;
            enum found found = FOUND_NOTHING;
            code = look_at(s, g, offset, &h, &data, &found);
            if (code == 0 && found != FOUND_NOTHING)
                code = judge_header(s, i, &h, found);
            if (code < 0)
                return code;
            offset += found == FOUND_NOTHING ? VFS_BLOCK : batch_bytes(&h);
        }
    }
    return 0;
}

int wal_scan(struct wal *wal, struct scan_result *ret, struct err *e)
{
    struct scan s = {.wal = wal, .out = ret, .e = e};
    *ret = (struct scan_result){0};
    for (size_t i = 0; i < wal->segments_count; i++) {
        int code = ensure_open(&s, &wal->segments[i]);
        if (code == 0)
            code = take_segment(&s, i);
        if (code < 0)
            return code;
        if (i > 0 && wal->segments[i].end == 0)
            break; /* from here on they are free */
        if (i > 0)
            wal_close_segment(wal, i - 1);
        wal->active = i;
    }
    int code = check_rest(&s);
    const char *wrong = wal_replay_ended(wal, &s.replay);
    if (code == 0 && wrong != NULL)
        code = corrupt(&s, wal->segments[0].number, 0, wrong);
    return code;
}
