/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing an image, an own one or a received one: gather frames, hand them over, complete. */
#include "store/image_private.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct image_writer *image_writer_new(const struct vfs *vfs, const char *dir, uint64_t disk_mark,
                                      const struct image_meta *meta, bool partial)
{
    ASSERT(meta->at.index > 0 && meta->at.term > 0 && meta->config_index <= meta->at.index);
    ASSERT(meta->config_len <= IMAGE_CONFIG_BYTES_MAX);
    ASSERT(strlen(dir) + 1 + VFS_NAME_MAX < VFS_PATH_MAX);
    struct image_writer *w = mem_alloc(sizeof *w);
    w->vfs = vfs;
    snprintf(w->dir, sizeof w->dir, "%s", dir);
    w->disk_mark = disk_mark;
    w->key = image_key(disk_mark, meta->at);
    w->partial = partial;
    w->config =
        mem_dup(meta->config_len > 0 ? meta->config : (const uint8_t *)"", meta->config_len);
    w->meta = *meta;
    w->meta.config = w->config;
    w->header_bytes = image_header_bytes(meta->config_len);
    blocks_reserve(&w->header, w->header_bytes);
    blocks_reserve(&w->gathered, GATHER_FRAMES * FRAME_BYTES);
    blocks_reserve(&w->flight, GATHER_FRAMES * FRAME_BYTES);
    return w;
}

struct image_writer *image_writer_begin(const struct vfs *vfs, const char *dir, uint64_t disk_mark,
                                        const struct image_meta *meta)
{
    struct image_writer *w = image_writer_new(vfs, dir, disk_mark, meta, false);
    w->meta.state_bytes = 0;
    w->meta.digest = 0;
    return w;
}

struct image_writer *image_partial_begin(const struct vfs *vfs, const char *dir, uint64_t disk_mark,
                                         const struct image_meta *meta)
{
    ASSERT(meta->state_bytes <= IMAGE_STATE_BYTES_MAX);
    return image_writer_new(vfs, dir, disk_mark, meta, true);
}

static void close_file(struct image_writer *w)
{
    if (w->file != NULL)
        w->vfs->close(w->vfs->arg, w->file);
    w->file = NULL;
}

void image_writer_close(struct image_writer *w)
{
    if (w == NULL)
        return;
    close_file(w);
    blocks_free(&w->header);
    blocks_free(&w->gathered);
    blocks_free(&w->flight);
    mem_free(w->config);
    mem_free(w);
}

const struct image_meta *image_writer_meta(const struct image_writer *w)
{
    return &w->meta;
}

bool image_writer_is_partial(const struct image_writer *w)
{
    return w->partial;
}

enum image_state image_writer_state(const struct image_writer *w)
{
    return w->state;
}

bool image_writer_in_flight(const struct image_writer *w)
{
    return w->in_flight;
}

uint64_t image_writer_next_offset(const struct image_writer *w)
{
    return w->written + w->flying + w->fill;
}

size_t image_writer_room(const struct image_writer *w)
{
    uint64_t room = GATHER_BYTES - w->fill;
    uint64_t most = w->partial ? w->meta.state_bytes : IMAGE_STATE_BYTES_MAX;
    uint64_t left = most - image_writer_next_offset(w);
    if (w->state != IMAGE_GATHERING)
        return 0;
    return (size_t)(room < left ? room : left);
}

static uint8_t *frame_of(struct image_writer *w, uint64_t piece_start)
{
    return w->gathered.data + piece_start / IMAGE_PIECE_BYTES * FRAME_BYTES;
}

/* Seals the gathered piece that starts at `start` of the fill, and adds it to the digest. */
static void seal(struct image_writer *w, uint64_t start, uint32_t len)
{
    uint8_t *frame = frame_of(w, start);
    size_t bytes = image_piece_seal(frame, w->key, w->written + w->flying + start, len);
    ASSERT(bytes <= FRAME_BYTES);
    w->chain = image_digest_piece(w->chain, frame + PIECE_HEADER_BYTES, len);
}

void image_writer_append(struct image_writer *w, const void *data, size_t len)
{
    const uint8_t *at = data;
    ASSERT(len <= image_writer_room(w));
    while (len > 0) {
        uint32_t used = (uint32_t)(w->fill % IMAGE_PIECE_BYTES);
        uint64_t start = w->fill - used;
        size_t n = IMAGE_PIECE_BYTES - used;
        if (n > len)
            n = len;
        memcpy(frame_of(w, start) + PIECE_HEADER_BYTES + used, at, n);
        w->fill += n;
        at += n;
        len -= n;
        if (w->fill - start == IMAGE_PIECE_BYTES)
            seal(w, start, IMAGE_PIECE_BYTES);
    }
}

int image_writer_finish(struct image_writer *w, struct err *e)
{
    uint64_t bytes = image_writer_next_offset(w);
    uint64_t chain = w->chain;
    uint32_t rest = (uint32_t)(w->fill % IMAGE_PIECE_BYTES);
    ASSERT(w->state == IMAGE_GATHERING);
    if (rest > 0)
        chain = image_digest_piece(chain, frame_of(w, w->fill - rest) + PIECE_HEADER_BYTES, rest);
    uint64_t digest = image_digest_end(chain, bytes);
    if (w->partial && (bytes != w->meta.state_bytes || digest != w->meta.digest))
        return err_set(e, -E_CORRUPT,
                       "image: received %" PRIu64 " bytes with digest %016" PRIx64
                       " of a state that has %" PRIu64 " and %016" PRIx64,
                       bytes, digest, w->meta.state_bytes, w->meta.digest);
    if (rest > 0)
        seal(w, w->fill - rest, rest);
    w->meta.state_bytes = bytes;
    w->meta.digest = digest;
    w->state = IMAGE_FINISHING;
    return 0;
}

void image_writer_cancel(struct image_writer *w)
{
    bool unfinished = w->state == IMAGE_GATHERING || w->state == IMAGE_FINISHING;
    if (unfinished && w->file == NULL && !w->in_flight)
        w->state = IMAGE_CANCELLED; /* there is no file */
    else if (unfinished)
        w->state = IMAGE_CANCELLING;
}

static void working_name(const struct image_writer *w, char out[VFS_NAME_MAX])
{
    image_name(out, w->partial ? IMAGE_NAME_PARTIAL : IMAGE_NAME_TEMPORARY, w->meta.at);
}

static void add_write(struct image_writer *w, uint64_t offset, const uint8_t *data, size_t len)
{
    ASSERT(w->op.writes_count < VFS_OP_WRITES_MAX);
    w->op.writes[w->op.writes_count++] =
        (struct vfs_write){.file = w->file, .offset = offset, .data = data, .len = len};
}

/* Hands the gathered frames of `bytes` of the stream to the operation; what is left of a piece
 * begins the other buffer. */
static void add_frames(struct image_writer *w, uint64_t bytes)
{
    uint32_t rest = (uint32_t)(bytes % IMAGE_PIECE_BYTES);
    uint64_t left = w->fill - bytes;
    if (bytes == 0)
        return;
    size_t len = (size_t)((bytes - rest) / IMAGE_PIECE_BYTES * FRAME_BYTES);
    if (rest > 0)
        len += image_frame_bytes(rest);
    struct blocks frames = w->gathered;
    w->gathered = w->flight;
    w->flight = frames;
    if (left > 0)
        memcpy(w->gathered.data, frames.data + len, PIECE_HEADER_BYTES + (size_t)left);
    add_write(w, image_frame_at(w->header_bytes, w->written), w->flight.data, len);
    w->flying = bytes;
    w->fill = left;
}

/* The header: in a partial first, so that a start knows what it is a part of; in an own image last,
 * when everything is known. The operation that completes writes it in any case: so there is always
 * a write, hence a sync. */
static void add_header(struct image_writer *w)
{
    image_header_encode(w->header.data, w->disk_mark, &w->meta);
    add_write(w, 0, w->header.data, w->header_bytes);
}

static void fill_in_change(struct image_writer *w)
{
    struct vfs_change *c = &w->op.change;
    char name[VFS_NAME_MAX];
    working_name(w, name);
    w->last = w->state == IMAGE_FINISHING;
    if (w->state == IMAGE_CANCELLING) {
        memcpy(c->remove[0], name, sizeof name);
        c->removes_count = 1;
        return;
    }
    memcpy(c->undo, name, sizeof name);
    if (w->file == NULL)
        memcpy(c->create, name, sizeof name);
    if (w->last || (w->partial && w->file == NULL))
        add_header(w);
    add_frames(w, w->last ? w->fill : w->fill - w->fill % IMAGE_PIECE_BYTES);
    c->sync = w->partial || w->last;
    c->sync_dir = w->last || (w->partial && w->file == NULL);
    if (w->last) {
        memcpy(c->rename_from, name, sizeof name);
        image_name(c->rename_to, IMAGE_NAME_WHOLE, w->meta.at);
    }
}

static bool has_work(const struct image_writer *w)
{
    switch (w->state) {
    case IMAGE_GATHERING: return w->fill >= IMAGE_PIECE_BYTES || (w->partial && w->file == NULL);
    case IMAGE_FINISHING:
    case IMAGE_CANCELLING: return true;
    case IMAGE_DONE:
    case IMAGE_CANCELLED:
    case IMAGE_FAILED: return false;
    }
    UNREACHABLE();
}

struct vfs_op *image_writer_flush(struct image_writer *w)
{
    if (w->in_flight || !has_work(w))
        return NULL;
    w->op.kind = VFS_OP_CHANGE;
    w->op.owner = w;
    w->op.writes_count = 0;
    w->op.error = (struct err){0};
    w->op.change = (struct vfs_change){0};
    snprintf(w->op.change.dir, sizeof w->op.change.dir, "%s", w->dir);
    fill_in_change(w);
    w->in_flight = true;
    w->vfs->submit(w->vfs->arg, &w->op);
    return &w->op;
}

int image_writer_on_done(struct image_writer *w, struct vfs_op *op, int status, struct err *e)
{
    char name[VFS_NAME_MAX];
    ASSERT(op == &w->op && w->in_flight && status <= 0);
    bool cancelled = op->change.removes_count > 0;
    w->in_flight = false;
    if (status < 0) {
        w->state = IMAGE_FAILED;
        close_file(w);
        working_name(w, name);
        return err_set(e, status, "image: %s %s: %s", cancelled ? "remove" : "write", name,
                       op->error.text[0] != '\0' ? op->error.text : err_name(status));
    }
    if (op->change.ret_file != NULL)
        w->file = op->change.ret_file;
    op->change.ret_file = NULL;
    w->written += w->flying;
    w->flying = 0;
    if (cancelled || w->last) {
        w->state = cancelled ? IMAGE_CANCELLED : IMAGE_DONE;
        close_file(w);
    }
    return 0;
}
