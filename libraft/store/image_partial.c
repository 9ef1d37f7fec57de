/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Receiving an image: going on after a crash or a stop, and reading back before it is complete. */
#include "store/image_private.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Takes the whole pieces that are intact, from the first on. In a buffered file each is written to
 * its place once more: a sync that failed in an earlier life may have left it in the page cache
 * alone, where the sync that completes the image would not find it. */
static int take_pieces(struct image_writer *w, uint64_t size, struct err *e)
{
    const struct vfs *v = w->vfs;
    bool buffered = !v->is_direct(v->arg, w->file);
    uint8_t *frame = w->flight.data;
    uint64_t end = w->meta.state_bytes - w->meta.state_bytes % IMAGE_PIECE_BYTES;
    for (uint64_t at = 0; at < end; at += IMAGE_PIECE_BYTES) {
        uint64_t place = image_frame_at(w->header_bytes, at);
        if (place + FRAME_BYTES > size)
            return 0;
        int code = v->read(v->arg, w->file, place, frame, FRAME_BYTES, e);
        if (code < 0)
            return code;
        if (!image_piece_intact(frame, w->key, at, IMAGE_PIECE_BYTES))
            return 0;
        if (buffered)
            code = v->write(v->arg, w->file, place, frame, FRAME_BYTES, e);
        if (code < 0)
            return code;
        w->chain = image_digest_piece(w->chain, frame + PIECE_HEADER_BYTES, IMAGE_PIECE_BYTES);
        w->written = at + IMAGE_PIECE_BYTES;
    }
    return 0;
}

static int rewrite_header(struct image_writer *w, struct err *e)
{
    const struct vfs *v = w->vfs;
    image_header_encode(w->header.data, w->disk_mark, &w->meta);
    return v->write(v->arg, w->file, 0, w->header.data, w->header_bytes, e);
}

static int resume(const struct vfs *vfs, const char *dir, uint64_t disk_mark, const char *path,
                  struct wal_position at, struct image_writer **ret, struct err *e)
{
    struct vfs_file *file;
    struct blocks header = {0};
    struct image_meta meta;
    uint64_t size;
    int code = vfs->open(vfs->arg, path, VFS_WRITE | VFS_DIRECT, &file, e);
    if (code < 0)
        return code;
    code = image_read_header(vfs, file, disk_mark, &header, &meta, &size, e);
    if (code == 0 && image_compare(meta.at, at) != 0)
        code = err_set(e, -E_CORRUPT, "it is the image of another position");
    if (code < 0) {
        vfs->close(vfs->arg, file);
        blocks_free(&header);
        return code;
    }
    struct image_writer *w = image_writer_new(vfs, dir, disk_mark, &meta, true);
    blocks_free(&header);
    w->file = file;
    code = rewrite_header(w, e);
    if (code == 0)
        code = take_pieces(w, size, e);
    if (code < 0) {
        image_writer_close(w);
        return code;
    }
    *ret = w;
    return 0;
}

int image_partial_resume(const struct vfs *vfs, const char *dir, uint64_t disk_mark,
                         struct image_writer **ret, struct err *e)
{
    struct image_list list;
    struct image_writer *w = NULL;
    int code = image_list(vfs, dir, &list, e);
    if (code < 0)
        return code;
    for (size_t i = list.partials_count; i-- > 0 && w == NULL && code == 0;) {
        char name[VFS_NAME_MAX];
        char path[VFS_PATH_MAX];
        struct err why = {0};
        image_name(name, IMAGE_NAME_PARTIAL, list.partials[i]);
        vfs_path(path, dir, name);
        code = resume(vfs, dir, disk_mark, path, list.partials[i], &w, &why);
        if (code == -E_CORRUPT || code == -E_UNSUPPORTED || code == -E_MISMATCH)
            code = vfs->unlink(vfs->arg, path, &why); /* nothing was promised about it */
        if (code < 0)
            err_set(e, code, "image: %s: %s", name, why.text);
    }
    image_list_free(&list);
    if (code == 0)
        *ret = w;
    return code;
}

bool image_writer_settled(const struct image_writer *w)
{
    return w->state == IMAGE_GATHERING && w->file != NULL && !w->in_flight &&
           w->fill < IMAGE_PIECE_BYTES;
}

int image_writer_piece(struct image_writer *w, uint64_t offset, struct span *ret, struct err *e)
{
    const struct vfs *v = w->vfs;
    ASSERT(image_writer_settled(w) && w->partial);
    ASSERT(offset % IMAGE_PIECE_BYTES == 0 && offset < image_writer_next_offset(w));
    if (offset == w->written) {
        *ret = span_of(w->gathered.data + PIECE_HEADER_BYTES, (size_t)w->fill);
        return 0;
    }
    uint8_t *frame = w->flight.data; /* nothing is */
    uint64_t place = image_frame_at(w->header_bytes, offset);
    int code = v->read(v->arg, w->file, place, frame, FRAME_BYTES, e);
    if (code < 0)
        return err_wrap(e, "image: read");
    if (!image_piece_intact(frame, w->key, offset, IMAGE_PIECE_BYTES))
        return err_set(e, -E_CORRUPT, "image: the piece at %" PRIu64 " of the state is damaged",
                       offset);
    *ret = span_of(frame + PIECE_HEADER_BYTES, IMAGE_PIECE_BYTES);
    return 0;
}
