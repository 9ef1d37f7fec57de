/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A machine as a stream of bytes, and back: what a snapshot holds of the state machine.
 *
 * Equal states give equal bytes: everything ascends, integers are little-endian, nothing is
 * padding. Both sides work in pieces, so that neither a turn nor a buffer grows with the state. */
#ifndef KV_KV_IMAGE_H
#define KV_KV_IMAGE_H

#include "base/err.h"
#include "kv/machine.h"

/* The layout (all records follow each other directly):
 *
 *   head     "raftkv", version u16, index u64, term u64, clock u64,
 *            sessions u64, answers u64, keys u64 (how many of each)
 *   session  'S', sid u64, ttl u64, last used u64, first open u64;              ascending sid
 *   answer   'A', seq u64, index u64, len u32, bytes;           after its session, ascending seq
 *   key      'K' (a string), 'L' (a list) or 'T' (a set), key len u32, value len u32, rev u64,
 *            expires u64 (0: never), key, value;                            ascending key
 *   end      'E', machine digest u64, digest of the stream u64
 *
 * The digest of the stream chains the records before the end, part by part (fixed fields, key,
 * value or bytes; empty ones are left out): d' = checksum64_seeded(d, part), from 0. So it does not
 * depend on how the stream is cut. */
#define KV_IMAGE_VERSION 2u

/* By enum kv_type. */
#define KV_IMAGE_KEY_TAGS "KLT"

/* Bytes of each part but for what varies: part of the format. */
#define KV_IMAGE_HEAD_BYTES    56u
#define KV_IMAGE_SESSION_BYTES 33u
#define KV_IMAGE_ANSWER_BYTES  21u
#define KV_IMAGE_KEY_BYTES     25u
#define KV_IMAGE_END_BYTES     17u

/* ---- writing ---- */

struct kv_image_writer;

/* How long the stream of this machine is, exactly; O(1). */
uint64_t kv_image_bytes(const struct machine *m);

/* Takes the frozen machine over and frees it with the writer. */
struct kv_image_writer *kv_image_writer_new(struct machine *frozen);
void kv_image_writer_free(struct kv_image_writer *w); /* NULL is allowed */

/* Appends the next bytes of the stream to out: exactly bytes_max (> 0), fewer only at its end.
 * Returns how many; 0 when all has been written. Bounded work: what lies in those bytes, and one
 * checksum of at most one value. */
size_t kv_image_write(struct kv_image_writer *w, struct buf *out, size_t bytes_max);
bool kv_image_written(const struct kv_image_writer *w); /* nothing is left */
/* The digest of the stream; precondition: kv_image_written. */
uint64_t kv_image_writer_digest(const struct kv_image_writer *w);
/* What is being written. */
const struct machine *kv_image_writer_machine(const struct kv_image_writer *w);

/* ---- reading ---- */

struct kv_image_reader;

struct kv_image_reader *kv_image_reader_new(void);
void kv_image_reader_free(struct kv_image_reader *r); /* NULL is allowed */

/* Takes the next bytes of a stream, in pieces of any size. Holds at most one record that is not
 * complete. Returns 0 or -E_CORRUPT with a sentence; after a failure every further call fails. */
int kv_image_read(struct kv_image_reader *r, struct span piece, struct err *e) MUST_CHECK;
/* To be called after the last piece. Returns 0 and the machine (free with machine_free), or
 * -E_CORRUPT: the stream is cut short. machine_digest is what the writer's was: it was compared. */
int kv_image_finish(struct kv_image_reader *r, struct machine **ret_machine,
                    struct err *e) MUST_CHECK;
/* The digest of the stream; precondition: kv_image_finish succeeded. */
uint64_t kv_image_reader_digest(const struct kv_image_reader *r);

#endif
