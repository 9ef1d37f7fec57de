/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many seeds: one of them in a process of its own, and the sum of all. */
#ifndef EMULATOR_SWEEP_H
#define EMULATOR_SWEEP_H

#include "emulator/judging/results.h"
#include "emulator/scenario/model.h"

#include <sys/types.h>

#define SWEEP_COUNTERS_MAX 64
#define SWEEP_NAME_MAX     32
#define SWEEP_SENTENCE_MAX 640

struct sweep_counter {
    char name[SWEEP_NAME_MAX];
    uint64_t value;
};

/* What a seed's process says before it ends: plain data, less than a pipe holds. */
struct sweep_report {
    char dir[PATH_MAX]; /* what it kept; empty: nothing, since all is well */
    int exit_code;      /* as that of `sim` */
    bool twice;         /* it was run twice … */
    bool differs;       /* … and the two were not the same */
    uint64_t virtual_ns;
    char sentence[SWEEP_SENTENCE_MAX]; /* what decided, when it is not a pass */
    struct sweep_counter counters[SWEEP_COUNTERS_MAX];
    size_t counters_count;
};

/* ---- one seed: sweep_job.c ---- */

struct sweep_job {
    pid_t pid; /* 0: none */
    int fd;    /* its report comes here */
    int said;  /* a file without a name: what the process says */
    bool keep; /* everything from the start: it died before, and shall do so again */
    const char *given;
    const struct scenario *scenario; /* NULL: drawn from the seed */
    uint64_t seed;
    bool twice;
    const char *const *sets; /* of a drawn scenario: PATH=VALUE */
    size_t sets_count;
    const char *scratch;    /* where a run that is kept makes its directory; NULL: none is kept */
    uint64_t cpu_s;         /* processor time it may take; 0: ten minutes */
    struct results results; /* dir is empty: nothing is kept */
};

/* Starts the process. job: all but pid, fd, said and results is given; with keep, results, too: an
 * empty directory, the child's to fill. */
int sweep_job_start(struct sweep_job *job, struct err *e) MUST_CHECK;
/* After its process ended with that wait status: what came of it, whatever happened to it. False:
 * it died without a word, and may be started again with keep; nothing of it is there. */
bool sweep_job_end(struct sweep_job *job, int status, struct sweep_report *ret);

/* ---- the sum: sweep_table.c ---- */

struct sweep_sum {
    uint64_t seeds, failed, vacuous, skipped; /* vacuous ones are among the failed */
    uint64_t twice, differing;
    uint64_t virtual_ns;
    struct {
        struct sweep_counter total;
        uint64_t seeds; /* where it was not 0 */
    } counters[SWEEP_COUNTERS_MAX];
    size_t counters_count;
    int worst; /* exit code of those that ran */
};

void sweep_sum_add(struct sweep_sum *sum, const struct sweep_report *report);
/* A swarm of so many seeds must have met everything that matters, or it proves little. */
#define SWEEP_SWARM_MEETS 200

/* Whether one of those things was met by no seed: each is told on stderr. */
bool sweep_sum_misses(const struct sweep_sum *sum);
/* The table, on stdout. */
void sweep_sum_print(const struct sweep_sum *sum, uint64_t wall_ns, unsigned jobs);

#endif
