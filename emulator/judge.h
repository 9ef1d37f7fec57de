/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a run's files to its verdict: merge, check, write verdict.json. */
#ifndef EMULATOR_JUDGE_H
#define EMULATOR_JUDGE_H

#include "emulator/check/check.h"
#include "emulator/check/verdict.h"
#include "emulator/results.h"
#include "emulator/runner/runner.h"

/* What the world says about the run beside its files. Borrowed. */
struct judge_facts {
    struct runner_result runner;
    uint64_t host_stall_ns;
    uint64_t packets_dropped;
    uint64_t crash_points_hit;
    nodeset bad_disks;           /* they lied about syncs and then forgot, or were tampered with */
    const char *harness_fault;   /* why the run itself proves nothing, or NULL */
    const char *harness_warning; /* why its times prove nothing, or NULL */
    bool has_seed;
    uint64_t seed;
    const char *world;
};

struct judgement {
    struct trace_names names; /* of the nodes: results refer to them */
    struct check_run *run;    /* finished */
    uint64_t took_ns;
};

/* Judges the run in r->dir and writes verdict.json. *ret is freed with judgement_free.
 * Errors: files that cannot be read or written, or contradict themselves: no verdict. */
int judge_run(const struct scenario *s, const struct results *r, const struct judge_facts *facts,
              struct judgement *ret, struct err *e) MUST_CHECK;
void judgement_free(struct judgement *j);

#endif
