/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Named points in a node's work, at which a laboratory can crash or stall it.
 *
 * A trace event's name is the moment at which the node has written it ("becameLeader"): a node
 * writes an event before its consequence leaves it. A call to the disk is named by what it is about
 * and what it does ("logSync", "imageRename", "dirSync"): the moment before it; with "after-"
 * before the name ("after-imageRename") the moment after it has succeeded. */
#ifndef TRACE_POINT_H
#define TRACE_POINT_H

#include "base/must.h"

/* What a call to the disk is about; dir: the data directory itself. */
enum point_file { POINT_log, POINT_meta, POINT_image, POINT_dir, POINT_FILES_COUNT };
enum point_call {
    POINT_Write,
    POINT_Sync,
    POINT_Create,
    POINT_Rename,
    POINT_Unlink,
    POINT_CALLS_COUNT
};

#define TRACE_POINT_NAME_MAX 48

struct trace_point {
    int event; /* enum trace_event; -1: a call */
    enum point_file file;
    enum point_call call;
    bool after;
};

/* False: no point has that name. */
bool trace_point_find(const char *name, struct trace_point *ret);
bool trace_point_same(const struct trace_point *a, const struct trace_point *b);
/* The i-th name of a call, those with "after-" among them; NULL: there are no more. */
const char *trace_point_name(size_t i);

/* What a file of a data directory is, by its path; false: nothing that has a word. */
bool trace_point_file(const char *path, enum point_file *ret);

#endif
