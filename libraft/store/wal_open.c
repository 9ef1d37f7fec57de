/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening and closing the log: format or read it, then make what was read safe to build upon. */
#include "store/wal_private.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct wal *new_wal(const struct vfs *vfs, const char *dir,
                           const struct wal_options *options)
{
    ASSERT(options->segment_bytes % VFS_BLOCK == 0);
    ASSERT(options->segment_bytes >= WAL_SEGMENT_BYTES_MIN);
    ASSERT(options->segment_bytes <= WAL_SEGMENT_BYTES_MAX);
    ASSERT(strlen(dir) + 1 + VFS_NAME_MAX < VFS_PATH_MAX);
    struct wal *wal = mem_alloc(sizeof *wal);
    wal->vfs = vfs;
    wal->options = *options;
    snprintf(wal->dir, sizeof wal->dir, "%s", dir);
    entries_init(&wal->log, (struct wal_position){0}, 0);
    return wal;
}

void wal_close(struct wal *wal)
{
    if (wal == NULL)
        return;
    for (size_t i = 0; i < wal->segments_count; i++)
        wal_close_segment(wal, i);
    entries_free(&wal->log);
    mem_free(wal->runs);
    mem_free(wal->segments);
    mem_free(wal->freed);
    blocks_free(&wal->batch);
    reader_free(&wal->reader);
    mem_free(wal);
}

static int remove_temporaries(struct wal *wal, const struct segment_list *list, struct err *e)
{
    int code = 0;
    for (size_t i = 0; i < list->temporaries_count && code == 0; i++)
        code = segment_remove(wal->vfs, wal->dir, list->temporaries[i], true, e);
    return code;
}

/* An empty log: one segment to write and the free ones. */
static int create_log(struct wal *wal, const struct segment_list *list, struct err *e)
{
    int code = remove_temporaries(wal, list, e);
    for (size_t i = 0; i < list->count && code == 0; i++)
        code = segment_remove(wal->vfs, wal->dir, list->numbers[i], false, e);
    for (uint64_t number = 1; number <= 1 + WAL_FREE_SEGMENTS && code == 0; number++) {
        struct vfs_op *op = &wal->space_op;
        op->error = (struct err){0};
        segment_prepare(op, wal->dir, number, wal->options.segment_bytes, 0);
        code = vfs_run_op(wal->vfs, op);
        if (code < 0)
            return err_set(e, code, "log: create segment %" PRIu64 ": %s", number, op->error.text);
        wal_add_segment(wal, &(struct segment){.number = number,
                                               .size_bytes = wal->options.segment_bytes,
                                               .file = op->prepare.ret_file});
        op->prepare.ret_file = NULL;
    }
    return code;
}

static int add_found(struct wal *wal, const struct segment_list *list, struct err *e)
{
    if (list->count == 0)
        return err_set(e, -E_LOST,
                       "log: no segment in %s: the log is gone; this disk's member has "
                       "to be replaced",
                       wal->dir);
    if (list->numbers[0] == 0 || list->numbers[list->count - 1] > SEGMENT_NUMBER_MAX)
        return err_set(e, -E_CORRUPT, "log: %s: a file has the name of a segment and is none",
                       wal->dir);
    for (size_t i = 0; i < list->count; i++) {
        uint64_t number = list->numbers[0] + i;
        if (list->numbers[i] != number) {
            char name[VFS_NAME_MAX];
            segment_name(name, number);
            return err_set(e, -E_CORRUPT,
                           "log: %s is missing in %s; nothing was changed: restore this file, or "
                           "replace this member",
                           name, wal->dir);
        }
        wal_add_segment(wal, &(struct segment){.number = number});
    }
    return 0;
}

/* A sync that failed in an earlier life may have left the last batch in the page cache alone,
 * marked clean: no later sync would write it. Direct files do not have the problem; in others the
 * same bytes are written to the same place once more. Only the last batch can be meant: a later one
 * would prove it was synced. */
static int rewrite_last_batch(struct wal *wal, const struct scan_result *found, struct err *e)
{
    const struct vfs *v = wal->vfs;
    struct segment *s = &wal->segments[wal->active];
    const uint8_t *data;
    if (found->last_batch_bytes == 0 || v->is_direct(v->arg, s->file))
        return 0;
    size_t len = (size_t)found->last_batch_bytes;
    int code = reader_view(&wal->reader, v, s->file, s->number, s->end, found->last_batch_offset,
                           len, &data, e);
    if (code == 0)
        code = v->write(v->arg, s->file, found->last_batch_offset, data, len, e);
    return code;
}

/* Behind the end of a file that served before stand its old batches, which can never be taken for
 * this log's: they bear another segment number. A broken-off batch of this use is cleared. */
static int clear_torn(struct wal *wal, const struct segment *s, const struct scan_result *found,
                      uint64_t *cut_bytes, struct err *e)
{
    if (found->torn_seq == 0 || found->torn_segment != s->number)
        return 0;
    *cut_bytes += found->torn_bytes;
    return segment_clear(wal->vfs, s, &wal->reader, found->torn_offset, found->torn_bytes, e);
}

/* Makes what was read durable, and everything behind it zero, or at least such that it can never be
 * taken for a continuation of what is written from now on. Broken off at any point, it is simply
 * done again at the next start. */
static int make_safe(struct wal *wal, const struct scan_result *found, uint64_t *cut_bytes,
                     struct err *e)
{
    const struct vfs *v = wal->vfs;
    int code = v->sync_dir(v->arg, wal->dir, e);
    if (code == 0)
        code = rewrite_last_batch(wal, found, e);
    for (size_t i = wal->active; i < wal->segments_count && code == 0; i++) {
        struct segment *s = &wal->segments[i];
        uint64_t before = *cut_bytes;
        code = s->recycled ? clear_torn(wal, s, found, cut_bytes, e)
                           : segment_scrub(v, s, &wal->reader, cut_bytes, e);
        if (code == 0 && (i == wal->active || *cut_bytes > before))
            code = v->sync(v->arg, s->file, e);
    }
    return code;
}

/* Free segments of another size than is wanted now: an entry may not fit in them, and no segment is
 * ever left out. The newest first, so that a crash leaves no gap. */
static int drop_odd_segments(struct wal *wal, struct err *e)
{
    const struct vfs *v = wal->vfs;
    size_t keep = wal->active + 1;
    while (keep < wal->segments_count &&
           wal->segments[keep].size_bytes == wal->options.segment_bytes)
        keep++;
    if (keep == wal->segments_count)
        return 0;
    int code = 0;
    while (wal->segments_count > keep && code == 0) {
        wal->segments_count--;
        wal_close_segment(wal, wal->segments_count);
        uint64_t number = wal->segments[wal->segments_count].number;
        code = segment_remove(v, wal->dir, number, false, e);
        if (code == 0)
            code = v->sync_dir(v->arg, wal->dir, e);
    }
    return code;
}

static void report_cut(const struct wal *wal, const struct scan_result *found,
                       struct wal_recovered *ret)
{
    char name[VFS_NAME_MAX];
    if (ret->cut_bytes == 0)
        return;
    if (found->torn_seq != 0) {
        segment_name(name, found->torn_segment);
        snprintf(ret->cut_text, sizeof ret->cut_text,
                 "log: dropped batch %" PRIu64 " in %s at %" PRIu64
                 ": its write was broken off, so it was never acknowledged",
                 found->torn_seq, name, found->torn_offset);
        return;
    }
    const struct segment *s = &wal->segments[wal->active];
    segment_name(name, s->number);
    snprintf(ret->cut_text, sizeof ret->cut_text,
             "log: cleared %" PRIu64 " bytes behind the last batch (%s, %" PRIu64
             "): a broken-off write, or an older use of the file",
             ret->cut_bytes, name, s->end);
}

static int read_log(struct wal *wal, const struct segment_list *list, struct wal_recovered *ret,
                    struct err *e)
{
    struct scan_result found;
    int code = add_found(wal, list, e);
    if (code == 0)
        code = wal_scan(wal, &found, e);
    if (code == 0)
        code = make_safe(wal, &found, &ret->cut_bytes, e);
    if (code == 0)
        code = drop_odd_segments(wal, e);
    if (code == 0)
        code = remove_temporaries(wal, list, e);
    if (code == 0) {
        wal->durable = entries_last(&wal->log);
        wal->durable_base = wal->log.base.index;
        wal->reading = wal->segments_count;
        wal_release(wal);
        ret->batches = found.batches;
        report_cut(wal, &found, ret);
    }
    return code;
}

void wal_report(struct wal *wal, struct wal_recovered *ret)
{
    mem_free(wal->runs);
    wal->runs = entries_runs(&wal->log, &ret->runs_count);
    ret->runs = wal->runs;
    ret->base = wal_base(wal);
    ret->last = wal_last(wal);
    ret->hard_term = wal->hard_term;
    ret->hard_vote = wal->hard_vote;
    ret->segments = (unsigned)wal->active + 1;
    ret->direct = wal->vfs->is_direct(wal->vfs->arg, wal->segments[wal->active].file);
}

int wal_open(const struct vfs *vfs, const char *dir, const struct wal_options *options,
             struct wal **ret_wal, struct wal_recovered *ret, struct err *e)
{
    struct segment_list list = {0};
    struct wal_recovered found = {0};
    struct wal *wal = new_wal(vfs, dir, options);
    int code = segment_list(vfs, dir, &list, e);
    if (code == 0)
        code = options->create ? create_log(wal, &list, e) : read_log(wal, &list, &found, e);
    segment_list_free(&list);
    if (code < 0) {
        wal_close(wal);
        return code;
    }
    wal->reading = wal->segments_count;
    wal_report(wal, &found);
    *ret_wal = wal;
    *ret = found;
    return 0;
}
