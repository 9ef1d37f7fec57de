/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node's snapshot as a file. Its first line says what it is, as JSON; then come the bytes as they
 * travel between nodes; then the SHA-256 of all of that as 64 digits and a line's end:
 *
 *   head -c -65 FILE | sha256sum
 *
 * Files of version 1 end with 16 digits instead, an XXH3 over the first line and each piece. */
#ifndef RAFTCTL_SNAPSHOT_FILE_H
#define RAFTCTL_SNAPSHOT_FILE_H

#include "raftctl/print.h"
#include "raftctl/sha256.h"

/* What a file says of itself, and how much has been summed up. */
struct file_head {
    uint64_t index, term, bytes; /* bytes: as they travel */
    char digest[17], cluster[17], node[LIMIT_NODE_NAME + 1];
    int version;
    struct sha256 sha256;  /* of version 2 */
    uint64_t xxh3;         /* of version 1 */
    char sum[SHA256_TEXT]; /* in the end, as digits */
    size_t line_bytes;     /* in front of those bytes */
};

/* Reads all of it: CTL_OK if it is whole. */
enum ctl_exit snapshot_file_check(const char *name, struct file_head *ret, struct failure *f);

#endif
