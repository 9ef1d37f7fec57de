/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading complete images. */
#include "store/image_private.h"

#include "base/mem.h"

#include <inttypes.h>
#include <string.h>

struct image {
    const struct vfs *vfs; /* borrowed */
    struct vfs_file *file; /* owned */
    char name[VFS_NAME_MAX];
    struct image_meta meta;
    uint32_t header_bytes;
    uint64_t key;
    struct blocks header; /* the configuration's bytes are in it */
    struct blocks frame;  /* the piece read last */
    uint64_t piece;       /* its offset; UINT64_MAX = none */
};

int image_read_header(const struct vfs *vfs, struct vfs_file *file, uint64_t disk_mark,
                      struct blocks *header, struct image_meta *ret, uint64_t *ret_size,
                      struct err *e)
{
    uint64_t size;
    int code = vfs->size(vfs->arg, file, &size, e);
    if (code < 0)
        return code;
    blocks_reserve(header, IMAGE_HEADER_BYTES_MAX);
    if (size < VFS_BLOCK)
        return err_set(e, -E_CORRUPT, "the header is cut off");
    code = vfs->read(vfs->arg, file, 0, header->data, VFS_BLOCK, e);
    if (code < 0)
        return code;
    uint64_t len = image_header_bytes_of(header->data);
    if (len > IMAGE_HEADER_BYTES_MAX || len > size)
        return err_set(e, -E_CORRUPT, "the header is damaged");
    code = vfs->read(vfs->arg, file, 0, header->data, (size_t)len, e);
    if (code == 0)
        code = image_header_decode(header->data, (size_t)len, disk_mark, ret, e);
    if (code == 0)
        *ret_size = size;
    return code;
}

static int read_header(struct image *image, uint64_t disk_mark, struct wal_position at,
                       struct err *e)
{
    uint64_t size;
    int code = image_read_header(image->vfs, image->file, disk_mark, &image->header, &image->meta,
                                 &size, e);
    if (code < 0)
        return code;
    if (image_compare(image->meta.at, at) != 0)
        return err_set(e, -E_CORRUPT, "it is the image of another position");
    image->header_bytes = image_header_bytes(image->meta.config_len);
    if (size != image_file_bytes(image->header_bytes, image->meta.state_bytes))
        return err_set(e, -E_CORRUPT, "the file's size was changed");
    return 0;
}

int image_open(const struct vfs *vfs, const char *dir, uint64_t disk_mark, struct wal_position at,
               struct image **ret, struct err *e)
{
    char path[VFS_PATH_MAX];
    struct image *image = mem_alloc(sizeof *image);
    image->vfs = vfs;
    image->key = image_key(disk_mark, at);
    image->piece = UINT64_MAX;
    image_name(image->name, IMAGE_NAME_WHOLE, at);
    vfs_path(path, dir, image->name);
    struct err why = {0};
    int code = vfs->open(vfs->arg, path, VFS_DIRECT, &image->file, &why);
    if (code == 0)
        code = read_header(image, disk_mark, at, &why);
    if (code < 0) {
        err_set(e, code, "image: %s: %s", image->name, why.text);
        image_close(image);
        return code;
    }
    *ret = image;
    return 0;
}

void image_close(struct image *image)
{
    if (image == NULL)
        return;
    if (image->file != NULL)
        image->vfs->close(image->vfs->arg, image->file);
    blocks_free(&image->header);
    blocks_free(&image->frame);
    mem_free(image);
}

const struct image_meta *image_meta(const struct image *image)
{
    return &image->meta;
}

/* Brings the piece at offset into the frame, checked. */
static int load_piece(struct image *image, uint64_t offset, struct err *e)
{
    const struct vfs *v = image->vfs;
    uint32_t len = image_piece_len(image->meta.state_bytes, offset);
    if (image->piece == offset)
        return 0;
    image->piece = UINT64_MAX;
    blocks_reserve(&image->frame, FRAME_BYTES);
    int code = v->read(v->arg, image->file, image_frame_at(image->header_bytes, offset),
                       image->frame.data, image_frame_bytes(len), e);
    if (code < 0) {
        err_wrap(e, "image: read %s", image->name);
        return code;
    }
    if (!image_piece_intact(image->frame.data, image->key, offset, len))
        return err_set(e, -E_CORRUPT, "image: %s: the piece at %" PRIu64 " of the state is damaged",
                       image->name, offset);
    image->piece = offset;
    return 0;
}

int image_read(struct image *image, uint64_t offset, void *out, size_t len, struct err *e)
{
    uint8_t *to = out;
    ASSERT(len <= IMAGE_READ_BYTES_MAX && offset <= image->meta.state_bytes);
    ASSERT(len <= image->meta.state_bytes - offset);
    while (len > 0) {
        uint32_t skip = (uint32_t)(offset % IMAGE_PIECE_BYTES);
        int code = load_piece(image, offset - skip, e);
        if (code < 0)
            return code;
        size_t n = image_piece_len(image->meta.state_bytes, offset - skip) - skip;
        if (n > len)
            n = len;
        memcpy(to, image->frame.data + PIECE_HEADER_BYTES + skip, n);
        to += n;
        offset += n;
        len -= n;
    }
    return 0;
}

int image_verify(struct image *image, struct err *e)
{
    const struct image_meta *m = &image->meta;
    uint64_t chain = 0;
    for (uint64_t at = 0; at < m->state_bytes; at += IMAGE_PIECE_BYTES) {
        int code = load_piece(image, at, e);
        if (code < 0)
            return code;
        chain = image_digest_piece(chain, image->frame.data + PIECE_HEADER_BYTES,
                                   image_piece_len(m->state_bytes, at));
    }
    if (image_digest_end(chain, m->state_bytes) != m->digest)
        return err_set(e, -E_CORRUPT, "image: %s: the state has another digest than its header",
                       image->name);
    return 0;
}
