/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened, in numbers: proof that a run met what it was meant to meet. */
#ifndef EMULATOR_CHECK_COUNTERS_H
#define EMULATOR_CHECK_COUNTERS_H

#include "emulator/check/faults.h"
#include "emulator/check/view.h"
#include "emulator/trace/history.h"

/* name. */
#define COUNTERS(X)          \
    X(events)                \
    X(elections)             \
    X(campaigns)             \
    X(stepDowns)             \
    X(truncations)           \
    X(commits)               \
    X(preVotesGranted)       \
    X(preVotesRejected)      \
    X(votesRefused)          \
    X(appendsRejected)       \
    X(snapshotsTaken)        \
    X(snapshotsInstalled)    \
    X(configsCommitted)      \
    X(transfersDone)         \
    X(readsServed)           \
    X(readsServedByExLeader) \
    X(crashes)               \
    X(restarts)              \
    X(faultsBegun)           \
    X(faultActiveMs)         \
    X(opsOk)                 \
    X(opsFail)               \
    X(opsUnknown)            \
    X(readsOk)               \
    X(writesOk)              \
    X(opsOkDuringFault)

enum counter_id {
#define X(name) COUNTER_##name,
    COUNTERS(X)
#undef X
        COUNTERS_COUNT
};

const char *counter_name(enum counter_id id);
/* The counter of that name, or -1. */
int counter_find(const char *name);
/* It counts what nodes trace; others are known of nodes that trace nothing, too. */
bool counter_is_traced(const char *name);

struct counters {
    uint64_t value[COUNTERS_COUNT];
    nodeset led; /* nodes that were leader once */
    uint64_t asked;
    uint64_t now_ns;      /* of the newest successful answers */
    uint64_t answers_now; /* how many of them wait: which faults were active then is known later */
};

/* Of a transferEnd: the target leads now. */
bool transfer_is_done(const struct trace_record *rec);
/* An event, with the view as it was before. */
void counters_feed(struct counters *c, const struct view *before, const struct trace_record *rec);
/* An event of a client, once the history has it. */
void counters_operation(struct counters *c, const struct history *h,
                        const struct trace_record *rec);
/* Before an event at t_ns is added to the faults. */
void counters_until(struct counters *c, const struct faults *f, uint64_t t_ns);
/* Call once, at the end. */
void counters_finish(struct counters *c, const struct faults *f, uint64_t end_ns);

#endif
