/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs on real processes, one after the other. */
#include "emulator/cmd.h"
#include "emulator/trials/live_job.h"
#include "emulator/trials/shrinking.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

/* What was asked to end cleans up its namespaces first. */
static int wait_for(const struct shrinking *s, const struct live_job *job, int *ret_status)
{
    bool told = false;
    for (;;) {
        if (*s->stop != 0 && !told) {
            live_job_stop(job);
            told = true;
        }
        if (waitpid(job->pid, ret_status, 0) == job->pid)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

/* 0: it was run, and *ret says how it failed, or not. */
static int run_once(const struct shrinking *s, const struct scenario *scenario, uint64_t seed,
                    struct failure *ret, struct err *e)
{
    struct live_job job = {0};
    struct live_report report;
    int status = 0;
    (void)snprintf(job.scratch.dir, sizeof(job.scratch.dir), "%s", s->scratch);
    int code = live_job_start(&job, scenario, seed, s->raftd, "auto", e);
    if (code < 0)
        return code;
    code = wait_for(s, &job, &status);
    if (code < 0)
        return err_set_errno(e, err_from_errno(-code), -code, "shrink: wait");
    live_job_end(&job, status, &report);
    if (*s->stop != 0)
        return err_set(e, -E_LIMIT, "shrink: stopped");
    if (report.exit_code == EXIT_CANNOT_RUN || report.exit_code == EXIT_SUT ||
        report.exit_code == EXIT_USAGE)
        return err_set(e, -E_UNSUPPORTED,
                       "shrink: the scenario cannot run on real processes here\n"
                       "  why: raft-emulator run says (raft-emulator doctor looks closer)");
    /* A broken run of the laboratory proves nothing about the nodes. */
    *ret = report.exit_code == EXIT_CHECK_FAILED ? failure_of(report.exit_code, report.sentence)
                                                 : (struct failure){.kind = FAILURE_NONE};
    return live_job_clear(&job, e);
}

/* 1: fails as often as it must. */
static int vote(struct shrinking *s, const struct scenario *scenario, uint64_t seed, struct err *e)
{
    unsigned failed = 0, passed = 0;
    int code = 0;
    while (code == 0 && failure_votes(failed, passed, s->runs, s->fails) == VOTES_OPEN) {
        struct failure f;
        if (s->runs_left == 0)
            return err_set(e, -E_LIMIT, "shrink: no runs are left");
        s->runs_left--;
        s->runs_done++;
        code = run_once(s, scenario, seed + failed + passed, &f, e);
        if (code < 0)
            return code;
        bool same = shrinking_matches(s, &f);
        if (same && s->wanted.kind == FAILURE_NONE)
            s->wanted = f;
        failed += same;
        passed += !same;
    }
    if (code < 0)
        return code;
    return failure_votes(failed, passed, s->runs, s->fails) == VOTES_FAILS;
}

int shrinking_live(void *arg, const struct scenario *const *list, size_t count, uint64_t seed,
                   struct shrink_hit *ret, struct err *e)
{
    struct shrinking *s = arg;
    for (size_t i = 0; i < count; i++) {
        int code = vote(s, list[i], seed, e);
        if (code == 1)
            *ret = (struct shrink_hit){.which = i, .seed = seed};
        if (code != 0)
            return code;
    }
    return 0;
}
