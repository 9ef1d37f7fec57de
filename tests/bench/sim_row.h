/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one simulated run costs, judged by every checker while it goes on. */
#ifndef BENCH_SIM_ROW_H
#define BENCH_SIM_ROW_H

#include "sim_story.h"

#include "base/err.h"

#define SIM_ROW_MARKS 4

/* Plain data. */
struct sim_row {
    uint64_t events;
    uint64_t virtual_ns;
    uint64_t cpu_ns; /* of the run and its judging, user and system */
    double pending;  /* events in the queue, on average over samples */
    uint64_t allocs; /* calls of the C library's allocator, from the first event to the last */
    uint64_t resident_kib[SIM_ROW_MARKS]; /* when a quarter, half, three quarters, all was done */
};

/* Runs it in a process of its own. Errors: -E_INVALID (the story is none), -E_MISMATCH (it did not
 * end well), -E_IO. */
int sim_row_measure(const struct sim_story *story, uint64_t seed, struct sim_row *ret,
                    struct err *e) MUST_CHECK;

/* The same of a scenario's file, with every checker it asks for. */
int sim_row_measure_file(const char *path, uint64_t seed, struct sim_row *ret,
                         struct err *e) MUST_CHECK;

/* Opens and closes runs of it in this process, so many seeds: processor time of one. */
int sim_row_start_up(const struct sim_story *story, unsigned seeds, uint64_t *ret_ns,
                     struct err *e) MUST_CHECK;

/* Processor time of this process, user and system. */
uint64_t sim_cpu_ns(void);

#endif
