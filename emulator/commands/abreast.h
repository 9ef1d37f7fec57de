/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work that goes on beside other work, in a process of its own; what it says is said whole when it
 * has ended, not in between what others say. */
#ifndef EMULATOR_ABREAST_H
#define EMULATOR_ABREAST_H

#include "base/err.h"

#include <sys/types.h>

struct abreast {
    pid_t pid;   /* 0: nothing goes on */
    int said[2]; /* files without a name: standard output, standard error */
};

/* Calls work(arg) in a process that ends with its exit code, and dies with this one. What it is to
 * hand back it writes into memory that both share. */
int abreast_start(struct abreast *a, int (*work)(void *arg), void *arg, struct err *e) MUST_CHECK;
/* After its process ended with that wait status: says what it said, and returns its exit code. */
int abreast_end(struct abreast *a, int status);

#endif
