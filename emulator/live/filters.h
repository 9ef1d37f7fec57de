/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fates of single message types: the processes that send them carry them out (raftd/lab_filter.h),
 * each on its own links, and say what they have met. */
#ifndef LIVE_FILTERS_H
#define LIVE_FILTERS_H

#include "emulator/live/nodes.h"

#define FILTERS_MAX 32

/* Invariant: number 0 = free. */
struct filter {
    uint64_t number;
    struct world_filter what; /* its links are these: */
    nodeset links[LIMIT_MEMBERS];
    uint64_t left; /* frames that all of them together will still meet */
    bool holds;    /* frames that wait to be let go */
};

struct filters {
    const struct nodes *nodes;
    unsigned nodes_count;
    uint64_t seed;
    struct filter list[FILTERS_MAX];
    uint64_t dropped; /* frames, by all of them */
};

/* number: of the lab channel, used for nothing else. Errors: -E_LIMIT. */
int filters_add(struct filters *f, uint64_t number, const struct world_filter *what,
                struct err *e) MUST_CHECK;
/* It can still do something, or holds what it met. */
bool filters_active(const struct filters *f, uint64_t number);
/* It leaves these links alone, and lets go what it held there. NULL: all. */
void filters_remove(struct filters *f, uint64_t number, const nodeset *links);
/* Before a process starts. */
void filters_greet(const struct filters *f, unsigned node, struct node_lab *lab);
/* A process has met a frame. False: no filter has that number. */
bool filters_met(struct filters *f, unsigned node, uint64_t number);

#endif
