/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs under measurement: started so that they cannot outlive us, watched, stopped. */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include "base/buf.h"
#include "base/err.h"

#include <limits.h>
#include <sys/types.h>

struct child {
    pid_t pid;          /* 0: none */
    char log[PATH_MAX]; /* where its output went; empty: to ours */
};

/* Nanoseconds of the monotonic clock. */
uint64_t bench_now_ns(void);
/* Waits that long: between two looks at a condition. */
void bench_pause(uint64_t ns);

/* Starts argv (argv[0] is a path) with its output in the file log. The kernel kills it when this
 * process ends, however that happens. Errors: -E_IO; a program that cannot be executed shows in
 * child_ended, and in its log. */
int child_start(struct child *c, const char *const *argv, const char *log,
                struct err *e) MUST_CHECK;

/* True if it has ended by itself; then pid is 0 and e says how, with the end of its log. */
bool child_ended(struct child *c, struct err *e);

/* Waits for its end: its exit code, or 128 + the signal's number. */
int child_wait(struct child *c);

/* SIGTERM, after 5 s SIGKILL; returns when it is gone. */
void child_stop(struct child *c);

/* Processor time of all its threads so far, user and system. 10 ms resolution. */
uint64_t child_cpu_ns(const struct child *c);

/* A whole file, at most max bytes of its end. */
int read_file_end(const char *path, size_t max, struct buf *out, struct err *e) MUST_CHECK;

#endif
