/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Client histories to be judged: closed loops of clients whose operations are executed at an
 * instant inside their intervals, as the lines of a trace. Legal by construction, but for one
 * answer if that is asked for. */
#ifndef TESTS_BENCH_CHECK_LOAD_H
#define TESTS_BENCH_CHECK_LOAD_H

#include "base/buf.h"

enum load_model {
    LOAD_REGISTER,
    LOAD_CAS,
    LOAD_COUNTER,
    LOAD_LIST,
    LOAD_SET,   /* adds, whole reads */
    LOAD_FLAGS, /* adds, removes, contains of a hundred elements */
    LOAD_QUEUE
};
#define LOAD_MODELS (LOAD_QUEUE + 1)

struct load_shape {
    enum load_model model;
    uint64_t ops;
    uint64_t clients;
    uint64_t keys;
    double unknown; /* share of operations whose answer is lost; half of these had an effect */
    /* One read in the middle shows what was a quarter of the run before, one dequeue takes what was
     * taken; of LOAD_FLAGS nothing is wrong. */
    bool illegal;
};

const char *load_model_name(enum load_model model);
int load_model_find(const char *name); /* -1: none */
/* The lines, in the order of time. The caller frees them. */
struct buf load_lines(const struct load_shape *shape);

#endif
