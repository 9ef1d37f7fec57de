/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory for one measurement that is gone afterwards, whatever ends us: a process of its own
 * waits for our end and removes it. */
#ifndef BENCH_SCRATCH_H
#define BENCH_SCRATCH_H

#include "base/err.h"

#include <limits.h>
#include <sys/types.h>

struct scratch {
    char dir[PATH_MAX]; /* absolute, without symbolic links */
    pid_t remover;
    int alive; /* the remover reads the other end: its end of file is our end */
};

/* Makes PARENT/bench-XXXXXX. Errors: those of err_from_errno. */
int scratch_make(const char *parent, struct scratch *ret, struct err *e) MUST_CHECK;

/* Removes it, and returns when it is gone. What runs in it must have been stopped. */
void scratch_remove(struct scratch *s);

/* DIR/NAME into out. */
void scratch_path(const struct scratch *s, const char *name, char out[PATH_MAX]);

/* Fills in what is NULL: the program NAME beside the running one, and the folder above them. What
 * it puts there lasts as long as this process; it is called once. */
int places_fill(const char *name, const char **program, const char **dir, struct err *e) MUST_CHECK;

#endif
