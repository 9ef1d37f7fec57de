/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log's files coming and going, off the write path: which of them a start still needs, taking
 * the others for what is written next, making new ones, removing what is too much. One operation at
 * a time, the oldest file first: at every crash the numbers that are there have no gap. */
#include "store/wal_private.h"

#include "base/mem.h"

#include <string.h>

void wal_add_segment(struct wal *wal, const struct segment *s)
{
    size_t n = wal->segments_count;
    wal->segments = mem_room(wal->segments, n + 1, &wal->segments_cap, sizeof *wal->segments);
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

void wal_note_batch(struct wal *wal, size_t upto, uint64_t before)
{
    for (size_t i = 0; i <= upto; i++) {
        struct segment *s = &wal->segments[i];
        bool first = i == upto && s->end == 0;
        if (first || s->start_blind)
            s->start_index = before;
        s->start_blind = false;
    }
}

void wal_note_cut(struct wal *wal, size_t upto, uint64_t from)
{
    for (size_t i = 0; i <= upto; i++)
        if (from <= wal->segments[i].start_index)
            wal->segments[i].start_blind = true;
}

void wal_note_reset(struct wal *wal, size_t upto)
{
    for (size_t i = 0; i <= upto; i++) {
        wal->segments[i].start_index = 0;
        wal->segments[i].start_blind = false;
    }
}

/* Whether a start may find this segment as the first one. */
static bool may_be_first(const struct wal *wal, const struct segment *s)
{
    return s->synced > 0 && !s->start_blind && s->start_index <= wal->durable_base;
}

void wal_release(struct wal *wal)
{
    size_t n = wal->active;
    while (n > 0 && !may_be_first(wal, &wal->segments[n]))
        n--;
    if (n == 0)
        return;
    wal->freed = mem_room(wal->freed, wal->freed_count + n, &wal->freed_cap, sizeof *wal->freed);
    for (size_t i = 0; i < n; i++) {
        struct segment *s = &wal->segments[i];
        wal_close_segment(wal, i);
        wal->freed[wal->freed_count++] =
            (struct wal_freed){.number = s->number, .size_bytes = s->size_bytes};
    }
    bool none = wal->reading >= wal->segments_count || wal->reading < n;
    wal->segments_count -= n;
    wal->active -= n;
    wal->reading = none ? wal->segments_count : wal->reading - n;
    memmove(wal->segments, wal->segments + n, wal->segments_count * sizeof *wal->segments);
    wal->space_stuck = false;
}

static size_t ready_segments(const struct wal *wal)
{
    return wal->segments_count - wal->active - 1;
}

static void forget_freed(struct wal *wal)
{
    wal->freed_count--;
    memmove(wal->freed, wal->freed + 1, wal->freed_count * sizeof *wal->freed);
    wal->freed_unsure = false;
}

/* Fills in the next operation; false when there is nothing to do. */
static bool next_step(struct wal *wal)
{
    size_t ready = ready_segments(wal);
    uint64_t bytes = wal->options.segment_bytes;
    uint64_t number = wal->segments[wal->segments_count - 1].number + 1;
    const struct wal_freed *old = wal->freed_count > 0 ? &wal->freed[0] : NULL;
    if (wal->space_in_flight || wal->failed || (old == NULL && ready >= WAL_FREE_SEGMENTS))
        return false;
    ASSERT(number <= SEGMENT_NUMBER_MAX);
    bool fits = old != NULL && old->size_bytes == bytes && ready < WAL_SPARE_SEGMENTS_MAX;
    if (old == NULL)
        segment_prepare(&wal->space_op, wal->dir, number, bytes, 0);
    else if (fits && !wal->freed_unsure)
        segment_prepare(&wal->space_op, wal->dir, number, bytes, old->number);
    else
        segment_discard(&wal->space_op, wal->dir, old->number);
    wal->space_op.owner = wal;
    wal->space_op.error = (struct err){0};
    wal->space_in_flight = true;
    return true;
}

static bool start_step(struct wal *wal)
{
    if (!next_step(wal))
        return false;
    wal->vfs->submit(wal->vfs->arg, &wal->space_op);
    return true;
}

void wal_make_space(struct wal *wal)
{
    if (!wal->space_stuck)
        (void)start_step(wal);
}

bool wal_reserve(struct wal *wal)
{
    return start_step(wal);
}

static void on_step_failed(struct wal *wal, int status)
{
    const struct vfs_op *op = &wal->space_op;
    const char *text = op->error.text[0] != '\0' ? op->error.text : err_name(status);
    wal->space_stuck = true;
    if (op->kind == VFS_OP_PREPARE && op->prepare.recycled[0] != '\0')
        wal->freed_unsure = true;
    if (ready_segments(wal) < WAL_FREE_SEGMENTS)
        err_set(&wal->reserve_error, status, "log: reserve a segment of %llu bytes: %s",
                (unsigned long long)wal->options.segment_bytes, text);
}

static void finish_step(struct wal *wal, int status)
{
    struct vfs_op *op = &wal->space_op;
    ASSERT(wal->space_in_flight);
    wal->space_in_flight = false;
    if (status < 0) {
        on_step_failed(wal, status);
        return;
    }
    wal->space_stuck = false;
    if (op->kind == VFS_OP_PREPARE) {
        struct segment s = {.number = wal->segments[wal->segments_count - 1].number + 1,
                            .size_bytes = op->prepare.size_bytes,
                            .file = op->prepare.ret_file};
        ASSERT(s.file != NULL);
        op->prepare.ret_file = NULL;
        wal_add_segment(wal, &s);
    }
    if (op->kind == VFS_OP_CHANGE || op->prepare.recycled[0] != '\0')
        forget_freed(wal);
    if (ready_segments(wal) >= WAL_FREE_SEGMENTS)
        wal->reserve_error = (struct err){0};
}

void wal_on_space_done(struct wal *wal, int status)
{
    finish_step(wal, status);
    wal_make_space(wal); /* the last one went well: ask for the rest */
}

int wal_make_space_now(struct wal *wal, struct err *e)
{
    while (ready_segments(wal) == 0) {
        bool some = next_step(wal);
        ASSERT(some);
        int code = vfs_run_op(wal->vfs, &wal->space_op);
        finish_step(wal, code);
        if (code < 0)
            return err_set(e, code, "%s", wal->reserve_error.text);
    }
    return 0;
}
