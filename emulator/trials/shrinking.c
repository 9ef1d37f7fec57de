/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many short runs in virtual time, several at once, whose answer does not depend on which of them
 * ends first. */
#include "emulator/trials/shrinking.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/cmd.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define CPU_TIMES 10 /* as long as the first run may another take … */
#define CPU_S_MIN 2  /* … and this */

/* Scenario by scenario, each with `tries` seeds: number n is scenario n / tries. */
struct trials {
    struct shrinking *s;
    const struct scenario *const *list;
    uint64_t seed;
    size_t total, next;
    size_t hit; /* the lowest number that fails; total: none so far */
    struct shrink_hit facts;
    struct failure failure; /* how it does */
    uint64_t cpu_ns;        /* what it took */
    struct {
        struct sweep_job job;
        size_t number;
    } slots[SHRINKING_JOBS_MAX];
    unsigned running;
};

bool shrinking_matches(const struct shrinking *s, const struct failure *f)
{
    if (f->kind == FAILURE_NONE || s->wanted.kind == FAILURE_NONE)
        return f->kind != FAILURE_NONE;
    return failure_same(&s->wanted, f) || (s->any && f->kind == FAILURE_CHECK);
}

/* One that has lost its way ends by the processor time it took, which does not depend on who else
 * uses the machine. */
static uint64_t bound_s(const struct shrinking *s)
{
    return s->cpu_ns == 0 ? 0 : CPU_S_MIN + CPU_TIMES * s->cpu_ns / NS_PER_S;
}

static int start_next(struct trials *t, struct err *e)
{
    size_t i = 0;
    while (t->slots[i].job.pid != 0)
        i++;
    struct sweep_job *job = &t->slots[i].job;
    *job = (struct sweep_job){.scenario = t->list[t->next / t->s->tries],
                              .seed = t->seed + t->next % t->s->tries,
                              .cpu_s = bound_s(t->s)};
    t->slots[i].number = t->next++;
    int code = sweep_job_start(job, e);
    if (code < 0)
        return code;
    t->running++;
    return 0;
}

static uint64_t operations(const struct sweep_report *r)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < r->counters_count; i++) {
        static const char *const names[] = {"opsOk", "opsFail", "opsUnknown"};
        for (size_t k = 0; k < ARRAY_LEN(names); k++)
            sum += strcmp(r->counters[i].name, names[k]) == 0 ? r->counters[i].value : 0;
    }
    return sum;
}

static void kill_behind(const struct trials *t, size_t number)
{
    for (size_t i = 0; i < SHRINKING_JOBS_MAX; i++) {
        if (t->slots[i].job.pid != 0 && t->slots[i].number > number)
            (void)kill(t->slots[i].job.pid, SIGKILL);
    }
}

/* A run that fails makes those behind it useless. */
static int note(struct trials *t, size_t number, const struct sweep_report *report,
                const struct rusage *used, struct err *e)
{
    struct failure f = failure_of(report->exit_code, report->sentence);
    size_t which = number / t->s->tries;
    uint64_t seed = t->seed + number % t->s->tries;
    if (number > t->hit || !shrinking_matches(t->s, &f))
        return 0;
    int passes =
        t->s->passes_with == NULL ? 1 : shrinking_passes_elsewhere(t->s, t->list[which], seed, e);
    if (passes <= 0 || *t->s->stop != 0)
        return passes;
    t->hit = number;
    t->failure = f;
    t->cpu_ns =
        (uint64_t)used->ru_utime.tv_sec * NS_PER_S + (uint64_t)used->ru_utime.tv_usec * NS_PER_US;
    t->facts = (struct shrink_hit){.which = which,
                                   .seed = seed,
                                   .virtual_ns = report->virtual_ns,
                                   .operations = operations(report)};
    kill_behind(t, number);
    return 0;
}

static int end_one(struct trials *t, struct err *e)
{
    int status = 0;
    struct rusage used;
    struct sweep_report *report;
    size_t i = 0;
    pid_t pid = wait4(-1, &status, 0, &used);
    if (pid < 0)
        return errno == EINTR ? 0 : err_set_errno(e, err_from_errno(errno), errno, "shrink: wait");
    while (i < SHRINKING_JOBS_MAX && t->slots[i].job.pid != pid)
        i++;
    if (i == SHRINKING_JOBS_MAX)
        return 0; /* none of ours */
    report = mem_alloc(sizeof(*report));
    (void)sweep_job_end(&t->slots[i].job, status, report);
    t->running--;
    int code = *t->s->stop == 0 ? note(t, t->slots[i].number, report, &used, e) : 0;
    mem_free(report);
    return code;
}

static void end_all(struct trials *t)
{
    struct err ignored;
    for (size_t i = 0; i < SHRINKING_JOBS_MAX; i++) {
        if (t->slots[i].job.pid != 0)
            (void)kill(t->slots[i].job.pid, SIGKILL);
    }
    while (t->running > 0 && end_one(t, &ignored) == 0)
        continue;
}

static int run_trials(struct trials *t, size_t allowed, struct err *e)
{
    int code = 0;
    while (code == 0 && *t->s->stop == 0) {
        bool more = t->next < allowed && t->next < t->hit;
        if (!more && t->running == 0)
            break;
        code = more && t->running < t->s->jobs ? start_next(t, e) : end_one(t, e);
    }
    return code;
}

/* The first failure of all is the one that is looked for from then on. */
static void take_hit(const struct trials *t, struct shrink_hit *ret)
{
    struct shrinking *s = t->s;
    *ret = t->facts;
    if (s->wanted.kind != FAILURE_NONE)
        return;
    s->wanted = t->failure;
    s->cpu_ns = t->cpu_ns + 1;
}

int shrinking_sim(void *arg, const struct scenario *const *list, size_t count, uint64_t seed,
                  struct shrink_hit *ret, struct err *e)
{
    struct shrinking *s = arg;
    struct trials *t = mem_alloc(sizeof(*t));
    size_t total = count * s->tries;
    size_t allowed = total < s->runs_left ? total : (size_t)s->runs_left;
    *t = (struct trials){.s = s, .list = list, .seed = seed, .total = total, .hit = total};
    int code = run_trials(t, allowed, e);
    if (code < 0 || *s->stop != 0)
        end_all(t);
    size_t done = t->hit < total ? t->hit + 1 : allowed;
    s->runs_left -= done;
    s->runs_done += done;
    if (code == 0 && *s->stop != 0)
        code = err_set(e, -E_LIMIT, "shrink: stopped");
    else if (code == 0 && t->hit == total && allowed < total)
        code = err_set(e, -E_LIMIT, "shrink: no runs are left");
    else if (code == 0 && t->hit < total)
        code = 1;
    if (code == 1)
        take_hit(t, ret);
    mem_free(t);
    return code;
}
