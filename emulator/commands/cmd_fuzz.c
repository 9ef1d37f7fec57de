/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz: scenarios drawn from seeds, run on real processes until the time is over. */
#include "base/mem.h"
#include "base/span.h"
#include "base/units.h"
#include "emulator/cmd.h"
#include "emulator/commands/alphabet.h"
#include "emulator/commands/finds.h"
#include "emulator/commands/load.h"
#include "emulator/commands/progress.h"
#include "emulator/commands/repeats.h"
#include "emulator/commands/roll.h"
#include "emulator/live/live.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS_MAX     64
#define COUNT_MAX    100000000
#define TIME_DEFAULT (10 * 60 * NS_PER_S)
#define TIME_MAX     (7 * 24 * 3600 * NS_PER_S)

struct fuzz_options {
    struct load_options load; /* world and overrides */
    struct swarm_alphabet letters;
    const struct swarm_alphabet *alphabet; /* NULL: everything */
    bool has_seed;
    uint64_t seed, count, jobs, time_ns;
    const char *runs, *raftd, *net;
    const char *raftd_given;
    bool quiet;
    char **argv;
};

struct fuzz {
    const struct fuzz_options *o;
    char scratch[PATH_MAX]; /* in o->runs: what failed is moved, not copied */
    bool made_runs;         /* the directory for results was not there */
    struct live_job jobs[JOBS_MAX];
    unsigned running;
    uint64_t begun, ended, began_ns;
    struct tally tally;
    uint64_t failed;
    struct finds finds;
    int worst;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static uint64_t wall_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* ---- options ---- */

static int number_option(const struct cmd *cmd, const char *name, uint64_t max, uint64_t *ret)
{
    if (span_to_u64(span_str(optarg), ret) && *ret > 0 && *ret <= max)
        return 0;
    return cmd_usage(cmd, "--%s %s: give 1 to %llu", name, optarg, (unsigned long long)max);
}

static int apply_option(const struct cmd *cmd, struct fuzz_options *o, int option)
{
    const char *end;
    switch (option) {
    case 's': return load_set(cmd, o->load.sets, &o->load.sets_count, optarg);
    case 'a': o->alphabet = &o->letters; return alphabet_read(cmd, optarg, &o->letters);
    case 'S':
        o->has_seed = repeats_number(optarg, &end, &o->seed) && *end == '\0';
        return o->has_seed ? 0 : cmd_usage(cmd, "--seed %s: not a number of 64 bits", optarg);
    case 't':
        if (units_duration(optarg, &o->time_ns) == 0 && o->time_ns >= NS_PER_S &&
            o->time_ns <= TIME_MAX)
            return 0;
        return cmd_usage(cmd, "--time %s: give a time from 1s to 168h", optarg);
    case 'c': return number_option(cmd, "count", COUNT_MAX, &o->count);
    case 'j': return number_option(cmd, "jobs", JOBS_MAX, &o->jobs);
    case 'R': o->runs = optarg; return 0;
    case 'd': o->raftd_given = o->raftd = optarg; return 0;
    case 'n':
        o->net = optarg;
        return strcmp(optarg, "auto") == 0 || strcmp(optarg, "kernel") == 0 ||
                       strcmp(optarg, "user") == 0
                   ? 0
                   : cmd_usage(cmd, "--net %s: give auto, kernel or user", optarg);
    case 'q': o->quiet = true; return 0;
    default: return cmd_usage(cmd, "unknown option or missing value: %s", o->argv[optind - 1]);
    }
}

static int complete_options(const struct cmd *cmd, int argc, struct fuzz_options *o)
{
    uint32_t first = 0;
    if (optind < argc)
        return cmd_usage(cmd, "it draws its scenarios: %s is one too many", o->argv[optind]);
    if (!o->has_seed && getrandom(&first, sizeof(first), 0) != (ssize_t)sizeof(first))
        first = (uint32_t)getpid();
    if (!o->has_seed)
        o->seed = first;
    if (o->raftd == NULL)
        o->raftd = cmd_sibling("raftd");
    if (o->raftd != NULL && access(o->raftd, X_OK) == 0)
        return 0;
    cmd_error("raftd: %s\n  fix: build it, or name it: --raftd PATH",
              o->raftd == NULL ? "not beside this program" : strerror(errno));
    return EXIT_NO_INPUT;
}

static int parse_options(const struct cmd *cmd, int argc, char **argv, struct fuzz_options *o)
{
    static const struct option options[] = {{"set", required_argument, NULL, 's'},
                                            {"alphabet", required_argument, NULL, 'a'},
                                            {"seed", required_argument, NULL, 'S'},
                                            {"time", required_argument, NULL, 't'},
                                            {"count", required_argument, NULL, 'c'},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"runs", required_argument, NULL, 'R'},
                                            {"raftd", required_argument, NULL, 'd'},
                                            {"net", required_argument, NULL, 'n'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {0}};
    uint32_t processors = cmd_jobs(2 * JOBS_MAX);
    int option;
    *o = (struct fuzz_options){.jobs = processors > 1 ? processors / 2 : 1,
                               .count = COUNT_MAX,
                               .time_ns = TIME_DEFAULT,
                               .runs = "runs",
                               .argv = argv,
                               .load.world = live_world()};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "q", options, NULL)) != -1) {
        int code = apply_option(cmd, o, option);
        if (code != 0)
            return code;
    }
    return complete_options(cmd, argc, o);
}

/* ---- runs ---- */

static int draw(const struct fuzz_options *o, uint64_t seed, struct scenario **ret, struct err *e)
{
    return swarm_draw_within(o->alphabet, seed, o->load.world, o->load.sets, o->load.sets_count,
                             ret, e);
}

static int start_next(struct fuzz *f, struct err *e)
{
    struct live_job *job = f->jobs;
    struct scenario *s = NULL;
    uint64_t seed = f->o->seed + f->begun++;
    while (job->pid != 0)
        job++;
    (void)snprintf(job->scratch.dir, sizeof(job->scratch.dir), "%.*s/%zu", PATH_MAX - 16,
                   f->scratch, (size_t)(job - f->jobs));
    if (mkdir(job->scratch.dir, 0777) < 0 && errno != EEXIST)
        return err_set_errno(e, err_from_errno(errno), errno, "results: %s", job->scratch.dir);
    int code = draw(f->o, seed, &s, e);
    if (code == 0)
        code = live_job_start(job, s, seed, f->o->raftd, f->o->net == NULL ? "auto" : f->o->net, e);
    f->running += code == 0;
    scenario_free(s);
    return code;
}

static void say(const struct fuzz *f, const char *word, uint64_t seed, const char *text)
{
    (void)printf("%6.1fs  %-7s  seed 0x%llX%s%s\n",
                 (double)(wall_ns() - f->began_ns) / (double)NS_PER_S, word,
                 (unsigned long long)seed, *text == '\0' ? "" : ": ", text);
    (void)fflush(stdout);
}

/* The first of its kind is kept. */
static int take_failure(struct fuzz *f, const struct live_job *job, struct live_report *report,
                        struct err *e)
{
    struct find *same = finds_same(&f->finds, report->signature);
    f->failed++;
    if (same != NULL) {
        same->times++;
        say(f, "FAIL", job->seed, "as before");
        return 0;
    }
    say(f, "FAIL", job->seed, report->sentence);
    int code =
        report->result.dir[0] == '\0' ? 0 : results_move(&report->result, f->o->runs, "fuzz", e);
    if (code == 0 && report->result.dir[0] != '\0')
        code = results_link(&report->result, "latest-failed", e);
    if (finds_add(&f->finds, report, job->seed) == NULL)
        (void)printf("         result   %s (there are too many kinds to list)\n",
                     report->result.dir);
    return code;
}

static int take_report(struct fuzz *f, struct live_job *job, struct live_report *report,
                       struct err *e)
{
    int code = 0, exit_code = report->exit_code;
    f->ended++;
    f->worst = cmd_worse(f->worst, exit_code == EXIT_CANNOT_RUN ? 0 : exit_code);
    f->tally.passed += exit_code == 0;
    f->tally.skipped += exit_code == EXIT_CANNOT_RUN;
    f->tally.failed += exit_code != 0 && exit_code != EXIT_CANNOT_RUN;
    if (report->signature[0] != '\0')
        code = take_failure(f, job, report, e);
    else if (exit_code == EXIT_CANNOT_RUN)
        say(f, "SKIP", job->seed, report->sentence);
    else if (exit_code != 0)
        say(f, roll_word(exit_code), job->seed, report->sentence);
    else if (!f->o->quiet)
        say(f, "PASS", job->seed, "");
    return code < 0 ? code : live_job_clear(job, e);
}

static int end_one(struct fuzz *f, struct err *e)
{
    static struct live_report report;
    int status = 0;
    pid_t pid = waitpid(-1, &status, 0);
    struct live_job *job = f->jobs;
    if (pid < 0)
        return errno == EINTR ? 0 : err_set_errno(e, err_from_errno(errno), errno, "fuzz: wait");
    while (job < f->jobs + JOBS_MAX && job->pid != pid)
        job++;
    if (job == f->jobs + JOBS_MAX)
        return 0; /* none of ours */
    live_job_end(job, status, &report);
    f->running--;
    /* What was broken off says nothing; it goes with the scratch directory. */
    return interrupted ? 0 : take_report(f, job, &report, e);
}

/* Where one cannot run at all no other will. */
static bool goes_on(const struct fuzz *f)
{
    return !interrupted && f->begun < f->o->count && wall_ns() - f->began_ns < f->o->time_ns &&
           (f->ended == 0 || f->tally.skipped < f->ended);
}

static int run_jobs(struct fuzz *f, struct err *e)
{
    int code = 0;
    while (code == 0 && !interrupted && (goes_on(f) || f->running > 0)) {
        bool more = goes_on(f) && f->running < f->o->jobs;
        if (more || f->running > 0)
            code = more ? start_next(f, e) : end_one(f, e);
    }
    if (code < 0 || interrupted) {
        struct err ignored;
        interrupted = 1;
        for (size_t i = 0; i < JOBS_MAX; i++)
            live_job_stop(&f->jobs[i]);
        while (f->running > 0 && end_one(f, &ignored) == 0)
            continue;
    }
    return code;
}

/* ---- all of it ---- */

static int make_scratch(struct fuzz *f, struct err *e)
{
    char root[PATH_MAX];
    f->made_runs = mkdir(f->o->runs, 0777) == 0;
    if (realpath(f->o->runs, root) == NULL)
        return err_set_errno(e, err_from_errno(errno), errno, "results: %s", f->o->runs);
    int n = snprintf(f->scratch, sizeof(f->scratch), "%s/.fuzz-XXXXXX", root);
    if (n < 0 || (size_t)n >= sizeof(f->scratch) - 64)
        return err_set(e, -E_LIMIT, "results: %s: path too long", f->o->runs);
    if (mkdtemp(f->scratch) == NULL)
        return err_set_errno(e, err_from_errno(errno), errno, "results: %s", f->scratch);
    return 0;
}

static void print_end(const struct fuzz *f, bool was_interrupted)
{
    (void)printf("%llu runs in %.0f s, %llu at once: %llu failed, in %zu way%s%s\n",
                 (unsigned long long)f->ended, (double)(wall_ns() - f->began_ns) / (double)NS_PER_S,
                 (unsigned long long)f->o->jobs, (unsigned long long)f->failed, f->finds.count,
                 f->finds.count == 1 ? "" : "s", was_interrupted ? "; interrupted" : "");
    finds_print(&f->finds, f->o->raftd_given, f->o->net);
    progress_tally(&f->tally);
}

static int finish(struct fuzz *f, int code, struct err *e)
{
    struct results scratch = {0};
    struct err late = {0};
    bool broken_off = interrupted && code == 0;
    (void)snprintf(scratch.dir, sizeof(scratch.dir), "%s", f->scratch);
    if (results_remove(&scratch, &late) < 0 && code == 0) {
        *e = late;
        code = late.code;
    }
    if (f->made_runs)
        (void)!rmdir(f->o->runs); /* as long as nothing was kept there */
    print_end(f, broken_off);
    if (code < 0) {
        cmd_error("%s", e->text);
        return cmd_worse(f->worst, EXIT_CANNOT_WRITE);
    }
    if (broken_off)
        return EXIT_INTERRUPTED;
    return f->ended == f->tally.skipped ? EXIT_CANNOT_RUN : f->worst;
}

static int fuzz_all(const struct fuzz_options *o)
{
    struct err e = {0};
    struct fuzz *f = mem_alloc(sizeof(*f));
    f->o = o;
    f->began_ns = wall_ns();
    cmd_on_end(on_signal);
    (void)printf("seeds 0x%llX…, %llu at once, for %llu s\n", (unsigned long long)o->seed,
                 (unsigned long long)o->jobs, (unsigned long long)(o->time_ns / NS_PER_S));
    (void)fflush(stdout);
    int code = make_scratch(f, &e);
    if (code < 0) {
        cmd_error("%s", e.text);
        code = EXIT_CANNOT_WRITE;
    } else {
        code = run_jobs(f, &e);
        code = finish(f, code, &e);
    }
    mem_free(f);
    return code;
}

int cmd_fuzz(const struct cmd *cmd, int argc, char **argv)
{
    struct fuzz_options options;
    struct scenario *first = NULL;
    struct err e = {0};
    int code = parse_options(cmd, argc, argv, &options);
    if (code != 0)
        return code;
    /* A --set that suits no drawing is said once, and not by every run. */
    if (draw(&options, options.seed, &first, &e) < 0) {
        cmd_error("%s", e.text);
        return EXIT_BAD_SCENARIO;
    }
    scenario_free(first);
    return fuzz_all(&options);
}
