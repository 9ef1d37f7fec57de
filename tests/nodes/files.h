/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a node's data directory: found by short names (log-1 for log-0000000000000001), and
 * read as what they are. */
#ifndef NODES_FILES_H
#define NODES_FILES_H

#include "store/batch.h"
#include "tests/support/nodes.h"

#define FILES_MAX 64

struct files {
    char name[FILES_MAX][VFS_NAME_MAX]; /* as they are called, in order */
    size_t count;
};

void files_list(const struct nodes_one *one, struct files *ret);

/* Without the zeros in front of numbers. Returns out. */
const char *files_short(const char *name, char out[VFS_NAME_MAX]);

/* The path of the file with that short or whole name; false: there is none. */
bool files_find(const struct nodes_one *one, const char *name, char path[VFS_PATH_MAX]);

/* A batch of the log where it stands. */
struct files_batch {
    struct batch_header head;
    bool intact; /* the body too */
    char path[VFS_PATH_MAX];
    size_t at; /* in the file */
};

/* The headers of batches that read, over all segments: the number-th of them, from 0; false: there
 * are no more. Batches of a recycled file's former use are passed over. */
bool files_batch(const struct nodes_one *one, unsigned number, struct files_batch *ret);

#endif
