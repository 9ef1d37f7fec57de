/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of a file, or of bytes in memory, one after another. A file is read through one window
 * that is used again and again: reading it takes as much memory as its longest line, and the bytes
 * are in the processor's cache when they are looked at. */
#ifndef EMULATOR_TRACE_LINES_H
#define EMULATOR_TRACE_LINES_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct line {
    const char *at; /* without its '\n'; valid until the next call */
    size_t len;
    uint64_t number; /* from 1 */
    bool ended;      /* by a '\n'; only the last line may have none */
};

/* All-zero has no lines. */
struct lines {
    const char *at; /* what is in memory and was not given yet */
    const char *end;
    char *window; /* owned; NULL: nothing was read */
    size_t cap;
    int fd; /* owned if `reads` */
    bool reads;
    uint64_t number;
};

/* Bytes that stay the caller's and must outlive their lines. */
struct lines lines_of(const char *data, size_t len);
/* Opens a file. Errors: those of open. */
int lines_open(struct lines *l, const char *path, struct err *e) MUST_CHECK;
void lines_close(struct lines *l);

/* 1 and the next line, 0 at the end. Errors, naming the line: -E_IO; -E_LIMIT, one in a file that
 * is longer than TRACE_LINE_MAX. */
int lines_next(struct lines *l, struct line *ret, struct err *e) MUST_CHECK;

#endif
