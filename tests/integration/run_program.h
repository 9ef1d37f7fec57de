/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a program to its end and keeps what it said. */
#ifndef TESTS_RUN_PROGRAM_H
#define TESTS_RUN_PROGRAM_H

#include "base/buf.h"
#include "base/span.h"

/* Owned by the caller: ran_free. */
struct ran {
    int exit_code; /* 128 + N for signal N */
    struct buf out;
    struct buf err;
};

/* argv[0] is the program's path; argv ends with NULL. input becomes its standard input. */
void run_program(const char *const *argv, struct span input, struct ran *ret);
void ran_free(struct ran *r);

#endif
