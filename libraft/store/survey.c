/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/survey.h"

#include "store/batch.h"
#include "store/image_format.h"
#include "store/segment.h"

#include <inttypes.h>

struct surveyor {
    const struct vfs *vfs;
    const char *dir;
    uint64_t mark;
    struct survey out;
    uint64_t newest_seq;    /* of the batches whose headers read */
    uint64_t unread;        /* bytes not empty and not understood, behind the newest of them */
    uint64_t segment_bytes; /* of the largest file that a header speaks of */
    uint64_t hidden_max;    /* records of a batch that may have set the log on an image */
    uint64_t config_index;  /* of out.config; 0: none */
};

static void reaches(struct surveyor *s, uint64_t index, uint64_t term)
{
    if (index > s->out.last_max)
        s->out.last_max = index;
    if (term > s->out.last_term)
        s->out.last_term = term;
}

/* What came before the batch. */
static void note_header(struct surveyor *s, const struct batch_header *h)
{
    reaches(s, h->before.index, h->before.term);
    reaches(s, h->base.index, h->base.term);
    if (h->segment_bytes > s->segment_bytes)
        s->segment_bytes = h->segment_bytes;
    if (h->seq <= s->newest_seq)
        return;
    s->newest_seq = h->seq;
    s->out.hard_term = h->hard_term;
    s->out.hard_vote = h->hard_vote;
    s->unread = 0; /* whatever came before was synced before this, and is covered by `before` */
}

static void keep_config(struct surveyor *s, const struct entry *entry)
{
    s->config_index = entry->index;
    s->out.config.len = 0;
    buf_put(&s->out.config, entry->payload, entry->len);
}

static void note_records(struct surveyor *s, const struct batch_header *h, const uint8_t *data)
{
    struct bytes c = batch_records(data, h);
    struct record r;
    for (uint32_t i = 0; i < h->records && record_decode(&c, &r); i++) {
        if (r.kind != RECORD_TRUNCATE)
            reaches(s, r.entry.index, r.entry.term);
        if (r.kind == RECORD_ENTRY && r.entry.kind == ENTRY_CONFIG &&
            r.entry.index >= s->config_index)
            keep_config(s, &r.entry);
    }
}

/* Its records do not read: each is one entry at most, unless they set the log on an image, whose
 * name tells then. */
static void note_hidden(struct surveyor *s, const struct batch_header *h)
{
    reaches(s, h->before.index + h->records, 0);
    if (h->records > s->hidden_max)
        s->hidden_max = h->records;
}

/* One batch or block at offset. Returns how many bytes it takes. */
static int look(struct surveyor *s, struct reader *reader, const struct segment *g, uint64_t offset,
                uint64_t limit, uint64_t *ret_bytes, struct err *e)
{
    const uint8_t *data;
    struct batch_header h;
    int code = reader_view(reader, s->vfs, g->file, g->number, limit, offset, VFS_BLOCK, &data, e);
    if (code < 0)
        return code;
    *ret_bytes = VFS_BLOCK;
    if (batch_look(data, VFS_BLOCK, &h) != BATCH_HEADER || h.log_id != s->mark) {
        if (!blocks_all_zero(data, VFS_BLOCK))
            s->unread += VFS_BLOCK;
        return 0;
    }
    note_header(s, &h);
    if (batch_bytes(&h) > limit - offset) {
        note_hidden(s, &h);
        return 0;
    }
    code = reader_view(reader, s->vfs, g->file, g->number, limit, offset, (size_t)batch_bytes(&h),
                       &data, e);
    if (code < 0)
        return code;
    bool intact = batch_body_intact(data, &h);
    if (intact)
        note_records(s, &h, data);
    else
        note_hidden(s, &h);
    /* In what is left of a file's former use newer batches may stand. */
    if (intact || (h.segment == g->number && h.offset == offset))
        *ret_bytes = batch_bytes(&h);
    return 0;
}

/* Where the file ended before its end was lost: what stood there does not even leave a trace. It
 * also counts what is left of a block. */
static uint64_t lost_end(const struct surveyor *s, const struct segment *g)
{
    if (g->size_bytes < WAL_SEGMENT_BYTES_MIN && s->segment_bytes == 0)
        return WAL_SEGMENT_BYTES_MAX;
    return g->size_bytes < s->segment_bytes ? s->segment_bytes : g->size_bytes;
}

static int survey_segment(struct surveyor *s, uint64_t number, struct err *e)
{
    struct segment g = {.number = number};
    struct reader reader = {0};
    int code = segment_open(s->vfs, s->dir, number, 0, &g.file, e);
    if (code < 0)
        return code;
    code = s->vfs->size(s->vfs->arg, g.file, &g.size_bytes, e);
    uint64_t limit = blocks_round_down(g.size_bytes);
    for (uint64_t offset = 0; code == 0 && offset < limit;) {
        uint64_t bytes = 0;
        code = look(s, &reader, &g, offset, limit, &bytes, e);
        offset += bytes;
    }
    s->unread += lost_end(s, &g) - limit;
    reader_free(&reader);
    s->vfs->close(s->vfs->arg, g.file);
    return code;
}

static int survey_log(struct surveyor *s, struct err *e)
{
    struct segment_list list;
    int code = segment_list(s->vfs, s->dir, &list, e);
    if (code < 0)
        return code;
    for (size_t i = 0; i < list.count && code == 0; i++)
        code = survey_segment(s, list.numbers[i], e);
    segment_list_free(&list);
    return code;
}

/* A whole image may have been installed without a trace in the log yet; partial ones were never
 * acknowledged. */
static int survey_images(struct surveyor *s, struct err *e)
{
    struct image_list list;
    int code = image_list(s->vfs, s->dir, &list, e);
    if (code < 0)
        return code;
    for (size_t i = 0; i < list.images_count; i++)
        reaches(s, list.images[i].index + s->hidden_max, list.images[i].term);
    image_list_free(&list);
    return 0;
}

int survey_take(const struct vfs *v, const char *dir, uint64_t disk_mark, struct survey *ret,
                struct err *e)
{
    struct surveyor s = {.vfs = v, .dir = dir, .mark = disk_mark};
    int code = survey_log(&s, e);
    if (code == 0)
        code = survey_images(&s, e);
    if (code < 0) {
        buf_free(&s.out.config);
        err_wrap(e, "store: survey of the damaged log");
        return code;
    }
    s.out.last_max += (s.unread + RECORD_HEADER_BYTES - 1) / RECORD_HEADER_BYTES;
    *ret = s.out;
    return 0;
}
