/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One seed in a process of its own: nothing it does to memory reaches the next one, and when it
 * aborts that is a result like any other. */
#include "emulator/cmd.h"
#include "emulator/swarm/swarm.h"
#include "emulator/trials/simulate.h"
#include "emulator/trials/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
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

/* The same seed must give the same run. True: the two do not. */
static bool differs(const struct sim_outcome *first, const struct sim_outcome *second,
                    struct sweep_report *report)
{
    char why[SWEEP_SENTENCE_MAX - 32];
    if (simulate_same(first, second, why, sizeof(why)))
        return false;
    report->differs = true;
    report->exit_code = EXIT_CHECK_FAILED;
    (void)snprintf(report->sentence, sizeof(report->sentence), "deterministic: %s", why);
    return true;
}

static int run_twin(const struct simulation *run, const struct sim_outcome *first,
                    struct sweep_report *report, struct err *e)
{
    struct sim_outcome second;
    struct judgement j;
    bool ran;
    int code = simulate(run, &second, &j, &ran, e);
    judgement_free(&j);
    report->twice = code == 0;
    if (code == 0)
        (void)differs(first, &second, report);
    return code;
}

/* Nothing was written so far: once more for the files. */
static int run_for_files(struct simulation *run, const struct sim_outcome *first,
                         struct sweep_report *report, struct err *e)
{
    struct sim_outcome second;
    struct judgement j;
    bool ran;
    int code = simulate_keep(run, &second, &j, &ran, e);
    judgement_free(&j);
    if (ran && first != NULL)
        (void)differs(first, &second, report);
    return ran ? 0 : code;
}

/* The first run's verdict is the seed's. */
static int run_first(struct sweep_job *job, struct simulation *run, struct sweep_report *report,
                     struct sim_outcome *out, bool *ret_ran, struct err *e)
{
    struct judgement j;
    run->results = job->results;
    int code =
        job->keep ? simulate_keep(run, out, &j, ret_ran, e) : simulate(run, out, &j, ret_ran, e);
    if (code == 0) {
        report->virtual_ns = out->ended_ns - out->began_ns;
        take_verdict(report, &j);
    }
    judgement_free(&j);
    return code;
}

static void run_and_judge(struct sweep_job *job, const struct scenario *s,
                          struct sweep_report *report)
{
    struct simulation run = {.scenario = s, .seed = job->seed};
    struct sim_outcome out;
    struct err e = {0}, late = {0};
    bool ran;
    int code = run_first(job, &run, report, &out, &ran, &e);
    if (code == 0 && job->twice)
        code = run_twin(&run, &out, report, &e);
    if (code < 0) {
        (void)snprintf(report->sentence, sizeof(report->sentence), "%s", e.text);
        report->exit_code = code == -E_UNSUPPORTED && !ran ? EXIT_CANNOT_RUN
                            : ran                          ? EXIT_UNKNOWN
                                                           : EXIT_INTERNAL;
    }
    if (report->exit_code == 0 || report->exit_code == EXIT_CANNOT_RUN || job->scratch == NULL)
        return;
    run.runs = job->scratch;
    if (!job->keep && run_for_files(&run, ran ? &out : NULL, report, &late) < 0)
        (void)fprintf(stderr, "nothing could be kept: %s\n", late.text);
    (void)snprintf(report->dir, sizeof(report->dir), "%s", run.results.dir);
}

static void work(struct sweep_job *job, struct sweep_report *report)
{
    struct err e = {0};
    struct scenario *drawn = NULL;
    if (job->scenario == NULL) {
        int code = swarm_draw(job->seed, sim_world(), job->sets, job->sets_count, &drawn, &e);
        if (code < 0) {
            report->exit_code = EXIT_CANNOT_RUN;
            (void)snprintf(report->sentence, sizeof(report->sentence),
                           "what is drawn does not bear what --set says: %.400s", e.text);
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

/* Again, unless whoever started us wants it to be ignored. */
static void dies_of(int number)
{
    struct sigaction inherited;
    if (sigaction(number, NULL, &inherited) == 0 && inherited.sa_handler != SIG_IGN)
        (void)signal(number, SIG_DFL);
}

_Noreturn static void child(struct sweep_job *job, pid_t parent, int fd)
{
    static struct sweep_report report;
    const uint64_t cpu_s = job->cpu_s == 0 ? CPU_S_MAX : job->cpu_s;
    const struct rlimit cpu = {cpu_s, cpu_s + 5}, core = {0, 0};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_INTERNAL);
    dies_of(SIGINT);
    dies_of(SIGHUP);
    (void)setrlimit(RLIMIT_CPU, &cpu);
    (void)setrlimit(RLIMIT_CORE, &core);
    if (dup2(job->said, STDERR_FILENO) < 0 || dup2(job->said, STDOUT_FILENO) < 0)
        _exit(EXIT_INTERNAL);
    work(job, &report);
    (void)fflush(NULL);
    send_all(fd, &report, sizeof(report));
    _exit(0);
}

/* ---- the parent ---- */

static int open_said(struct sweep_job *job, struct err *e)
{
    job->said = memfd_create("said", MFD_CLOEXEC);
    return job->said >= 0 ? 0
                          : err_set_errno(e, err_from_errno(errno), errno, "sweep: memfd_create");
}

int sweep_job_start(struct sweep_job *job, struct err *e)
{
    int fds[2];
    pid_t parent = getpid();
    int code = open_said(job, e);
    if (code < 0)
        return code;
    if (pipe2(fds, O_CLOEXEC) < 0) {
        int at = errno;
        (void)close(job->said);
        return err_set_errno(e, err_from_errno(at), at, "sweep: pipe");
    }
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
    (void)close(job->said);
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

/* What the process said, into its directory if there is one, and the last line of it. */
static void last_words(struct sweep_job *job, char *out, size_t room)
{
    char line[256];
    struct buf all = {0};
    struct err ignored;
    FILE *f = fdopen(job->said, "r");
    out[0] = '\0';
    ASSERT(f != NULL);
    rewind(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        buf_puts(&all, line);
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0')
            (void)snprintf(out, room, "%s", line);
    }
    (void)fclose(f);
    if (job->results.dir[0] != '\0' && all.len > 0)
        (void)!results_write(&job->results, SAID_FILE, &all, &ignored);
    buf_free(&all);
}

bool sweep_job_end(struct sweep_job *job, int status, struct sweep_report *ret)
{
    char words[256];
    *ret = (struct sweep_report){0};
    bool whole = receive(job->fd, ret) && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    (void)close(job->fd);
    job->pid = 0;
    if (whole && !job->keep)
        memcpy(job->results.dir, ret->dir, sizeof(job->results.dir));
    last_words(job, words, sizeof(words));
    if (whole && job->keep) {
        ret->differs = ret->twice = true;
        ret->exit_code = EXIT_CHECK_FAILED;
        (void)snprintf(ret->sentence, sizeof(ret->sentence),
                       "deterministic: the same seed died, and the second time it did not");
    }
    if (whole)
        return true;
    *ret = (struct sweep_report){.exit_code = EXIT_INTERNAL};
    if (WIFSIGNALED(status))
        (void)snprintf(ret->sentence, sizeof(ret->sentence), "the run died of %s%s: %s",
                       strsignal(WTERMSIG(status)),
                       WTERMSIG(status) == SIGXCPU ? " (600 s of it were not enough)" : "", words);
    else
        (void)snprintf(ret->sentence, sizeof(ret->sentence), "the run ended with code %d: %s",
                       WEXITSTATUS(status), words);
    return job->keep;
}
