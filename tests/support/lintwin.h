/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small random client histories of one key, and their judgement by brute force: every order of
 * every subset of the unknown operations, on a model of its own. */
#ifndef TESTS_SUPPORT_LINTWIN_H
#define TESTS_SUPPORT_LINTWIN_H

#include "base/prng.h"
#include "emulator/trace/history.h"

#define TWIN_OPS_MAX 9

enum twin_type {
    TWIN_REGISTER,   /* reads and writes, every value written once */
    TWIN_LIST,       /* reads and appends, every element appended once */
    TWIN_CHAIN,      /* reads, writes and cas, every new value once */
    TWIN_COUNTER,    /* reads and increments */
    TWIN_BLIND,      /* reads and increments that tell no value */
    TWIN_SET,        /* whole reads, adds, contains: nothing is removed */
    TWIN_FLAGS,      /* adds, removes that tell whether they changed anything; contains */
    TWIN_QUEUE,      /* every element put in once */
    TWIN_MIXED,      /* reads, writes, cas and incr of few values */
    TWIN_MIXED_SET,  /* all there is to do with a set */
    TWIN_QUEUE_LOST, /* as TWIN_QUEUE, with every second dequeue of unknown outcome */
    TWIN_KV,         /* reads, writes, deletes, every value written once */
    TWIN_QUEUE_READ, /* as TWIN_QUEUE, with whole reads and more unknown outcomes */
    TWIN_CHAIN_LOST  /* as TWIN_CHAIN, with most writes and cas of unknown outcome */
};

/* Values are small numbers, 0 = absent. A list or queue is its elements as base-16 digits, oldest
 * first; a set has the bits of its elements. */
struct twin_op {
    enum history_kind kind;
    enum history_outcome outcome;
    uint64_t call;
    uint64_t ret; /* HISTORY_NEVER when unknown, or when it will be over, if it ever was */
    uint64_t instant;
    uint64_t arg;
    uint64_t expect;
    uint64_t result; /* append: number of bytes + 1, 0 = not told */
    bool done;
    bool silent; /* the answer says only that it is done */
    uint64_t index;
};

struct twin {
    enum twin_type type;
    bool wide; /* list elements of different sizes */
    struct twin_op ops[TWIN_OPS_MAX];
    size_t count;
    int spoils; /* faults put in: 0 = legal by construction */
};

void twin_generate(struct twin *t, enum twin_type type, struct prng *p);
bool twin_is_legal(const struct twin *t);
/* Fills an empty history (key "k"), operations in the order of their calls. */
void twin_to_history(const struct twin *t, struct history *h);
/* For failure messages. */
void twin_print(const struct twin *t);

#endif
