/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/meta.h"

#include "base/mem.h"
#include "store/file.h"
#include "store/slot.h"

#include <inttypes.h>
#include <stdio.h>

/* Invariants: the slot `newest` holds `durable` with `seq`; the other one holds the same if copied;
 * at most one operation is in flight, writing `flight` to the slot `target`. */
struct meta {
    const struct vfs *vfs; /* borrowed */
    struct vfs_file *file; /* owned */
    uint64_t mark;
    struct hard_state wanted;
    struct hard_state durable;
    struct hard_state flight;
    uint64_t seq;
    unsigned newest;
    unsigned target;
    bool copied;
    bool secured;
    bool in_flight;
    bool failed;
    struct vfs_op op;
    struct blocks block; /* the slot being written */
};

static int create_file(const struct vfs *vfs, const char *dir, uint64_t mark, struct err *e)
{
    struct blocks both = {0};
    struct hard_state zero = {0};
    blocks_reserve(&both, SLOTS * VFS_BLOCK);
    for (unsigned i = 0; i < SLOTS; i++)
        slot_encode(both.data + i * VFS_BLOCK, i, mark, 1, &zero);
    int code = file_replace(vfs, dir, META_NAME, both.data, SLOTS * VFS_BLOCK, e);
    blocks_free(&both);
    if (code < 0)
        err_wrap(e, META_NAME ": create");
    return code;
}

/* Reads both slots; one that lies beyond the file's end reads as invalid. */
static int read_slots(struct meta *meta, struct slot slots[SLOTS], struct err *e)
{
    const struct vfs *v = meta->vfs;
    uint64_t size;
    int code = v->size(v->arg, meta->file, &size, e);
    for (unsigned i = 0; i < SLOTS && code == 0; i++) {
        slots[i] = (struct slot){0};
        if (size < (i + 1) * (uint64_t)VFS_BLOCK)
            continue;
        code = v->read(v->arg, meta->file, i * (uint64_t)VFS_BLOCK, meta->block.data, VFS_BLOCK, e);
        if (code == 0)
            slots[i] = slot_decode(meta->block.data, i, meta->mark);
    }
    if (code < 0)
        err_wrap(e, META_NAME ": read");
    return code;
}

static int open_file(struct meta *meta, const char *dir, struct err *e)
{
    char path[VFS_PATH_MAX];
    vfs_path(path, dir, META_NAME);
    int code = meta->vfs->open(meta->vfs->arg, path, VFS_WRITE | VFS_DIRECT, &meta->file, e);
    if (code == -E_NOTFOUND)
        return slot_lost(e, "the file is missing");
    if (code < 0)
        err_wrap(e, META_NAME ": open");
    return code;
}

int meta_open(const struct vfs *vfs, const char *dir, uint64_t disk_mark, bool create,
              struct meta **ret_meta, struct meta_recovered *ret, struct err *e)
{
    struct meta *meta = mem_alloc(sizeof *meta);
    struct meta_recovered found = {0};
    struct slot slots[SLOTS];
    *meta = (struct meta){.vfs = vfs, .mark = disk_mark};
    blocks_reserve(&meta->block, VFS_BLOCK);
    int code = create ? create_file(vfs, dir, disk_mark, e) : 0;
    if (code == 0)
        code = open_file(meta, dir, e);
    if (code == 0)
        code = read_slots(meta, slots, e);
    if (code == 0)
        code = slot_choose(slots, &meta->newest, e);
    if (code < 0) {
        meta_close(meta);
        return code;
    }
    meta->seq = slots[meta->newest].seq;
    found.state = meta->wanted = meta->durable = slots[meta->newest].state;
    found.slot_lost = !slots[1 - meta->newest].valid;
    if (found.slot_lost)
        snprintf(found.slot_text, sizeof found.slot_text,
                 META_NAME ": slot %u is not intact (a broken-off write, or rot); slot %u holds "
                           "term %" PRIu64,
                 1 - meta->newest, meta->newest, found.state.term);
    *ret_meta = meta;
    *ret = found;
    return 0;
}

void meta_close(struct meta *meta)
{
    if (meta == NULL)
        return;
    if (meta->file != NULL)
        meta->vfs->close(meta->vfs->arg, meta->file);
    blocks_free(&meta->block);
    mem_free(meta);
}

static int write_slot_now(struct meta *meta, unsigned number, struct err *e)
{
    const struct vfs *v = meta->vfs;
    slot_encode(meta->block.data, number, meta->mark, meta->seq, &meta->durable);
    int code =
        v->write(v->arg, meta->file, number * (uint64_t)VFS_BLOCK, meta->block.data, VFS_BLOCK, e);
    if (code == 0)
        code = v->sync(v->arg, meta->file, e);
    return code;
}

/* In a buffered file the newest slot may be in the page cache alone, marked clean by a sync that
 * failed in an earlier life, while the other slot is the one on disk: so the newest is written in
 * place first, and the other only when that is durable. */
int meta_secure(struct meta *meta, struct err *e)
{
    const struct vfs *v = meta->vfs;
    ASSERT(!meta->secured);
    int code = v->is_direct(v->arg, meta->file) ? v->sync(v->arg, meta->file, e)
                                                : write_slot_now(meta, meta->newest, e);
    if (code == 0)
        code = write_slot_now(meta, 1 - meta->newest, e);
    if (code < 0) {
        meta->failed = true;
        err_wrap(e, META_NAME ": write");
        return code;
    }
    meta->copied = true;
    meta->secured = true;
    return 0;
}

void meta_set(struct meta *meta, const struct hard_state *wanted)
{
    const struct hard_state *old = &meta->wanted;
    ASSERT(wanted->term >= old->term && wanted->hold_ns >= old->hold_ns);
    ASSERT(wanted->term > old->term || old->vote == 0 || wanted->vote == old->vote);
    meta->wanted = *wanted;
}

static struct vfs_op *submit_slot(struct meta *meta, uint64_t seq)
{
    meta->target = 1 - meta->newest;
    slot_encode(meta->block.data, meta->target, meta->mark, seq, &meta->flight);
    meta->op.kind = VFS_OP_WRITE;
    meta->op.owner = meta;
    meta->op.error = (struct err){0};
    meta->op.writes_count = 1;
    meta->op.writes[0] = (struct vfs_write){.file = meta->file,
                                            .offset = meta->target * (uint64_t)VFS_BLOCK,
                                            .data = meta->block.data,
                                            .len = VFS_BLOCK};
    meta->in_flight = true;
    meta->vfs->submit(meta->vfs->arg, &meta->op);
    return &meta->op;
}

struct vfs_op *meta_flush(struct meta *meta)
{
    ASSERT(meta->secured || meta->failed);
    if (meta->failed || meta->in_flight || meta_is_durable(meta))
        return NULL;
    meta->flight = meta->wanted;
    meta->copied = false;
    return submit_slot(meta, meta->seq + 1);
}

struct vfs_op *meta_flush_copy(struct meta *meta)
{
    ASSERT(meta->secured || meta->failed);
    if (meta->failed || meta->in_flight || meta->copied || !meta_is_durable(meta))
        return NULL;
    meta->flight = meta->durable;
    meta->copied = true;
    return submit_slot(meta, meta->seq);
}

int meta_on_done(struct meta *meta, struct vfs_op *op, int status, struct err *e)
{
    ASSERT(op == &meta->op && meta->in_flight && status <= 0);
    meta->in_flight = false;
    if (status < 0) {
        const char *text = op->error.text;
        meta->failed = true;
        return err_set(e, status, META_NAME ": write: %s",
                       text[0] != '\0' ? text : err_name(status));
    }
    if (!hard_state_equal(&meta->flight, &meta->durable))
        meta->seq++;
    meta->durable = meta->flight;
    meta->newest = meta->target;
    return 0;
}

const struct hard_state *meta_wanted(const struct meta *meta)
{
    return &meta->wanted;
}

const struct hard_state *meta_durable(const struct meta *meta)
{
    return &meta->durable;
}

bool meta_is_durable(const struct meta *meta)
{
    return hard_state_equal(&meta->wanted, &meta->durable);
}

bool meta_pending(const struct meta *meta)
{
    return !hard_state_equal(&meta->wanted, meta->in_flight ? &meta->flight : &meta->durable);
}

bool meta_in_flight(const struct meta *meta)
{
    return meta->in_flight;
}

bool meta_failed(const struct meta *meta)
{
    return meta->failed;
}
