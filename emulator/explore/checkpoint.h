/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A search laid down in a directory, to be gone on with by a later process. */
#ifndef EXPLORE_CHECKPOINT_H
#define EXPLORE_CHECKPOINT_H

#include "base/buf.h"
#include "base/err.h"

/* DIR/state is a head (magic, format, the program that wrote it) and one stream of bytes in chunks:
 * length, checksum over the chunk and its place, bytes; a chunk of length 0 is the end. It is
 * written as DIR/state.new and renamed when it is on the disk, so a checkpoint is whole or is the
 * one before. The stream's meaning is its writers' own: whoever puts something gets it back in the
 * same order. Values are as this machine keeps them: only the very program that wrote a checkpoint
 * reads it, which a checksum of the executable decides. */

/* ---- writing ---- */

/* Errors stay, and the commit tells the first one. */
struct checkpoint_out {
    int fd;
    char *dir; /* owned */
    struct buf chunk;
    uint64_t chunks;
    struct err failed;
};

/* Makes the directory unless it is there. -E_IO, -E_NOSPACE, -E_PERMISSION: all name it. */
int checkpoint_create(struct checkpoint_out *out, const char *dir, struct err *e) MUST_CHECK;
void checkpoint_put(struct checkpoint_out *out, const void *data, size_t len);
void checkpoint_put_u64(struct checkpoint_out *out, uint64_t v);
/* On the disk, under its name. Frees out either way; a failed one leaves the checkpoint before. */
int checkpoint_commit(struct checkpoint_out *out, struct err *e) MUST_CHECK;
/* Nothing is left of it; what was there before is. */
void checkpoint_abandon(struct checkpoint_out *out);

/* ---- reading ---- */

/* After a failure everything read is zero, and checkpoint_finish tells the first one. */
struct checkpoint_in {
    int fd;
    char *dir;      /* owned */
    uint8_t *chunk; /* owned */
    size_t len, at;
    uint64_t chunks;
    bool ended;
    struct err failed;
};

/* -E_NOTFOUND: nothing there; -E_MISMATCH: another program's; -E_CORRUPT: damaged. */
int checkpoint_open(struct checkpoint_in *in, const char *dir, struct err *e) MUST_CHECK;
/* False once anything failed. No byte is handed out of a chunk whose checksum is wrong. */
bool checkpoint_get(struct checkpoint_in *in, void *data, size_t len);
uint64_t checkpoint_get_u64(struct checkpoint_in *in);
/* The same, and -E_CORRUPT if it is above max; then it is 0. */
uint64_t checkpoint_get_count(struct checkpoint_in *in, uint64_t max);
/* What was read makes no sense, though its checksum is right. */
void checkpoint_refuse(struct checkpoint_in *in, const char *what);
/* -E_CORRUPT if anything failed, or something is left. Frees in either way. */
int checkpoint_finish(struct checkpoint_in *in, struct err *e) MUST_CHECK;

#endif
