/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep: many seeds in virtual time, a process each, and what they met taken together. */
#include "base/mem.h"
#include "base/span.h"
#include "emulator/cmd.h"
#include "emulator/commands/load.h"
#include "emulator/commands/repeats.h"
#include "emulator/commands/roll.h"
#include "emulator/commands/shell_word.h"
#include "emulator/sim/sim.h"
#include "emulator/swarm/swarm.h"
#include "emulator/trials/sweep.h"

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

#define JOBS_MAX       256
#define COUNT_MAX      100000000
#define COUNT_DEFAULT  100
#define TWICE_EVERY    20 /* a seed in so many is run twice */
#define PROGRESS_EVERY 100

struct sweep_command {
    struct load_options load;
    bool has_seeds;
    uint64_t from;
    uint64_t count;
    uint64_t jobs;
    bool swarm;
    bool until_fail;
    bool quiet;
    const char *runs;
    char **argv;
};

struct sweep {
    const struct sweep_command *o;
    const struct loaded *all; /* NULL: swarm */
    char scratch[PATH_MAX];   /* in o->runs: what failed is moved, not copied */
    struct sweep_job jobs[JOBS_MAX];
    unsigned running;
    uint64_t next, total; /* runs: seed by seed, scenario by scenario */
    bool stop;
    bool made_runs; /* the directory for results was not there */
    struct sweep_sum sum;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* ---- options ---- */

static bool parse_seeds(struct sweep_command *o, const char *text)
{
    const char *end;
    uint64_t to;
    if (!repeats_number(text, &end, &o->from) || strncmp(end, "..", 2) != 0 ||
        !repeats_number(end + 2, &end, &to))
        return false;
    if (*end != '\0' || to < o->from || to - o->from >= COUNT_MAX)
        return false;
    o->has_seeds = true;
    o->count = to - o->from + 1;
    return true;
}

static int apply_option(const struct cmd *cmd, struct sweep_command *o, int option)
{
    int code;
    if (load_option(cmd, &o->load, option, optarg, &code))
        return code;
    switch (option) {
    case 'S':
        return parse_seeds(o, optarg)
                   ? 0
                   : cmd_usage(cmd, "--seeds %s: give FROM..TO, as 1..1000", optarg);
    case 'c':
        return span_to_u64(span_str(optarg), &o->count) && o->count > 0 && o->count <= COUNT_MAX
                   ? 0
                   : cmd_usage(cmd, "--count %s: give 1 to %d", optarg, COUNT_MAX);
    case 'j':
        return span_to_u64(span_str(optarg), &o->jobs) && o->jobs > 0 && o->jobs <= JOBS_MAX
                   ? 0
                   : cmd_usage(cmd, "--jobs %s: give 1 to %d", optarg, JOBS_MAX);
    case 'w': o->swarm = true; return 0;
    case 'u': o->until_fail = true; return 0;
    case 'R': o->runs = optarg; return 0;
    case 'q': o->quiet = true; return 0;
    default: return cmd_usage(cmd, "unknown option or missing value: %s", o->argv[optind - 1]);
    }
}

static int complete_options(const struct cmd *cmd, int argc, struct sweep_command *o)
{
    bool counted = o->count > 0 && !o->has_seeds;
    uint32_t first = 0;
    if (o->swarm && optind < argc)
        return cmd_usage(cmd, "--swarm draws its scenarios: %s is one too many", o->argv[optind]);
    if (o->swarm && o->load.tag != NULL)
        return cmd_usage(cmd, "--swarm draws its scenarios: they bear no tag to choose by");
    if (!o->swarm && optind == argc && o->load.tag == NULL)
        return cmd_usage(cmd, "no scenario given, and no --swarm");
    if (!o->has_seeds && getrandom(&first, sizeof(first), 0) != (ssize_t)sizeof(first))
        first = (uint32_t)getpid();
    if (!o->has_seeds)
        o->from = first;
    if (!o->has_seeds && !counted)
        o->count = COUNT_DEFAULT;
    return 0;
}

static int parse_options(const struct cmd *cmd, int argc, char **argv, struct sweep_command *o)
{
    static const struct option options[] = {LOAD_OPTIONS,
                                            {"seeds", required_argument, NULL, 'S'},
                                            {"count", required_argument, NULL, 'c'},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"swarm", no_argument, NULL, 'w'},
                                            {"until-fail", no_argument, NULL, 'u'},
                                            {"runs", required_argument, NULL, 'R'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {0}};
    int option, seeds = 0;
    *o = (struct sweep_command){
        .jobs = cmd_jobs(JOBS_MAX), .runs = "runs", .argv = argv, .load.world = sim_world()};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "q", options, NULL)) != -1) {
        int code = apply_option(cmd, o, option);
        if (code != 0)
            return code;
        seeds += option == 'S' || option == 'c';
    }
    if (seeds > 1)
        return cmd_usage(cmd, "--seeds and --count exclude each other, and come once");
    return complete_options(cmd, argc, o);
}

/* ---- jobs ---- */

static uint64_t wall_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static const char *name_of(const struct sweep_job *job)
{
    return job->scenario == NULL ? "swarm" : job->scenario->name;
}

static int start_next(struct sweep *w, struct err *e)
{
    struct sweep_job *job = w->jobs;
    size_t scenarios = w->all == NULL ? 1 : w->all->count;
    size_t which = (size_t)(w->next % scenarios);
    while (job->pid != 0)
        job++;
    *job = (struct sweep_job){.given = w->all == NULL ? NULL : w->all->given[which],
                              .scenario = w->all == NULL ? NULL : w->all->items[which],
                              .seed = w->o->from + w->next / scenarios,
                              .twice = w->next % TWICE_EVERY == 0,
                              .sets = w->o->load.sets,
                              .sets_count = w->o->load.sets_count,
                              .scratch = w->scratch};
    w->next++;
    int code = sweep_job_start(job, e);
    w->running += code == 0;
    return code;
}

/* What a command says to name the very scenario of a job. */
static void print_given(const struct sweep *w, const char *command, const struct sweep_job *job)
{
    bool drawn = job->scenario == NULL, shrinks = strcmp(command, "shrink") == 0;
    struct buf word = {0};
    if (drawn && !shrinks && job->results.dir[0] == '\0') {
        (void)printf("  reproduce  raft-emulator sweep --swarm --seeds 0x%llX..0x%llX",
                     (unsigned long long)job->seed, (unsigned long long)job->seed);
        shell_print_sets(w->o->load.sets, w->o->load.sets_count);
        (void)printf("\n");
        return;
    }
    (void)printf("  %-9s  raft-emulator %s ", shrinks ? command : "reproduce", command);
    if (!drawn)
        (void)printf("%s", shell_word(&word, job->given));
    else if (shrinks)
        (void)printf("--swarm");
    else
        (void)printf("%s/scenario.json", shell_word(&word, job->results.dir));
    buf_free(&word);
    (void)printf(" --seed 0x%llX", (unsigned long long)job->seed);
    if (!drawn || shrinks) /* that of a drawn one has them in it */
        shell_print_sets(w->o->load.sets, w->o->load.sets_count);
    (void)printf("\n");
}

static void print_failure(const struct sweep *w, const struct sweep_job *job,
                          const struct sweep_report *report)
{
    (void)printf("%-7s  %s seed 0x%llX: %s\n", roll_word(report->exit_code), name_of(job),
                 (unsigned long long)job->seed, report->sentence);
    if (job->results.dir[0] != '\0')
        (void)printf("  result     %s\n", job->results.dir);
    print_given(w, "sim", job);
    if (report->exit_code == EXIT_CHECK_FAILED || report->exit_code == EXIT_INTERNAL)
        print_given(w, "shrink", job);
    (void)fflush(stdout);
}

/* It died before it could keep anything: it will do so again, with its files open. */
static int start_again(struct sweep *w, struct sweep_job *job, struct err *e)
{
    job->keep = true;
    job->twice = false;
    int code = results_create(w->scratch, name_of(job), &job->results, e);
    if (code == 0)
        code = sweep_job_start(job, e);
    w->running += code == 0;
    return code;
}

/* What passed leaves nothing; what did not is kept as `sim` keeps it. */
static int tidy(const struct sweep *w, struct sweep_job *job, const struct sweep_report *report,
                struct err *e)
{
    if (report->exit_code == 0 || report->exit_code == EXIT_CANNOT_RUN)
        return job->results.dir[0] == '\0' ? 0 : results_remove(&job->results, e);
    int code = 0;
    if (job->results.dir[0] != '\0')
        code = results_move(&job->results, w->o->runs, name_of(job), e);
    if (code == 0 && job->results.dir[0] != '\0')
        code = results_link(&job->results, "latest-failed", e);
    print_failure(w, job, report);
    return code;
}

static int end_one(struct sweep *w, struct err *e)
{
    int status = 0;
    struct sweep_report report;
    pid_t pid = waitpid(-1, &status, 0);
    struct sweep_job *job = w->jobs;
    if (pid < 0)
        return errno == EINTR ? 0 : err_set_errno(e, err_from_errno(errno), errno, "sweep: wait");
    while (job < w->jobs + JOBS_MAX && job->pid != pid)
        job++;
    if (job == w->jobs + JOBS_MAX)
        return 0; /* none of ours */
    bool over = sweep_job_end(job, status, &report);
    w->running--;
    if (interrupted)
        return 0; /* what it kept goes with the scratch directory */
    if (!over)
        return start_again(w, job, e);
    if (report.exit_code == EXIT_CANNOT_RUN && w->sum.skipped == 0)
        (void)fprintf(stderr, "skip: %s: %s\n", name_of(job), report.sentence);
    sweep_sum_add(&w->sum, &report);
    w->stop = w->stop || (w->o->until_fail && w->sum.failed > 0);
    if (!w->o->quiet && w->sum.seeds % PROGRESS_EVERY == 0) {
        (void)printf("… %llu of %llu, %llu failed\n", (unsigned long long)w->sum.seeds,
                     (unsigned long long)w->total, (unsigned long long)w->sum.failed);
        (void)fflush(stdout);
    }
    return tidy(w, job, &report, e);
}

static void kill_all(struct sweep *w)
{
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (w->jobs[i].pid != 0)
            (void)kill(w->jobs[i].pid, SIGKILL);
    }
}

static int run_jobs(struct sweep *w, struct err *e)
{
    int code = 0;
    while (code == 0 && !interrupted && ((w->next < w->total && !w->stop) || w->running > 0)) {
        if (w->next < w->total && !w->stop && w->running < w->o->jobs)
            code = start_next(w, e);
        else
            code = end_one(w, e);
    }
    if (code < 0 || interrupted) {
        struct err ignored;
        interrupted = interrupted || code < 0;
        kill_all(w);
        while (w->running > 0 && end_one(w, &ignored) == 0)
            continue;
    }
    return code;
}

/* ---- all of it ---- */

static int make_scratch(struct sweep *w, struct err *e)
{
    w->made_runs = mkdir(w->o->runs, 0777) == 0;
    if (!w->made_runs && errno != EEXIST)
        return err_set_errno(e, err_from_errno(errno), errno, "results: %s", w->o->runs);
    int n = snprintf(w->scratch, sizeof(w->scratch), "%s/.sweep-XXXXXX", w->o->runs);
    if (n < 0 || (size_t)n >= sizeof(w->scratch))
        return err_set(e, -E_LIMIT, "results: %s: path too long", w->o->runs);
    if (mkdtemp(w->scratch) == NULL)
        return err_set_errno(e, err_from_errno(errno), errno, "results: %s", w->scratch);
    return 0;
}

static int finish(struct sweep *w, int code, uint64_t began, struct err *e)
{
    struct results scratch = {0};
    struct err late = {0};
    (void)snprintf(scratch.dir, sizeof(scratch.dir), "%s", w->scratch);
    if (results_remove(&scratch, &late) < 0 && code == 0) {
        *e = late;
        code = late.code;
    }
    if (w->made_runs)
        (void)!rmdir(w->o->runs); /* as long as nothing was kept there */
    if (w->sum.seeds > 0)
        sweep_sum_print(&w->sum, wall_ns() - began, (unsigned)w->o->jobs);
    if (code < 0) {
        cmd_error("%s", e->text);
        return cmd_worse(w->sum.worst, EXIT_CANNOT_WRITE);
    }
    if (interrupted)
        return EXIT_INTERRUPTED;
    if (w->sum.seeds == w->sum.skipped)
        return EXIT_CANNOT_RUN;
    code = w->sum.worst;
    if (w->all == NULL && w->sum.seeds >= SWEEP_SWARM_MEETS && sweep_sum_misses(&w->sum))
        code = cmd_worse(code, EXIT_VACUOUS);
    return code;
}

static int sweep_all(const struct sweep_command *o, const struct loaded *all)
{
    struct err e = {0};
    struct sweep *w = mem_alloc(sizeof(*w));
    uint64_t began = wall_ns();
    w->o = o;
    w->all = all;
    w->total = o->count * (all == NULL ? 1 : all->count);
    cmd_on_end(on_signal);
    (void)printf("seeds 0x%llX..0x%llX\n", (unsigned long long)o->from,
                 (unsigned long long)(o->from + o->count - 1));
    int code = make_scratch(w, &e);
    if (code < 0) {
        cmd_error("%s", e.text);
        code = EXIT_CANNOT_WRITE;
    } else {
        code = run_jobs(w, &e);
        code = finish(w, code, began, &e);
    }
    mem_free(w);
    return code;
}

/* Whether the first seed draws a scenario at all: a --set that suits none is said once, not by
 * every seed. */
static bool draws(const struct sweep_command *o)
{
    struct scenario *first;
    struct err e = {0};
    if (swarm_draw(o->from, sim_world(), o->load.sets, o->load.sets_count, &first, &e) < 0) {
        cmd_error("%s", e.text);
        return false;
    }
    scenario_free(first);
    return true;
}

int cmd_sweep(const struct cmd *cmd, int argc, char **argv)
{
    struct sweep_command options;
    int code = parse_options(cmd, argc, argv, &options);
    if (code != 0)
        return code;
    if (options.swarm)
        return draws(&options) ? sweep_all(&options, NULL) : EXIT_BAD_SCENARIO;
    struct loaded *loaded = mem_alloc(sizeof(*loaded));
    code = load_simulable(&options.load, argv + optind, argc - optind, loaded);
    if (code == 0)
        code = sweep_all(&options, loaded);
    loaded_free(loaded);
    return code;
}
