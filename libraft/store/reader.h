/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a file through one aligned window, so that neighbours cost one read together. */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "store/blocks.h"

/* An all-zero struct holds nothing. Invariant: the window shows bytes [start, start + len) of the
 * file numbered `number`; len = 0 = nothing. */
struct reader {
    struct blocks window; /* owned */
    uint64_t number;
    uint64_t start;
    size_t len;
};

void reader_free(struct reader *r);
void reader_forget(struct reader *r); /* after the file was changed under the window */

/* *ret = the bytes [offset, offset + len) of the file, borrowed until the next call. Only bytes
 * below limit are read, and kept: they must not change without reader_forget. limit is a multiple
 * of VFS_BLOCK, offset + len <= limit (asserted). number tells files apart, never 0. */
int reader_view(struct reader *r, const struct vfs *v, struct vfs_file *file, uint64_t number,
                uint64_t limit, uint64_t offset, size_t len, const uint8_t **ret,
                struct err *e) MUST_CHECK;

#endif
