/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words a node is started with, from the scenario's configuration. */
#ifndef LIVE_COMMAND_LINE_H
#define LIVE_COMMAND_LINE_H

#include "emulator/runner/world.h"
#include "emulator/scenario/model.h"
#include "netem/netem.h"

#define LIVE_PEER_PORT    7001
#define LIVE_CLIENT_PORT  6379
#define LIVE_SEGMENT_SIZE "1MiB"
#define LIVE_ADMIN_SOCKET "admin" /* in the node's directory, where its process runs */
#define LIVE_LAB_FD       3       /* in the node's process */

/* argv and envp end with NULL; owned. */
struct command_line {
    char **argv;
    size_t argc;
    char **envp;
    size_t envc;
};

/* Of the member `who` on the host of `node` with its settings, both from 0, and the same unless it
 * is a copy. data_dir: where it keeps its data. Those who did not found the cluster, and those
 * whose directory was emptied, join it. */
void command_line_build(struct command_line *c, const struct scenario *s, const struct netem *net,
                        unsigned who, unsigned node, const char *raftd, const char *data_dir,
                        const struct world_start *how);
/* The same of an adapter: its words (ending with NULL) as they are, what it has to know in its
 * environment. */
void command_line_adapter(struct command_line *c, const struct scenario *s, const struct netem *net,
                          unsigned node, char *const *words, const char *data_dir,
                          const struct world_start *how);
/* The node's name and its words, as JSON, into a file. Errors: those of outfile. */
int command_line_write(const struct command_line *c, const char *name, const char *path,
                       struct err *e) MUST_CHECK;
void command_line_free(struct command_line *c);

#endif
