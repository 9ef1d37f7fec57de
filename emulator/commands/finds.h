/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The different ways in which runs failed: the first of each is kept, the others are counted. */
#ifndef EMULATOR_FINDS_H
#define EMULATOR_FINDS_H

#include "emulator/trials/live_job.h"

#define FINDS_MAX 100

struct find {
    uint64_t times;
    uint64_t seed; /* of the first */
    struct live_report first;
};

/* All-zero: nothing failed yet. */
struct finds {
    struct find items[FINDS_MAX];
    size_t count;
};

/* The one that failed the same way, or NULL. */
struct find *finds_same(struct finds *f, const char *signature);
/* A new one, counted once; NULL: there are as many as may be. */
struct find *finds_add(struct finds *f, const struct live_report *report, uint64_t seed);
/* Each with its result, and the commands to see it again and to make it small. raftd, net: as they
 * were asked for, or NULL. */
void finds_print(const struct finds *f, const char *raftd, const char *net);

#endif
