/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole runs of the live world within a test, each in a sandbox of its own, and what their files
 * say. Everything that goes wrong fails the test. */
#ifndef TESTS_LIVERUN_H
#define TESTS_LIVERUN_H

#include "emulator/live/live.h"
#include "emulator/trace/history.h"
#include "emulator/trace/merge.h"

/* Set by main. */
extern const char *liverun_raftd;
extern enum netem_carrier liverun_carrier;

/* One run; shared with the processes of its sandbox. */
struct liverun {
    const struct scenario *s;
    char dir[64]; /* of the result */
    struct live_options options;
    struct live_outcome outcome;
    struct err e;
    int code;           /* what live_run returned */
    unsigned interrupt; /* at this election, counted down; 0: not */
};

/* A scenario with which nothing is wrong; said: why this world cannot run it, nothing if it can.
 * assignment: as after --set; NULL: none. */
struct scenario *liverun_lint(const char *text, const char *assignment, struct buf *said);
/* A scenario that lint accepts. */
struct scenario *liverun_scenario(const char *text, const char *assignment);
/* Runs it; where that is not possible, the test program ends as skipped. */
struct liverun *liverun(const char *text);
struct liverun *liverun_with(const char *text, unsigned interrupt);
/* Its files are gone, too. */
void liverun_free(struct liverun *run);
/* live_run succeeded and every step was done. */
void liverun_assert_ran(const struct liverun *run);

/* What the files of a run say, merged. */
struct liverun_seen {
    uint64_t events[TRACE_EVENTS_COUNT];
    uint64_t ops[3]; /* by outcome */
    uint64_t kills, stops;
    uint64_t torn;
    struct trace_names names;
    struct history history;
};
void liverun_look(const struct liverun *run, unsigned nodes, struct liverun_seen *seen);
void liverun_seen_free(struct liverun_seen *seen);

#endif
