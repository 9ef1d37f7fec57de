/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log's files: their names, finding them, preparing them, clearing their unused rest. */
#ifndef STORE_SEGMENT_H
#define STORE_SEGMENT_H

#include "store/reader.h"

/* One file of the log. Invariants: bytes below `end` belong to batches, those below `synced` to
 * synced ones; both multiples of VFS_BLOCK, synced <= end <= size_bytes.
 *
 * A start that finds no segment before this one knows the log's entries above start_index: the last
 * entry before its first batch; or, once a truncation went below that, the last entry before the
 * batch after it (start_blind: no such batch yet); or everything, once the log was reset. */
struct segment {
    uint64_t number; /* 1, 2, 3 … in the order of writing */
    uint64_t size_bytes;
    uint64_t end;
    uint64_t synced;
    struct vfs_file *file; /* owned; NULL while closed */
    uint64_t start_index;
    bool start_blind;
    bool recycled; /* found at start: behind the end stand batches of a former use */
};

#define SEGMENT_NUMBER_MAX UINT32_MAX

/* "log-%016x" of the number, and the name it bears while it is being filled. */
void segment_name(char out[VFS_NAME_MAX], uint64_t number);
void segment_temporary_name(char out[VFS_NAME_MAX], uint64_t number);

/* What stands in a directory. */
struct segment_list {
    uint64_t *numbers; /* owned, ascending */
    size_t count;
    uint64_t *temporaries; /* owned: numbers of files left half prepared */
    size_t temporaries_count;
};

int segment_list(const struct vfs *v, const char *dir, struct segment_list *ret,
                 struct err *e) MUST_CHECK;
void segment_list_free(struct segment_list *list);

int segment_open(const struct vfs *v, const char *dir, uint64_t number, unsigned flags,
                 struct vfs_file **ret, struct err *e) MUST_CHECK;
int segment_remove(const struct vfs *v, const char *dir, uint64_t number, bool temporary,
                   struct err *e) MUST_CHECK;

/* Fills in a preparing operation for the segment; recycled: the number of one of the same size
 * whose file it takes, or 0. */
void segment_prepare(struct vfs_op *op, const char *dir, uint64_t number, uint64_t size_bytes,
                     uint64_t recycled);
/* Fills in an operation that removes one. */
void segment_discard(struct vfs_op *op, const char *dir, uint64_t number);

/* Makes the blocks of [offset, offset + bytes) zero. The caller syncs. */
int segment_clear(const struct vfs *v, const struct segment *s, struct reader *r, uint64_t offset,
                  uint64_t bytes, struct err *e) MUST_CHECK;

/* Makes every block from s->end to the end of the file zero (s->file is open for writing); adds the
 * bytes of blocks that were not zero to *bytes. The caller syncs if the sum rose. */
int segment_scrub(const struct vfs *v, const struct segment *s, struct reader *r, uint64_t *bytes,
                  struct err *e) MUST_CHECK;

#endif
