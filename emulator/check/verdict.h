/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The overall verdict of a run, its exit code, and verdict.json. */
#ifndef EMULATOR_CHECK_VERDICT_H
#define EMULATOR_CHECK_VERDICT_H

#include "base/buf.h"
#include "emulator/check/check.h"
#include "emulator/trace/standing.h"

struct verdict_summary {
    enum check_verdict overall;
    size_t violated;
    size_t unknown;
    size_t vacuous; /* required ones only */
    size_t ok;
    const struct check_result *first; /* the result that decides; NULL when everything is ok */
};

/* The heaviest of all results: violated > unknown > vacuous > ok. A checker that nobody asked for
 * by name and that had nothing to compare does not count. After check_finish. */
struct verdict_summary verdict_of(const struct check_run *run);

/* 0 ok, 1 violated, 2 unknown, 4 vacuous. */
int verdict_exit_code(enum check_verdict verdict);

/* What verdict.json says about the run itself; NULL and 0 are left out. */
struct verdict_header {
    const char *scenario;
    const char *world; /* "sim" or "live" */
    uint64_t seed;
    bool has_seed;
    const char *version;
    const struct standings *standings; /* of a run that was stopped at its first violation */
    const struct trace_names *names;   /* of the nodes in them */
};

/* Appends the document:
 *   {"format":1,"scenario":…,"world":…,"seed":…,"version":…,
 *    "verdict":"violated","exit":1,"sentence":"linearizable: client c4 read …",
 *    "checks":[{"name","verdict","required","seen","violations","sentence","paragraph",
 *               "property","source","events":[{"node","t","seq","line","what"},…]},…],
 *    "counters":{"elections":3,…},
 *    "nodes":[{"node":"n1","role":"leader",…},…]}
 * and a final newline. After check_finish. */
void verdict_write(struct buf *out, const struct check_run *run, const struct verdict_header *head);

#endif
