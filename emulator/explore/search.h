/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breadth first through all states: the first broken promise is met on a shortest way. */
#ifndef EXPLORE_SEARCH_H
#define EXPLORE_SEARCH_H

#include "base/err.h"
#include "emulator/explore/expand.h"
#include "emulator/explore/fpset.h"

struct ex_numbers {
    uint32_t depth; /* of the level that is being written */
    uint64_t distinct;
    uint64_t generated;
    uint64_t frontier; /* states of the level that is being read, still to be looked at */
    uint64_t memory_bytes;
    uint64_t disk_bytes;
    uint64_t elapsed_ns;
    uint64_t servers; /* different ones, by themselves */
    uint64_t messages;
    uint64_t histories;
    uint64_t transitions;  /* that were stepped; all others were remembered */
    uint64_t calmed;       /* states that were asked what becomes of them when faults stop */
    uint64_t calmed_sum;   /* of their fingerprints: equal if they are the same */
    uint64_t unclear;      /* of these: there is no room here to find out */
    struct ex_ended ended; /* by what ways ended though nothing was wrong */
};

#define EX_JOBS 64

struct ex_search_options {
    struct ex_bounds bounds;
    uint32_t jobs;             /* 1..EX_JOBS */
    bool wide;                 /* fingerprints have 128 bits, not 64 */
    uint64_t calm_every;       /* of so many states one is asked: will it commit again? */
    uint64_t states_max;       /* distinct; 0: as many as there are */
    uint32_t depth_max;        /* 0: as deep as it goes */
    uint64_t time_max_ns;      /* 0: as long as it takes */
    uint64_t memory_bytes_max; /* of the set and the frontier together */
    const char *dir;           /* for what does not fit; borrowed */
    const volatile bool *stop; /* becomes true when somebody wants an end; may be NULL */
    /* Called now and then by the thread that searches. */
    void (*progress)(void *arg, const struct ex_numbers *n);
    void *progress_arg;
};

enum ex_end {
    EX_EXHAUSTED,
    EX_CRAMPED, /* no more states, but the tool's own limits ended some ways: see numbers.ended */
    EX_VIOLATED,
    EX_LIMITED,
    EX_STOPPED,
};

/* The way from the beginning to the state where the promise breaks. */
struct ex_path {
    uint32_t count;
    struct ex_action *action; /* owned */
};

struct ex_result {
    enum ex_end end;
    const char *limit; /* LIMITED: which option ended it */
    struct ex_numbers numbers;
    uint64_t reasons[RAFT_REASON_CODES]; /* decisions in different transitions, by kind */
    double missed;                       /* chance, at most, that a state was missed */
    char broken[160];
    struct ex_path path;
};

struct ex_search;

/* Errors: what fpset_open and frontier_open say. */
int ex_search_open(struct ex_search **ret, const struct ex_search_options *o,
                   struct err *e) MUST_CHECK;
/* Goes on from where ex_search_save was called. The bounds and fingerprints are the checkpoint's,
 * all else is o's. Errors: what ex_search_open and checkpoint_open say; -E_CORRUPT: damaged. */
int ex_search_resume(struct ex_search **ret, const struct ex_search_options *o, const char *dir,
                     struct err *e) MUST_CHECK;
void ex_search_close(struct ex_search *s); /* may be NULL */
/* Searches until something ends it. ret.path is to be freed with ex_path_free. */
int ex_search_run(struct ex_search *s, struct ex_result *ret, struct err *e) MUST_CHECK;
/* After a run that ended LIMITED or STOPPED: everything that is needed to go on. */
int ex_search_save(struct ex_search *s, const char *dir, struct err *e) MUST_CHECK;
struct ex_space *ex_search_space(struct ex_search *s);

void ex_path_free(struct ex_path *p);

#endif
