/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk for a program that does nothing else: work on a data directory whose node does not run. */
#ifndef RAFTD_OFFLINE_H
#define RAFTD_OFFLINE_H

#include "base/err.h"
#include "raft/recover.h"

/* Calls work with a host for it, and returns what it returns; or the code of a disk that cannot be
 * had. */
int offline_run(int (*work)(const struct node_recover_host *host, void *arg, struct err *e),
                void *arg, struct err *e) MUST_CHECK;

#define OFFLINE_EXIT_DAMAGED 1

/* Says what is wrong with the directory, why, and what to do, a line each. Returns the exit code.
 */
int offline_failed(const char *dir, int code, const struct err *e);

#endif
