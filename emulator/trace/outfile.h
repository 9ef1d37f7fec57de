/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that is only appended to, in large pieces: a system call a line is more than a busy
 * cluster's trace can pay. */
#ifndef TRACE_OUTFILE_H
#define TRACE_OUTFILE_H

#include "base/buf.h"
#include "base/err.h"
#include "trace/record.h"

/* Invariant: after a failed write nothing more is written, and failed holds its sentence. */
struct outfile {
    int fd; /* -1: not open */
    char *path;
    struct buf pending;
    struct err failed;
};

/* Creates the file. Errors: those of open. outfile_close is right in every case. */
int outfile_open(struct outfile *f, const char *path, struct err *e) MUST_CHECK;
/* The same for DIR/NAME. */
int outfile_open_in(struct outfile *f, const char *dir, const char *name, struct err *e) MUST_CHECK;
/* Flushes and closes. 0, or the first error of all writes. */
int outfile_close(struct outfile *f, struct err *e) MUST_CHECK;

/* Where to append; call outfile_added when a whole number of lines was. */
struct buf *outfile_buf(struct outfile *f);
void outfile_added(struct outfile *f);
/* A record as its line. */
void outfile_record(struct outfile *f, const struct trace_names *names,
                    const struct trace_record *rec);
void outfile_put(struct outfile *f, const void *data, size_t len);
void outfile_flush(struct outfile *f);

#endif
