/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run on real processes in a process of its own: `raft-emulator run` of this very program, so
 * that it cleans up behind itself as ever. */
#ifndef EMULATOR_LIVE_JOB_H
#define EMULATOR_LIVE_JOB_H

#include "emulator/judging/results.h"
#include "emulator/scenario/model.h"
#include "emulator/trials/sweep.h"

#include <sys/types.h>

struct live_job {
    pid_t pid;              /* 0: none */
    struct results scratch; /* an existing directory of this job alone, below dir */
    uint64_t seed;
};

/* What came of it. */
struct live_report {
    int exit_code;         /* as of `run` */
    struct results result; /* dir is empty: there is none; below the scratch directory */
    char sentence[SWEEP_SENTENCE_MAX]; /* what decided, or the last words of a run that died */
    /* How it failed, for comparison: each violated check with the kinds of events it names, as
     * "freshRead(write) linearizable(read write)"; of one that died its last words without their
     * numbers. Empty: it did not fail. */
    char signature[SWEEP_SENTENCE_MAX];
};

/* Begins a run; raftd: the daemon; net: "auto" or which carrier. */
int live_job_start(struct live_job *job, const struct scenario *s, uint64_t seed, const char *raftd,
                   const char *net, struct err *e) MUST_CHECK;
/* Asks it to end; it cleans up its namespaces first. */
void live_job_stop(const struct live_job *job);
/* After its process ended with that wait status. */
void live_job_end(struct live_job *job, int status, struct live_report *ret);
/* Deletes what the last run left in its directory. */
int live_job_clear(const struct live_job *job, struct err *e) MUST_CHECK;

#endif
