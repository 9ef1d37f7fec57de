/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated world: the nodes' own code on simulated disks, links and clocks, in one thread and
 * in virtual time. The same scenario and seed give the same run, byte for byte. */
#ifndef EMULATOR_SIM_SIM_H
#define EMULATOR_SIM_SIM_H

#include "emulator/runner/runner.h"
#include "emulator/sim/net.h"
#include "emulator/sim/watch.h"
#include "emulator/trace/standing.h"

/* Borrowed for the run. */
struct sim_options {
    const char *dir; /* result directory, absolute, exists and is empty; see sim_run; NULL: no file
                        is kept */
    uint64_t seed;
    struct trace_names *names; /* empty; filled with the numbers that records name nodes by */
    /* Judges a record of the run, in the order of happening; false: the run stops here. Borrowed
     * for the call. NULL: nobody looks. */
    bool (*judge)(void *arg, const struct trace_record *rec);
    void *judge_arg;
    /* A line of progress, t_ns of virtual time since the beginning. Borrowed text. */
    void (*say)(void *arg, uint64_t t_ns, const char *text);
    void *say_arg;
    const struct sim_watch *watch; /* NULL: nobody */
};

struct sim_outcome {
    struct runner_result runner;
    struct sim_net_counters counters;
    uint64_t began_ns; /* of what is said: 0.0 s, on the clock of the traces */
    uint64_t ended_ns;
    uint64_t events;          /* taken from the queue */
    uint64_t unseed;          /* a digest of everything that was traced: equal for equal runs */
    nodeset bad_disks;        /* they lied about syncs and then forgot, or were tampered with */
    uint64_t points_hit;      /* crashes and stalls at points */
    unsigned unplanned_exits; /* nodes that ended though no step ended them */
    bool stopped;             /* by its judge; where every node stood then: */
    struct standings standings;
};

/* What this world can do, for lint: capabilities, checkers and coverage it can judge. */
const struct lint_world *sim_world(void);

struct sim; /* opaque: a run under way */

/* Opens a run: everything is there, and nothing has happened yet. s and options stay borrowed until
 * sim_close. Errors as of sim_run. */
int sim_open(const struct scenario *s, const struct sim_options *options, struct sim **ret,
             struct err *e) MUST_CHECK;
/* The next event, with the steps that are due before it. False: the run is over, or its judge has
 * stopped it. */
bool sim_next(struct sim *sim);
/* Closes it wherever it is; NULL is allowed. ret may be NULL. Errors: -E_IO. */
int sim_close(struct sim *sim, struct sim_outcome *ret, struct err *e) MUST_CHECK;

/* Runs the scenario to its end, or to where its judge stops it. Files it leaves in dir:
 * history.ndjson, faults.ndjson, trace/nK.ndjson. Errors: -E_UNSUPPORTED (the scenario wants what
 * this world lacks), -E_IO, -E_INVALID (a node's configuration). A scenario that ran, however
 * badly, is no error. */
int sim_run(const struct scenario *s, const struct sim_options *options, struct sim_outcome *ret,
            struct err *e) MUST_CHECK;

#endif
