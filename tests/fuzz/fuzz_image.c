/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arbitrary bytes as an image, or as a partial one: never a crash; what is accepted is read in
 * full, and what can be resumed can be brought to an end or is refused by its digest. The first
 * byte chooses the file, and whether header and pieces are made right first. */
#include "base/checksum.h"
#include "base/mem.h"
#include "emulator/disk/memvfs.h"
#include "store/blocks.h"
#include "store/image_format.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DIR       "d"
#define MARK      7u
#define BYTES_MAX (3 * FRAME_BYTES)

static const struct wal_position at = {.index = 3, .term = 2};

static uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A header around what the input says, and pieces whose checksums are right; the digest too, unless
 * the input's fifth byte is odd. */
static uint8_t *mend(const uint8_t *data, size_t size, size_t *ret_len)
{
    uint8_t head[12] = {0};
    memcpy(head, data, size < sizeof head ? size : sizeof head);
    struct image_meta m = {.at = at,
                           .chain = head[5],
                           .config_index = head[6] % 4,
                           .config = head,
                           .config_len = head[7] % sizeof head,
                           .state_bytes = get_u32(head) % (2 * IMAGE_PIECE_BYTES + 9)};
    uint32_t header = image_header_bytes(m.config_len);
    size_t len = (size_t)image_file_bytes(header, m.state_bytes);
    uint8_t *file = mem_alloc(len);
    uint64_t chain = 0;
    for (uint64_t offset = 0; offset < m.state_bytes; offset += IMAGE_PIECE_BYTES) {
        uint8_t *frame = file + image_frame_at(header, offset);
        uint32_t piece = image_piece_len(m.state_bytes, offset);
        size_t n = size < piece ? size : piece;
        memcpy(frame + PIECE_HEADER_BYTES, data, n);
        (void)image_piece_seal(frame, image_key(MARK, at), offset, piece);
        chain = image_digest_piece(chain, frame + PIECE_HEADER_BYTES, piece);
    }
    m.digest = image_digest_end(chain, m.state_bytes) + head[4] % 2;
    image_header_encode(file, MARK, &m);
    /* Cut short by the input: a partial. */
    *ret_len = head[8] % 3 == 0 ? len : blocks_round_down(len - len / (2 + head[8]));
    return file;
}

static void read_all(struct image *image)
{
    static uint8_t out[IMAGE_READ_BYTES_MAX];
    uint64_t bytes = image_meta(image)->state_bytes;
    for (uint64_t offset = 0; offset < bytes; offset += 50021) {
        size_t n = bytes - offset < 50021 ? (size_t)(bytes - offset) : 50021;
        int code = image_read(image, offset, out, n, NULL);
        ASSERT(code == 0);
    }
}

static void try_whole(const struct vfs *v)
{
    struct image *image = NULL;
    struct err e = {0};
    int code = image_open(v, DIR, MARK, at, &image, &e);
    if (code == 0)
        code = image_verify(image, &e);
    if (code == 0)
        read_all(image);
    else
        ASSERT(e.code == code && e.text[0] != '\0');
    image_close(image);
}

/* Appends what is missing (zeros) and finishes. */
static void bring_to_end(struct memvfs *m, struct image_writer *w)
{
    static const uint8_t zeros[60000];
    struct vfs_op *op;
    int status;
    bool finishing = false;
    uint64_t bytes = image_writer_meta(w)->state_bytes;
    for (unsigned round = 0; round < 1000; round++) {
        size_t room = image_writer_room(w);
        image_writer_append(w, zeros, room < sizeof zeros ? room : sizeof zeros);
        if (image_writer_next_offset(w) == bytes && !finishing) {
            finishing = true;
            if (image_writer_finish(w, NULL) < 0)
                image_writer_cancel(w);
        }
        if (image_writer_flush(w) == NULL && finishing)
            break;
        while (memvfs_complete(m, &op, &status)) {
            int code = image_writer_on_done(w, op, status, NULL);
            ASSERT(code == 0);
        }
    }
}

static void try_partial(struct memvfs *m)
{
    struct image_writer *w = NULL;
    int code = image_partial_resume(memvfs_vfs(m), DIR, MARK, &w, NULL);
    ASSERT(code == 0);
    if (w == NULL)
        return;
    if (image_writer_meta(w)->state_bytes < (4u << 20)) {
        bring_to_end(m, w);
        bool done = image_writer_state(w) == IMAGE_DONE;
        ASSERT(done || image_writer_state(w) == IMAGE_CANCELLED);
        if (done) {
            struct image *image = NULL;
            code = image_open(memvfs_vfs(m), DIR, MARK, at, &image, NULL);
            ASSERT(code == 0);
            code = image_verify(image, NULL);
            ASSERT(code == 0);
            image_close(image);
        }
    }
    image_writer_close(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > BYTES_MAX)
        return 0;
    struct memvfs *m = memvfs_new(1);
    bool partial = (data[0] & 1) != 0;
    size_t len = size - 1;
    uint8_t *file = (data[0] & 2) != 0 ? mend(data + 1, size - 1, &len)
                                       : (uint8_t *)mem_dup(data + 1, size - 1);
    memvfs_set_direct(m, (data[0] & 4) == 0);
    memvfs_put(m,
               partial ? DIR "/partial-0000000000000003-0000000000000002"
                       : DIR "/image-0000000000000003-0000000000000002",
               file, len);
    free(file);
    if (partial)
        try_partial(m);
    else
        try_whole(memvfs_vfs(m));
    memvfs_free(m);
    return 0;
}
