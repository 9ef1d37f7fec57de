/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node's snapshot as a file. Its first line says what it is, as JSON; then come the bytes as they
 * travel between nodes; then a checksum over all of it, in pieces, as 16 digits and a line's end.
 */
#ifndef RAFTCTL_SNAPSHOT_FILE_H
#define RAFTCTL_SNAPSHOT_FILE_H

#include "raftctl/print.h"

/* What a file says of itself, and how much has been summed up. */
struct file_head {
    uint64_t index, term, bytes; /* bytes: as they travel */
    char digest[17], cluster[17], node[LIMIT_NODE_NAME + 1];
    uint64_t sum;
    size_t line_bytes; /* in front of those bytes; of a file that was read */
};

/* Reads all of it: CTL_OK if it is whole. */
enum ctl_exit snapshot_file_check(const char *name, struct file_head *ret, struct failure *f);

#endif
