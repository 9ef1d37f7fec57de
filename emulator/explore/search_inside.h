/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a search. */
#ifndef EXPLORE_SEARCH_INSIDE_H
#define EXPLORE_SEARCH_INSIDE_H

#include "emulator/explore/calm.h"
#include "emulator/explore/frontier.h"
#include "emulator/explore/search.h"

#include <stdatomic.h>

/* The word that goes with a record: the record before it, and which of its next states it is. */
#define PARENT_ORDINAL_BITS 16
#define PARENT_NONE         UINT64_MAX

#define FOUND_ITSELF UINT32_MAX

struct ex_worker {
    struct ex_search *search;
    struct ex_expander expander;
    struct ex_calm calm;
    struct frontier_reader *reader;
    struct frontier_writer *writer;
    struct ex_cluster from;
    uint64_t number;  /* of from's record */
    uint32_t pending; /* next[pending..] of from are still to be looked up; == count: none */
    _Atomic uint64_t generated;
    _Atomic uint64_t ended[EX_LIMITS_COUNT];
    _Atomic uint64_t calmed;
    _Atomic uint64_t calmed_sum;
    _Atomic uint64_t unclear;
    int code; /* an error that ended it; e says which */
    struct err e;
};

/* Why the workers of a level came back. */
enum ex_halt { EX_GO, EX_GROW, EX_FOUND, EX_HALTED };

struct ex_search {
    struct ex_search_options options;
    struct ex_space space;
    struct fpset *seen;
    struct frontier *frontier;
    struct ex_worker *workers; /* owned; options.jobs of them */
    _Atomic int halt;          /* enum ex_halt */
    uint32_t depth;
    bool in_level; /* depth is being written, and what is to be read is the one before */
    bool resumed;
    uint64_t began_ns;
    uint64_t elapsed_before_ns; /* in the processes before this one */
    uint64_t told_ns;           /* when progress was told last */
    const char *limit;
    bool stopped;

    pthread_mutex_t found_lock;
    bool found;
    uint64_t found_number;  /* of the record, and which of its next states is broken */
    uint32_t found_ordinal; /* FOUND_ITSELF: none, it does not come to rest when faults stop */
};

/* A level's rest, until it is done or something halts the workers. */
void *ex_worker_run(void *arg);

/* What is pending of the worker's state. False: the set has no room, or an error. */
bool ex_worker_look_up(struct ex_worker *w);

void ex_search_count(struct ex_search *s, struct ex_numbers *ret);
/* Whether a limit is reached; then limit or stopped says which. */
bool ex_search_over(struct ex_search *s);
/* search_path.c: the way to what was found, and what is broken there. */
int ex_search_path(struct ex_search *s, struct ex_result *ret, struct err *e) MUST_CHECK;

#endif
