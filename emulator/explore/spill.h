/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file without a name, for what does not fit into memory: gone with the program, however it ends.
 */
#ifndef EXPLORE_SPILL_H
#define EXPLORE_SPILL_H

#include "base/err.h"

struct spill {
    char *dir; /* owned */
    int fd;    /* -1: not open */
};

/* Errors of all of these name the directory, since that is what a user can change. */
int spill_open(struct spill *s, const char *dir, struct err *e) MUST_CHECK;
void spill_close(struct spill *s);

/* All of it, at that place, from any thread. -E_NOSPACE, -E_IO. */
int spill_write(const struct spill *s, uint64_t offset, const void *data, size_t len,
                struct err *e) MUST_CHECK;
/* -E_CORRUPT if the file ends before. */
int spill_read(const struct spill *s, uint64_t offset, void *data, size_t len,
               struct err *e) MUST_CHECK;
int spill_empty(const struct spill *s, struct err *e) MUST_CHECK;

#endif
