/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of image files (README.md has the tables), and their names. */
#ifndef STORE_IMAGE_FORMAT_H
#define STORE_IMAGE_FORMAT_H

#include "store/image.h"

/* On disk a piece of the stream and this header fill a frame. */
#define PIECE_HEADER_BYTES 32u
#define FRAME_BYTES        (PIECE_HEADER_BYTES + IMAGE_PIECE_BYTES)
_Static_assert(FRAME_BYTES % VFS_BLOCK == 0, "frames are whole blocks");

/* Of a header with so long a configuration: whole blocks. */
uint32_t image_header_bytes(uint32_t config_len);
/* The most that image_header_bytes returns. */
#define IMAGE_HEADER_BYTES_MAX (IMAGE_CONFIG_BYTES_MAX + VFS_BLOCK)

/* Writes image_header_bytes(meta->config_len) bytes. */
void image_header_encode(uint8_t *out, uint64_t disk_mark, const struct image_meta *meta);
/* How many bytes of header there are to read, from the first block; more than
 * IMAGE_HEADER_BYTES_MAX when it makes no sense. */
uint64_t image_header_bytes_of(const uint8_t *block);
/* Reads them; meta->config points into data. -E_CORRUPT, -E_UNSUPPORTED, -E_MISMATCH. */
int image_header_decode(const uint8_t *data, size_t len, uint64_t disk_mark, struct image_meta *ret,
                        struct err *e) MUST_CHECK;

/* What ties pieces to their image, so that a stray one of another is none. */
uint64_t image_key(uint64_t disk_mark, struct wal_position at);
/* Completes a frame whose piece stands behind PIECE_HEADER_BYTES: header, and zeros up to the next
 * block. Returns the frame's bytes. offset is the piece's in the stream. */
size_t image_piece_seal(uint8_t *frame, uint64_t key, uint64_t offset, uint32_t len);
bool image_piece_intact(const uint8_t *frame, uint64_t key, uint64_t offset, uint32_t len);

/* How long the piece at offset is in a stream of so many bytes. */
uint32_t image_piece_len(uint64_t state_bytes, uint64_t offset);
/* Bytes of the frame that holds so long a piece. */
size_t image_frame_bytes(uint32_t piece_len);
/* Where the frame of the piece at offset (a multiple of IMAGE_PIECE_BYTES) stands in the file. */
uint64_t image_frame_at(uint32_t header_bytes, uint64_t offset);
/* Of a whole file. */
uint64_t image_file_bytes(uint32_t header_bytes, uint64_t state_bytes);

/* The two steps of struct image_digest. */
uint64_t image_digest_piece(uint64_t chain, const uint8_t *piece, uint32_t len);
uint64_t image_digest_end(uint64_t chain, uint64_t bytes);

enum image_name {
    IMAGE_NAME_OTHER,
    IMAGE_NAME_WHOLE,
    IMAGE_NAME_TEMPORARY, /* an own one being written */
    IMAGE_NAME_PARTIAL,   /* one being received */
};
/* kind is not IMAGE_NAME_OTHER. */
void image_name(char out[VFS_NAME_MAX], enum image_name kind, struct wal_position at);
/* Names are compared as numbers, never as text. *ret_at is set unless OTHER. */
enum image_name image_name_parse(const char *name, struct wal_position *ret_at);
/* < 0, 0, > 0: by index, then term. */
int image_compare(struct wal_position a, struct wal_position b);

#endif
