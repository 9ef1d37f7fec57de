/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One seed in a process of its own: nothing it does to memory reaches the next one, and when it
 * aborts that is a result like any other. */
#include "emulator/cmd.h"
#include "emulator/simulate.h"
#include "emulator/swarm/swarm.h"
#include "emulator/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Processor time of one seed: one that takes more has lost its way. Time on a clock would depend on
 * who else uses the machine. */
#define CPU_S_MAX 600
#define SAID_FILE "stderr.txt"

/* ---- the child ---- */

static void take_counters(struct sweep_report *report, const struct judgement *j)
{
    size_t count = check_counters_count(j->run);
    for (size_t i = 0; i < count && i < SWEEP_COUNTERS_MAX; i++) {
        struct check_counter c = check_counters_at(j->run, i);
        struct sweep_counter *to = &report->counters[report->counters_count++];
        (void)snprintf(to->name, sizeof(to->name), "%s", c.name);
        to->value = c.value;
    }
}

static void take_verdict(struct sweep_report *report, const struct judgement *j)
{
    struct verdict_summary v = verdict_of(j->run);
    report->exit_code = verdict_exit_code(v.overall);
    if (v.first != NULL)
        (void)snprintf(report->sentence, sizeof(report->sentence), "%s: %s", v.first->name,
                       v.first->sentence);
    take_counters(report, j);
}

/* The same seed must give the same run. */
static int compare_twins(const struct simulation *run, const struct sim_outcome *first,
                         struct sweep_report *report, struct err *e)
{
    char runs[PATH_MAX + 8];
    struct simulation twin = *run;
    struct sim_outcome second;
    (void)snprintf(runs, sizeof(runs), "%s/twin", run->results.dir);
    twin.runs = runs;
    int code = simulate(&twin, &second, e);
    if (code < 0)
        return code;
    report->twice = true;
    report->differs = first->unseed != second.unseed || first->events != second.events;
    if (report->differs) {
        report->exit_code = EXIT_CHECK_FAILED;
        (void)snprintf(report->sentence, sizeof(report->sentence),
                       "deterministic: the same seed gave two runs: unseed 0x%016llX and "
                       "0x%016llX",
                       (unsigned long long)first->unseed, (unsigned long long)second.unseed);
        return 0;
    }
    struct results folder = run->results;
    (void)snprintf(folder.dir, sizeof(folder.dir), "%.*s", PATH_MAX - 1, runs);
    return results_remove(&folder, e);
}

static void run_and_judge(struct sweep_job *job, const struct scenario *s,
                          struct sweep_report *report)
{
    struct simulation run = {.scenario = s, .seed = job->seed, .results = job->results};
    struct sim_outcome out;
    struct judgement j;
    struct err e = {0};
    int code = simulate(&run, &out, &e);
    bool ran = code == 0;
    if (code == 0)
        code = simulate_judge(&run, &out, &j, &e);
    if (code == 0) {
        report->virtual_ns = out.ended_ns - out.began_ns;
        take_verdict(report, &j);
        judgement_free(&j);
        if (job->twice)
            code = compare_twins(&run, &out, report, &e);
    }
    if (code == 0)
        return;
    (void)snprintf(report->sentence, sizeof(report->sentence), "%s", e.text);
    report->exit_code = code == -E_UNSUPPORTED && !ran ? EXIT_CANNOT_RUN
                        : ran                          ? EXIT_UNKNOWN
                                                       : EXIT_INTERNAL;
}

static void work(struct sweep_job *job, struct sweep_report *report)
{
    struct err e = {0};
    struct scenario *drawn = NULL;
    if (job->scenario == NULL) {
        int code = swarm_draw(job->seed, sim_world(), job->sets, job->sets_count, &drawn, &e);
        if (code < 0) {
            report->exit_code = EXIT_BAD_SCENARIO;
            (void)snprintf(report->sentence, sizeof(report->sentence), "%s", e.text);
            return;
        }
    }
    run_and_judge(job, drawn != NULL ? drawn : job->scenario, report);
    scenario_free(drawn);
}

static void send_all(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        p += n;
        len -= (size_t)n;
    }
}

_Noreturn static void child(struct sweep_job *job, pid_t parent, int fd)
{
    static struct sweep_report report;
    char path[PATH_MAX + 16];
    const struct rlimit cpu = {CPU_S_MAX, CPU_S_MAX + 5}, core = {0, 0};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_INTERNAL);
    (void)signal(SIGINT, SIG_DFL);
    (void)setrlimit(RLIMIT_CPU, &cpu);
    (void)setrlimit(RLIMIT_CORE, &core);
    (void)snprintf(path, sizeof(path), "%s/%s", job->results.dir, SAID_FILE);
    int said = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (said < 0 || dup2(said, STDERR_FILENO) < 0 || dup2(said, STDOUT_FILENO) < 0)
        _exit(EXIT_INTERNAL);
    work(job, &report);
    (void)fflush(NULL);
    send_all(fd, &report, sizeof(report));
    _exit(0);
}

/* ---- the parent ---- */

int sweep_job_start(struct sweep_job *job, struct err *e)
{
    int fds[2];
    pid_t parent = getpid();
    if (pipe2(fds, O_CLOEXEC) < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "sweep: pipe");
    (void)fflush(NULL); /* or the child would say it again */
    job->pid = fork();
    if (job->pid == 0)
        child(job, parent, fds[1]);
    (void)close(fds[1]);
    job->fd = fds[0];
    if (job->pid > 0)
        return 0;
    job->pid = 0;
    int at = errno;
    (void)close(fds[0]);
    return err_set_errno(e, err_from_errno(at), at, "sweep: fork");
}

static bool receive(int fd, struct sweep_report *ret)
{
    char *p = (char *)ret;
    size_t got = 0;
    while (got < sizeof(*ret)) {
        ssize_t n = read(fd, p + got, sizeof(*ret) - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

/* The last line the process said. */
static void last_words(const struct sweep_job *job, char *out, size_t room)
{
    char path[PATH_MAX + 16], line[256];
    (void)snprintf(path, sizeof(path), "%s/%s", job->results.dir, SAID_FILE);
    out[0] = '\0';
    FILE *f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0')
            (void)snprintf(out, room, "%s", line);
    }
    if (f != NULL)
        (void)fclose(f);
}

void sweep_job_end(struct sweep_job *job, int status, struct sweep_report *ret)
{
    char words[256];
    *ret = (struct sweep_report){0};
    bool whole = receive(job->fd, ret);
    (void)close(job->fd);
    job->pid = 0;
    if (whole && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    *ret = (struct sweep_report){.exit_code = EXIT_INTERNAL};
    last_words(job, words, sizeof(words));
    if (WIFSIGNALED(status))
        (void)snprintf(ret->sentence, sizeof(ret->sentence), "the run died of %s%s: %s",
                       strsignal(WTERMSIG(status)),
                       WTERMSIG(status) == SIGXCPU ? " (600 s of it were not enough)" : "", words);
    else
        (void)snprintf(ret->sentence, sizeof(ret->sentence), "the run ended with code %d: %s",
                       WEXITSTATUS(status), words);
}
