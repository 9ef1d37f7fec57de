/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon: one loop that carries one node from its start to its stop. */
#ifndef RAFTD_DAEMON_H
#define RAFTD_DAEMON_H

#include "raftd/config.h"

#define DAEMON_EXIT_UNAVAILABLE 69 /* an address cannot be listened at; the trace is not read */
#define DAEMON_EXIT_CREATE      73 /* the data directory cannot be made */
#define DAEMON_EXIT_PERMISSION  77 /* not permitted */

/* Runs until a signal stops it; returns the process's exit code. What is fatal to the node ends the
 * process from within. argc and argv are read again on SIGHUP. */
int daemon_run(const struct config *config, int argc, char *const *argv);

#endif
