/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What writing, receiving and resuming an image share. */
#ifndef STORE_IMAGE_PRIVATE_H
#define STORE_IMAGE_PRIVATE_H

#include "store/blocks.h"
#include "store/image_format.h"

/* Frames gathered before the disk must follow: 1 MiB. */
#define GATHER_FRAMES 16u
#define GATHER_BYTES  (GATHER_FRAMES * IMAGE_PIECE_BYTES) /* of the stream */

/* Invariants: `gathered` holds the stream's bytes [written + flying, written + flying + fill) in
 * frames, those of whole pieces sealed and in `chain`; written and flying are multiples of
 * IMAGE_PIECE_BYTES while state is IMAGE_GATHERING; file is NULL until the first operation is done
 * and after the last. */
struct image_writer {
    const struct vfs *vfs; /* borrowed */
    char dir[VFS_PATH_MAX];
    uint64_t disk_mark;
    uint64_t key;
    bool partial;
    struct image_meta meta;
    uint8_t *config; /* owned */
    uint32_t header_bytes;
    enum image_state state;

    struct vfs_file *file; /* owned */
    struct blocks header;
    struct blocks gathered;
    struct blocks flight;
    uint64_t written; /* of the stream: in the file */
    uint64_t flying;  /* in the operation under way */
    uint64_t fill;
    uint64_t chain; /* digest of the whole pieces */

    struct vfs_op op;
    bool in_flight;
    bool last; /* it is the one that completes the image */
};

struct image_writer *image_writer_new(const struct vfs *vfs, const char *dir, uint64_t disk_mark,
                                      const struct image_meta *meta, bool partial) MUST_CHECK;

/* Header and size of an open file, into *header, which ret->config points into. The error's text
 * lacks the file's name. */
int image_read_header(const struct vfs *vfs, struct vfs_file *file, uint64_t disk_mark,
                      struct blocks *header, struct image_meta *ret, uint64_t *ret_size,
                      struct err *e) MUST_CHECK;

#endif
