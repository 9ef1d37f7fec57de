/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One seed of one scenario in virtual time, judged while it goes on: what the commands that
 * simulate have in common. A run leaves nothing behind unless it is asked to; since the same seed
 * gives the same run, one that failed can be run again for its files. */
#ifndef EMULATOR_SIMULATE_H
#define EMULATOR_SIMULATE_H

#include "emulator/judging/judge.h"
#include "emulator/scenario/model.h"
#include "emulator/sim/sim.h"

/* All borrowed. */
struct simulation {
    const struct scenario *scenario;
    const char *runs; /* where simulate_keep makes results; NULL: they are there, and empty */
    uint64_t seed;
    void (*say)(void *arg, uint64_t t_ns, const char *text);
    void *say_arg;
    const struct sim_watch *watch; /* or NULL */
    struct results results;        /* of a run that is kept; dir is empty if there is none */
};

/* Runs and judges it, up to its end or its first violation; no file is written. *j is to be freed
 * with judgement_free in every case. Errors as of sim_run, and those of judgement_feed: then there
 * is no verdict, and *ret_ran is whether there was a run. */
int simulate(const struct simulation *run, struct sim_outcome *ret, struct judgement *j,
             bool *ret_ran, struct err *e) MUST_CHECK;

/* The same with everything in run->results. What was made of the directory stays in every case. */
int simulate_keep(struct simulation *run, struct sim_outcome *ret, struct judgement *j,
                  bool *ret_ran, struct err *e) MUST_CHECK;

/* Whether two runs of one seed were the same; if not, say why in a sentence. */
bool simulate_same(const struct sim_outcome *a, const struct sim_outcome *b, char *out,
                   size_t size);

/* For runs that somebody else takes event by event: simulate_feed is their sim_options.judge, with
 * a watch whose judgement is open; at the end simulate_finish judges, and writes into run->results
 * what a run is. Errors of the latter: also those of judgement_feed, which mean no verdict. */
struct simulate_watch {
    struct judgement *j; /* borrowed */
    struct err failed;   /* there can be no verdict */
};
bool simulate_feed(void *arg, const struct trace_record *rec);
int simulate_finish(const struct simulation *run, const struct sim_outcome *out,
                    struct simulate_watch *w, struct err *e) MUST_CHECK;

#endif
