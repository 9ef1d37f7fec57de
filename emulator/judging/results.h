/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory a run leaves behind: everything needed to judge it again.
 *
 *   scenario.json   as resolved     run.json       seed, carrier, versions, times, options
 *   history.ndjson  client operations               faults.ndjson  what was done when
 *   trace/nK.ndjson what node K did                 nodes/nK/      its log, data and command line
 *   verdict.json    every check with its verdict
 * Beside the runs: links `latest` and, after a failure, `latest-failed`. */
#ifndef EMULATOR_RESULTS_H
#define EMULATOR_RESULTS_H

#include "base/buf.h"
#include "base/err.h"

#include <limits.h>

struct results {
    char root[PATH_MAX]; /* absolute */
    char dir[PATH_MAX];  /* absolute, exists */
};

/* Makes ROOT (if need be) and a new directory in it, named for the time and the scenario. */
int results_create(const char *root, const char *scenario, struct results *ret,
                   struct err *e) MUST_CHECK;
/* Writes a whole file. */
int results_write(const struct results *r, const char *name, const struct buf *text,
                  struct err *e) MUST_CHECK;
/* Points ROOT/link at the run. */
int results_link(const struct results *r, const char *link, struct err *e) MUST_CHECK;
/* Moves the run to a directory made by results_create(root, scenario); both are on one file system.
 * *r is the new place. */
int results_move(struct results *r, const char *root, const char *scenario,
                 struct err *e) MUST_CHECK;
/* The path to say of a file: one that leads through the link `latest` or `latest-failed` would soon
 * be another run's. out: where it is put if it differs. */
const char *results_lasting(const char *path, char out[PATH_MAX]);
/* Deletes the nodes' data directories, or everything. */
int results_drop_data(const struct results *r, struct err *e) MUST_CHECK;
int results_remove(const struct results *r, struct err *e) MUST_CHECK;

#endif
