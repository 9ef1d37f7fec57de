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

/* Says why it failed, and what to do; returns the exit code. who: the option, for the message. */
int offline_failed(const char *who, int code, const struct err *e);

#endif
