/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judging a run: while it goes on, record by record, or afterwards, from its files. The two come to
 * the same verdict, and to the same verdict.json.
 *
 * Use: judgement_open, judgement_feed or judgement_files, judgement_finish, judgement_write. */
#ifndef EMULATOR_JUDGE_H
#define EMULATOR_JUDGE_H

#include "emulator/check/check.h"
#include "emulator/check/verdict.h"
#include "emulator/judging/results.h"
#include "emulator/runner/runner.h"
#include "emulator/scenario/clocks.h"
#include "emulator/trace/standing.h"

/* A run that its judge stopped ended with the first violation: where every node stood then. */
struct judge_stop {
    bool stopped;
    struct standings standings;
};

/* What the world says about the run beside its records. Borrowed. */
struct judge_facts {
    struct runner_result runner;
    struct judge_stop stop;
    uint64_t host_stall_ns;
    uint64_t packets_dropped;
    uint64_t crash_points_hit;
    const char *harness_fault;   /* why the run itself proves nothing, or NULL */
    const char *harness_warning; /* why its times prove nothing, or NULL */
    bool has_seed;
    uint64_t seed;
    const char *world;
};

/* Names of nodes for the checkers, which speak no numbers. */
struct node_texts {
    char text[LIMIT_MEMBERS][8];
    const char *list[LIMIT_MEMBERS];
};

#define JUDGEMENT_COUNTERS 2

/* All-zero: not open. It must stay where it is. */
struct judgement {
    const struct scenario *scenario; /* borrowed */
    struct trace_names names;        /* of the nodes: records and results refer to them */
    struct check_run *run;           /* owned */
    struct node_texts voters;
    struct node_texts ended;               /* of whom an exit code is expected */
    char beyond[SCENARIO_CLOCKS_TEXT_MAX]; /* what was done to clocks that leases do not bear */
    struct check_counter counters[JUDGEMENT_COUNTERS]; /* the world's; known at the end */
    uint64_t last_ns;                                  /* of the records so far */
    struct judge_stop stop;                            /* after judgement_finish */
    char gap[ERR_TEXT_MAX]; /* after judgement_files: the first in traces that need not be whole */
    uint64_t took_ns;       /* of judging alone, as far as it is known */
};

/* Errors: an expectation that no checker knows. judgement_free is right in every case. */
int judgement_open(struct judgement *j, const struct scenario *s, struct err *e) MUST_CHECK;
void judgement_free(struct judgement *j);

/* A record, in the order of happening. Errors: the history contradicts itself: no verdict. */
int judgement_feed(struct judgement *j, const struct trace_record *rec, struct err *e) MUST_CHECK;
/* All records of the run in r->dir. whole: a trace that lacks records is an error, which names the
 * place; else j->gap does. started: who ever ran, and so left a trace. Errors: also files that
 * cannot be read. */
int judgement_files(struct judgement *j, const struct results *r, bool whole, nodeset started,
                    struct err *e) MUST_CHECK;
/* Once, at the end. */
void judgement_finish(struct judgement *j, const struct judge_facts *facts);
/* Writes verdict.json. */
int judgement_write(const struct judgement *j, const struct results *r,
                    const struct judge_facts *facts, struct err *e) MUST_CHECK;

/* All of these at once, of a run that is over: from its files to verdict.json. */
int judge_run(const struct scenario *s, const struct results *r, const struct judge_facts *facts,
              struct judgement *ret, struct err *e) MUST_CHECK;

#endif
