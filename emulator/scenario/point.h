/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Named points in a node's work, at which a step can crash or stall it.
 *
 * A trace event's name is the moment at which the node has written it ("becameLeader"): a node
 * writes an event before its consequence leaves it. A call to the disk is named by what it is about
 * and what it does ("logSync", "imageRename", "dirSync"): the moment before it; with "after-"
 * before the name ("after-imageRename") the moment after it has succeeded. */
#ifndef SCENARIO_POINT_H
#define SCENARIO_POINT_H

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

struct scenario_point {
    int event; /* enum trace_event; -1: a call */
    enum point_file file;
    enum point_call call;
    bool after;
};

/* False: no point has that name; then *ret_near is the nearest one, or NULL. */
bool scenario_point_find(const char *name, struct scenario_point *ret, const char **ret_near);

#endif
