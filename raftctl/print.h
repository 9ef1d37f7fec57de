/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the user sees: answers, and failures as error, why and fix. */
#ifndef RAFTCTL_PRINT_H
#define RAFTCTL_PRINT_H

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/span.h"
#include "raftctl/verbs.h"

#define FAILURE_NAME_MAX 32
#define FAILURE_TEXT_MAX 512

/* Why a verb cannot answer. what and name are always set; why and fix may be empty. */
struct failure {
    enum ctl_exit exit;
    char name[FAILURE_NAME_MAX]; /* stable: USAGE, UNREACHABLE, or the node's code (NOLEADER) */
    char what[FAILURE_TEXT_MAX];
    char why[FAILURE_TEXT_MAX];
    char fix[FAILURE_TEXT_MAX]; /* the command to type */
};

/* Fills f with an exit code, a name and a sentence; why and fix become empty. */
void failure_set(struct failure *f, enum ctl_exit exit, const char *name, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void failure_why(struct failure *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
void failure_fix(struct failure *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Prints f, as text beside the answers or as JSON among them, and returns its exit code. */
enum ctl_exit print_failure(const struct ctl *ctl, const struct failure *f);

/* Writes text to the sink and returns code, or CTL_IO if that does not take it. */
enum ctl_exit print_out(const struct ctl *ctl, const struct buf *text, enum ctl_exit code);

/* "! text": something to worry about. */
void print_warning(struct buf *out, const struct sink *sink, const char *text);
/* The same, at once, to where failures go. */
void print_warn(const struct ctl *ctl, const char *text);
/* "waits: text": what keeps a verb that goes on; there too, and not if it is to be quiet. */
void print_waits(const struct ctl *ctl, const char *text);

/* Bytes for a terminal: what is not printable ASCII or UTF-8 becomes \xNN. */
void print_escaped(struct buf *out, struct span bytes);

/* Whether the bytes are text: then JSON has them as they are. */
bool print_is_utf8(struct span bytes);

/* A value in JSON: a string if it is UTF-8, else {"b64":"…"}. */
void print_json_bytes(struct jsonw *w, struct span bytes);

#define PRINT_COLUMNS_MAX 16

/* Rows of columns_count cells each, the first row being the heads; columns are as wide as their
 * widest cell, two spaces apart. right has a bit for every right-aligned column. */
void print_table(struct buf *out, const char *const *cells, size_t rows_count, size_t columns_count,
                 unsigned right);

#endif
