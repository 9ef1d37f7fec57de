/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several trace files as one stream: in the order of happening where the lines tell it (ord), else
 * in the order (t, node name, seq). */
#ifndef EMULATOR_TRACE_MERGE_H
#define EMULATOR_TRACE_MERGE_H

#include "emulator/trace/lines.h"
#include "emulator/trace/reader.h"

#define MERGE_SOURCES_MAX 128

/* One file or memory area. */
struct merge_source {
    char *name; /* owned */
    struct lines lines;
    bool have; /* rec holds the next record of this source */
    bool torn; /* the last line had no '\n' and did not parse: a killed writer; it was dropped */
    struct trace_reader reader;
    struct trace_record rec;
};

/* All-zero is empty. names is borrowed. */
struct merge {
    struct trace_names *names;
    struct merge_source *sources[MERGE_SOURCES_MAX];
    size_t count;
    size_t current; /* source of the record merge_next returned last, */
    bool started;   /* if it did */
};

void merge_init(struct merge *m, struct trace_names *names);
void merge_free(struct merge *m);

/* data stays the caller's and must outlive the merge. -E_LIMIT: too many sources. */
int merge_add_memory(struct merge *m, const char *name, const char *data, size_t len,
                     struct err *e) MUST_CHECK;
/* An empty file is fine. Errors: those of open, -E_LIMIT. */
int merge_add_file(struct merge *m, const char *path, struct err *e) MUST_CHECK;

/* 1 and the next record (valid until the next call), 0 at the end, or a negative code with
 * "file: line N: reason". Time running backwards inside one source is -E_CORRUPT: the merge would
 * not be a sort. Events without a node (history, faults) sort before those of nodes at the same t,
 * except clientReturn, which sorts after. */
int merge_next(struct merge *m, const struct trace_record **ret, struct err *e) MUST_CHECK;

/* The name of the file the last record came from. */
const char *merge_source_name(const struct merge *m);
/* Lines dropped because their writer was killed in the middle of them. */
uint64_t merge_torn(const struct merge *m);

#endif
