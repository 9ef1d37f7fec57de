/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshot images on disk: written and received off the write path, opened, read in pieces, swept.
 *
 * An image is the state machine's bytes (a stream this folder does not look into) as of one log
 * position, with what a node must know beside it to go on from there (thesis 5.1). A file bears
 * its final name only when it is complete and synced: a crash leaves the old image or the new one.
 *
 * Writing an image of one's own and receiving one are the same object, a writer: append what
 * image_writer_room allows, call image_writer_flush once a turn, hand completions to
 * image_writer_on_done, then image_writer_finish. Reading blocks, like wal_read. Not thread safe.
 */
#ifndef STORE_IMAGE_H
#define STORE_IMAGE_H

#include "base/span.h"
#include "store/wal.h"

struct image;        /* a complete image, open for reading; opaque */
struct image_writer; /* one being written or received; opaque */

/* The most image_read takes at once. */
#define IMAGE_READ_BYTES_MAX   (256u << 10)
#define IMAGE_CONFIG_BYTES_MAX (32u << 10)
#define IMAGE_STATE_BYTES_MAX  (1ull << 40)

/* What an image says about itself. */
struct image_meta {
    struct wal_position at; /* the last entry whose effect is in the state; index, term >= 1 */
    uint64_t chain;         /* entry_chain up to there: wal_chain_at(at.index) of the writer */
    uint64_t stamp;         /* the log clock there, ns (of the newest entry <= at.index) */
    uint64_t config_index;  /* entry of the configuration in force at at.index; <= at.index */
    const uint8_t *config;  /* its bytes; borrowed, in what functions return from the object */
    uint32_t config_len;    /* <= IMAGE_CONFIG_BYTES_MAX */
    uint32_t state_format;  /* the state machine's version number of the stream */
    uint64_t state_bytes;   /* of the stream, <= IMAGE_STATE_BYTES_MAX */
    uint64_t digest;        /* of the stream: see struct image_digest; the same on every node */
};

/* The digest of a stream, however it is cut: XXH3-64 chained over consecutive pieces of
 * IMAGE_PIECE_BYTES (the last may be shorter), then over the length. All-zero = nothing yet. */
#define IMAGE_PIECE_BYTES 65504u

struct image_digest {
    uint64_t chain;
    uint64_t bytes;
    uint32_t fill; /* bytes of piece in use, < IMAGE_PIECE_BYTES */
    uint8_t piece[IMAGE_PIECE_BYTES];
};
void image_digest_add(struct image_digest *d, const void *data, size_t len);
uint64_t image_digest_value(const struct image_digest *d); /* of everything added so far */

/* Writing. */

/* Begins an image of this node's own: everything in *meta but state_bytes and digest, which finish
 * computes. Nothing is written before the first flush. One per position and time. disk_mark as
 * wal_options.log_id (store_mark). *Ownership*: meta and its config are copied, dir too; vfs is
 * borrowed. Freed with image_writer_close. Never fails. */
struct image_writer *image_writer_begin(const struct vfs *vfs, const char *dir, uint64_t disk_mark,
                                        const struct image_meta *meta) MUST_CHECK;

/* Begins receiving an image: *meta is complete, as the sender says it. What is received stays on
 * disk through crashes and starts (struct store.partial) until finished, cancelled, or swept. */
struct image_writer *image_partial_begin(const struct vfs *vfs, const char *dir, uint64_t disk_mark,
                                         const struct image_meta *meta) MUST_CHECK;

/* Opens the newest partial of the directory where the last life left it: image_writer_next_offset
 * says how far it is known to be good (whole pieces of it). *ret = NULL and 0 when there is none
 * worth resuming. Blocking, for starting (store_open does it); reads the partial whole. */
int image_partial_resume(const struct vfs *vfs, const char *dir, uint64_t disk_mark,
                         struct image_writer **ret, struct err *e) MUST_CHECK;

/* Frees it; no operation of it may be with the host any more. A partial's file stays, so does a
 * temporary one (removed at the next start) unless cancelled. w may be NULL. */
void image_writer_close(struct image_writer *w);

/* meta as begun; state_bytes and digest of an own image are right once it is done. */
const struct image_meta *image_writer_meta(const struct image_writer *w);
bool image_writer_is_partial(const struct image_writer *w);

/* The offset in the stream at which the next append continues; of a partial: what to answer to the
 * sender. Bytes below it may be lost in a crash (then it is smaller after the start). */
uint64_t image_writer_next_offset(const struct image_writer *w);

/* How many bytes an append takes now, 0 while the disk is behind; at most 1 MiB. Of a partial never
 * more than is missing; 0 after finish, cancel, failure. */
size_t image_writer_room(const struct image_writer *w);

/* Appends at next_offset; len <= room (asserted); copies. */
void image_writer_append(struct image_writer *w, const void *data, size_t len);

/* Starts writing what is gathered (whole pieces; everything after finish): returns the submitted
 * operation, of kind VFS_OP_CHANGE, or NULL when there is nothing to do or one is in flight. Call
 * it once a turn and after each image_writer_on_done, until image_writer_state is final. */
struct vfs_op *image_writer_flush(struct image_writer *w);

/* Whether all whole pieces appended to a partial are in its file: then they can be read back. It
 * becomes true by flushing, when nothing is appended any more. */
bool image_writer_settled(const struct image_writer *w);

/* The piece at offset, a multiple of IMAGE_PIECE_BYTES below next_offset, as it stands on the disk
 * (the last one, not whole yet, as it was appended). Precondition: settled. *ret is valid until the
 * next call with w. Blocking. Returns 0, -E_CORRUPT or what reading failed with. */
int image_writer_piece(struct image_writer *w, uint64_t offset, struct span *ret,
                       struct err *e) MUST_CHECK;

/* Everything was appended. Of a partial: 0, or -E_CORRUPT when length or digest are not what the
 * sender said (then cancel it and begin anew; e names both). On success later flushes write the
 * rest, sync the file, rename it, sync the directory: state IMAGE_DONE. */
int image_writer_finish(struct image_writer *w, struct err *e) MUST_CHECK;

/* Gives up: later flushes remove the file: IMAGE_CANCELLED (at once if there is none yet). An image
 * whose last operation is in flight may still become IMAGE_DONE; in a final state it does nothing.
 */
void image_writer_cancel(struct image_writer *w);

/* Takes the completion of an operation whose owner is this writer. Returns 0 or the code that made
 * it fail: state IMAGE_FAILED, the file is removed if that was possible, no retry with this writer.
 * -E_NOSPACE harms nothing but this image; any other code means that the disk fails, and the
 * process should stop. The image before it is untouched in either case. */
int image_writer_on_done(struct image_writer *w, struct vfs_op *op, int status,
                         struct err *e) MUST_CHECK;

enum image_state {
    IMAGE_GATHERING, /* append, or finish */
    IMAGE_FINISHING, /* finish was called: flush */
    IMAGE_DONE,      /* durable under its final name */
    IMAGE_CANCELLING,
    IMAGE_CANCELLED,
    IMAGE_FAILED,
};
enum image_state image_writer_state(const struct image_writer *w);
bool image_writer_in_flight(const struct image_writer *w); /* an operation is with the host */

/* Reading. */

/* Opens the image of a position (as image_writer_meta()->at of a done one), checks its header.
 * Blocking. It stays readable after its file was swept: this pins it. *Errors*: -E_NOTFOUND,
 * -E_CORRUPT, -E_MISMATCH (another disk's), -E_UNSUPPORTED (a newer format), and the vfs's. */
int image_open(const struct vfs *vfs, const char *dir, uint64_t disk_mark, struct wal_position at,
               struct image **ret, struct err *e) MUST_CHECK;
void image_close(struct image *image); /* may be NULL */

/* Valid until image_close, the config's bytes too. */
const struct image_meta *image_meta(const struct image *image);

/* Exactly len bytes of the stream at offset into out; len <= IMAGE_READ_BYTES_MAX, inside
 * state_bytes (asserted). Blocking; each piece is checked. *Errors*: -E_CORRUPT, -E_IO: this image
 * is not to be trusted any more. */
int image_read(struct image *image, uint64_t offset, void *out, size_t len,
               struct err *e) MUST_CHECK;

/* Reads everything and compares the digest. Blocking; store_open does it. */
int image_verify(struct image *image, struct err *e) MUST_CHECK;

/* What a directory holds, by position, numerically: oldest first. */
struct image_list {
    struct wal_position *images; /* owned */
    size_t images_count;
    struct wal_position *partials; /* owned */
    size_t partials_count;
    struct wal_position *temporaries; /* owned */
    size_t temporaries_count;
};
int image_list(const struct vfs *vfs, const char *dir, struct image_list *ret,
               struct err *e) MUST_CHECK;
void image_list_free(struct image_list *list);

/* Sweeping: removing what the newest image makes superfluous, off the write path. All-zero = at
 * rest; it owns nothing. */
struct image_sweep {
    struct vfs_op op;
    bool in_flight;
};

/* Starts removing every image below `keep` (and every unreadable one of other positions below it),
 * and every partial at or below it, in dir; returns the submitted operation, or NULL when there is
 * nothing to remove or one is in flight. Precondition: the image `keep` is durable, and so is the
 * log's standing on it (after an install: the reset). Lists the directory, which blocks briefly.
 * `receiving`: the partial in use, spared; may be NULL. */
struct vfs_op *image_sweep_start(struct image_sweep *s, const struct vfs *vfs, const char *dir,
                                 struct wal_position keep, const struct image_writer *receiving);
/* Completion of an operation whose owner is the sweep. A failure leaves superfluous files: say it,
 * go on; the code is for the log. */
int image_sweep_on_done(struct image_sweep *s, struct vfs_op *op, int status,
                        struct err *e) MUST_CHECK;

#endif
