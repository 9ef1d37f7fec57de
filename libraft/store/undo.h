/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What calls to files replaced, in a row of records: from them and the files as they are, whoever
 * plays a power cut makes what the disk would have held. The daemon writes such a journal when a
 * laboratory asks for it, beside the data directory; it never leaves the host.
 *
 * A record of a WRITE, a RENAME or an UNLINK stands there before the call is made, so of the last
 * one it is not known whether it was; one of a CREATE, a SYNC or a SYNC_DIR after it has succeeded.
 * A file is named by a number that it keeps when its name changes, of all files that are or were in
 * the directory as long as the journal lasts: its inode's. A file that lost its name is kept under
 * that number. */
#ifndef STORE_UNDO_H
#define STORE_UNDO_H

#include "store/vfs.h"

enum undo_kind {
    UNDO_WRITE = 1,
    UNDO_SYNC,
    UNDO_CREATE,
    UNDO_RENAME,
    UNDO_UNLINK,
    UNDO_SYNC_DIR,
    UNDO_POWER /* the power failed before this file could be synced: the last record, but for those
                * of calls that other threads were making */
};

struct undo_record {
    enum undo_kind kind;
    uint64_t file;         /* 0 of SYNC_DIR */
    uint64_t replaced;     /* of a RENAME: the file that had the new name; 0: none */
    uint64_t offset, len;  /* of a WRITE: what is written … */
    uint64_t size;         /* … and how long the file was before */
    const char *name, *to; /* without the directory; to: of a RENAME; "" */
    const uint8_t *before; /* of a WRITE: what stood there, as far as the file went … */
    size_t before_len;     /* … that many bytes, from offset on; borrowed */
};

/* The bytes of a record but for `before`, which is to follow them. Names are shorter than
 * VFS_NAME_MAX (asserted). */
#define UNDO_HEAD_BYTES (8u * 8u + 2u * VFS_NAME_MAX)
void undo_put_head(uint8_t out[UNDO_HEAD_BYTES], const struct undo_record *r);

/* The record at *at of so many bytes; *at is behind it then. What it points to is borrowed from
 * data. False: there is none, or it is not all there. */
bool undo_next(const uint8_t *data, size_t len, size_t *at, struct undo_record *ret);

#endif
