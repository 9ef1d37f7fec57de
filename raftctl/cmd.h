/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the verbs do: one function a verb, named in the table of verbs.c. Each gets what the command
 * line said and prints into ctl->sink; it returns the exit code, and leaves nothing behind. */
#ifndef RAFTCTL_CMD_H
#define RAFTCTL_CMD_H

#include "raftctl/form.h"
#include "raftctl/verbs.h"

#define CTL_HANDLERS(X)  \
    X(status)            \
    X(leader)            \
    X(wait)              \
    X(get)               \
    X(set)               \
    X(del)               \
    X(snapshot_save)     \
    X(snapshot_verify)   \
    X(snapshot_restore)  \
    X(bundle)            \
    X(bench)             \
    X(latency)           \
    X(check_perf)        \
    X(health)            \
    X(top)               \
    X(events)            \
    X(txn)               \
    X(watch)             \
    X(drain)             \
    X(log_show)          \
    X(log_diff)          \
    X(check_consistency) \
    X(config_get)        \
    X(config_set)        \
    X(metrics)           \
    X(trace)             \
    X(explain)           \
    X(version)           \
    X(help)              \
    X(cas)               \
    X(incr)              \
    X(append)            \
    X(mget)              \
    X(scan)              \
    X(schema)            \
    X(member_list)       \
    X(member_change)     \
    X(transfer)          \
    X(stepdown)          \
    X(leave)             \
    X(snapshot_take)     \
    X(snapshot_status)   \
    X(recover)           \
    X(data)              \
    X(shell)             \
    X(completion)        \
    X(manual)

#define X(name)                                           \
    extern const struct form form_##name; /* if it has */ \
    enum ctl_exit cmd_##name(const struct ctl *ctl);
CTL_HANDLERS(X)
#undef X

/* data inspect and data recover, data verify, data dump. */
extern const struct form form_data_inspect, form_data_verify, form_data_dump;

/* What member changes show with --dry-run. */
extern const struct form form_preview;

#endif
