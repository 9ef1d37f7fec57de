/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The node's door (raft/env.h), opened onto this process's sockets, files and log. */
#ifndef RAFTD_ENV_UV_H
#define RAFTD_ENV_UV_H

#include "raftd/callers.h"
#include "raftd/disk.h"
#include "raftd/lab.h"
#include "raftd/lab_filter.h"
#include "raftd/peers.h"
#include "raftd/trace_file.h"

struct env_uv {
    struct turn *turn;
    struct peers *peers;
    struct callers *callers;
    struct disk *disk;
    struct lab *lab; /* NULL: the trace is the file's */
    struct trace_file *trace;
    const char *admin_socket; /* removed when the node is fatally wrong; empty: none */
};

/* uv is borrowed by what is returned. */
struct env env_uv_table(struct env_uv *uv);

/* The node cannot go on: says so, lets the trace out, and ends the process at once with the exit
 * code. Nothing else leaves: no frame, no reply. */
_Noreturn void env_uv_die(struct env_uv *uv, int exit_code, const char *text);

#endif
