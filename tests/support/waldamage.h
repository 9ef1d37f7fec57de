/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A log whose files are damaged on purpose, and the two verdicts of a start on it. */
#ifndef TESTS_SUPPORT_WALDAMAGE_H
#define TESTS_SUPPORT_WALDAMAGE_H

#include "tests/support/walrig.h"

/* The bytes of a file, kept aside. */
struct copy {
    uint8_t *data; /* owned */
    size_t len;
};

struct copy copy_file(struct memvfs *m, const char *path);
void put_file(struct memvfs *m, const char *path, const struct copy *c); /* same length */
bool file_is(struct memvfs *m, const char *path, const struct copy *c);
void flip(struct memvfs *m, const char *path, size_t at, uint8_t mask);

/* A log of three batches in segment 1, closed: two entries, three, and a last one of four over two
 * blocks, from last_start to last_end. before = the file without the last batch. */
struct tail {
    struct rig r;
    struct copy before;
    struct copy whole;
    size_t last_start;
    size_t last_end;
};

#define TAIL_SEGMENT (6u * VFS_BLOCK)

void start_tail(struct tail *t);
void stop_tail(struct tail *t);

/* The log is the first two batches, and takes new entries that survive: also a second start, whose
 * verdict must not be confused by what the broken-off batch left (it left nothing). */
void expect_cut(struct tail *t);

/* Opening fails with code, the sentence has the word, and no file is changed. */
void expect_refusal(struct rig *r, int code, const char *word);

#endif
