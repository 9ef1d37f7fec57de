/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scenarios under a folder, for `list` and for names instead of paths. */
#ifndef SCENARIO_LIST_H
#define SCENARIO_LIST_H

#include "emulator/scenario/model.h"

#define LIST_FILES_MAX 1000
#define LIST_DEPTH_MAX 4

/* scenario is NULL if the file is not a valid one; problem then says why, in one line. */
struct scenario_list_entry {
    char *path;
    struct scenario *scenario;
    char *problem;
};

struct scenario_list {
    struct scenario_list_entry *items; /* by path */
    size_t count;
};

/* Every *.json below the folder, except schema.json; links are not followed.
 * Errors: -E_NOTFOUND, -E_PERMISSION, -E_IO, -E_LIMIT (too many files). Free with
 * scenario_list_free. */
int scenario_list_scan(const char *folder, struct scenario_list *ret, struct err *e) MUST_CHECK;
void scenario_list_free(struct scenario_list *l);

/* The path of the scenario of that name (or whose path it is) below the folder. Returns an owned
 * string, or NULL with e naming the nearest known name. */
char *scenario_list_find(const char *folder, const char *name, struct err *e) MUST_CHECK;

#endif
