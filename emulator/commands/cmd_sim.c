/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sim: scenarios in virtual time. */
#include "base/mem.h"
#include "emulator/cmd.h"
#include "emulator/commands/compare.h"
#include "emulator/commands/load.h"
#include "emulator/commands/progress.h"
#include "emulator/commands/repeats.h"
#include "emulator/commands/roll.h"
#include "emulator/commands/stepping.h"
#include "emulator/narrate/narrate.h"
#include "emulator/trials/simulate.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct sim_command {
    struct load_options load;
    struct repeats repeats;
    bool twice;
    bool step;
    const char *from; /* a result whose schedule is simulated; or NULL */
    bool narrate;
    unsigned narrated; /* NARRATE_x beside decisions */
    struct progress_options progress;
    char **argv;
};

/* One run and what came of it. */
struct one_sim {
    const struct sim_command *command;
    const char *given;
    struct simulation sim;
    struct tally *tally;
};

/* ---- options ---- */

static int apply_option(const struct cmd *cmd, struct sim_command *o, int option)
{
    struct err e = {0};
    int code;
    if (repeats_option(cmd, &o->repeats, option, optarg, &code) ||
        load_option(cmd, &o->load, option, optarg, &code))
        return code;
    switch (option) {
    case 'n':
        o->narrate = true;
        return narrate_parse(optarg, &o->narrated, &e) < 0 ? cmd_usage(cmd, "%s", e.text) : 0;
    case 'p': o->step = true; return 0;
    case 'F': o->from = optarg; return 0;
    case 't': o->twice = true; return 0;
    case 'q': o->progress.quiet = true; return 0;
    default: return cmd_usage(cmd, "unknown option or missing value: %s", o->argv[optind - 1]);
    }
}

static int parse_options(const struct cmd *cmd, int argc, char **argv, struct sim_command *o)
{
    static const struct option options[] = {LOAD_OPTIONS,
                                            REPEATS_OPTIONS,
                                            {"twice", no_argument, NULL, 't'},
                                            {"narrate", optional_argument, NULL, 'n'},
                                            {"step", no_argument, NULL, 'p'},
                                            {"from", required_argument, NULL, 'F'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {0}};
    int option;
    *o = (struct sim_command){.repeats = repeats_usual(), .argv = argv, .load.world = sim_world()};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "q", options, NULL)) != -1) {
        int code = apply_option(cmd, o, option);
        if (code != 0)
            return code;
    }
    if (o->from != NULL && (optind < argc || o->load.tag != NULL || o->repeats.repeat > 1))
        return cmd_usage(cmd, "--from RUN is all there is to simulate, and once");
    if (optind == argc && o->load.tag == NULL && o->from == NULL)
        return cmd_usage(cmd, "no scenario given; raft-emulator list shows the shipped ones");
    return 0;
}

/* The run leaves files from the start: it is kept, or compared with the files of another. */
static bool has_files(const struct sim_command *o)
{
    return o->repeats.keep == KEEP_ALWAYS || o->from != NULL;
}

/* ---- one run ---- */

static void narrated_line(void *arg, const char *text)
{
    (void)arg;
    (void)printf("  %s\n", text);
    (void)fflush(stdout);
}

static void narrated_say(void *arg, uint64_t t_ns, const char *text)
{
    narrator_say(arg, t_ns, text);
}

/* NULL: nobody wants to hear it. */
static struct narrator *begin_narration(struct one_sim *run)
{
    const struct sim_command *o = run->command;
    if (!o->narrate)
        return NULL;
    struct narrator *n = narrator_new((unsigned)scenario_nodes_count(run->sim.scenario),
                                      o->narrated, narrated_line, NULL);
    run->sim.watch = narrator_watch(n);
    run->sim.say = narrated_say;
    run->sim.say_arg = n;
    return n;
}

static void end_narration(struct one_sim *run, struct narrator *n)
{
    if (n == NULL)
        return;
    narrator_finish(n);
    narrator_free(n);
    run->sim.watch = NULL; /* its twin is told to nobody */
    run->sim.say = NULL;
}

static uint64_t wall_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The run itself; it may be one of two or three. */
static int run_through(struct one_sim *run, bool keep, struct sim_outcome *out, struct judgement *j,
                       bool *ret_ran, struct err *e)
{
    uint64_t began = wall_ns();
    int code = keep ? simulate_keep(&run->sim, out, j, ret_ran, e)
                    : simulate(&run->sim, out, j, ret_ran, e);
    if (!*ret_ran)
        return code;
    double virtual_s = (double)(out->ended_ns - out->began_ns) / 1e9;
    double wall_s = (double)(wall_ns() - began) / 1e9;
    (void)printf("  unseed 0x%016llX · %llu events · %.1f virtual seconds in %.2f (%.0fx)\n",
                 (unsigned long long)out->unseed, (unsigned long long)out->events, virtual_s,
                 wall_s, wall_s > 0 ? virtual_s / wall_s : 0);
    return code;
}

static int compare(struct one_sim *run, const struct sim_outcome *first,
                   const struct sim_outcome *second)
{
    char why[256];
    if (simulate_same(first, second, why, sizeof(why)))
        return 0;
    (void)printf("  FAIL     deterministic                %s\n", why);
    run->tally->failed++;
    return EXIT_CHECK_FAILED;
}

/* The same seed must give the same run. */
static int run_twin(struct one_sim *run, const struct sim_outcome *first)
{
    struct one_sim twin = *run;
    struct sim_outcome second;
    struct judgement j;
    struct err e = {0};
    bool ran;
    int code = run_through(&twin, false, &second, &j, &ran, &e);
    judgement_free(&j);
    if (code < 0) {
        cmd_error("%s: %s", run->sim.scenario->name, e.text);
        return EXIT_INTERNAL;
    }
    code = compare(run, first, &second);
    if (code != 0)
        return code;
    (void)printf("  PASS     deterministic                twice the same, event by event\n");
    run->tally->passed++;
    return 0;
}

/* Once more, for its files: of a run that failed nothing was kept until now. */
static int run_for_files(struct one_sim *run, const struct sim_outcome *first)
{
    struct sim_outcome second;
    struct judgement j;
    struct err e = {0};
    bool ran;
    run->sim.say = NULL;
    run->sim.watch = NULL;
    int code = simulate_keep(&run->sim, &second, &j, &ran, &e);
    judgement_free(&j);
    if (code < 0 && !ran) {
        cmd_error("%s: %s", run->sim.scenario->name, e.text);
        return EXIT_CANNOT_WRITE;
    }
    return compare(run, first, &second);
}

static int link_results(const struct one_sim *run, bool passed)
{
    struct err e = {0};
    const struct results *r = &run->sim.results;
    int code = results_link(r, "latest", &e);
    if (code == 0 && !passed)
        code = results_link(r, "latest-failed", &e);
    if (code == 0)
        return 0;
    cmd_error("%s", e.text);
    return EXIT_CANNOT_WRITE;
}

/* Where it differs from the run whose schedule it follows: told, and no failure. That nothing can
 * be compared is one. */
static int compare_origin(const struct one_sim *run)
{
    struct compared compared;
    struct err e = {0};
    if (compare_runs(run->command->from, run->sim.results.dir, &compared, &e) == 0)
        return 0;
    (void)printf("  UNKNOWN  comparison                   %s\n", e.text);
    run->tally->failed++;
    return EXIT_UNKNOWN;
}

static int forget_files(struct one_sim *run)
{
    struct err e = {0};
    int code = results_remove(&run->sim.results, &e);
    run->sim.results.dir[0] = '\0';
    if (code == 0)
        return 0;
    cmd_error("%s", e.text);
    return EXIT_CANNOT_WRITE;
}

/* After the verdict, which is exit_code: is the run the same again, and what is kept of it? */
static int conclude(struct one_sim *run, const struct sim_outcome *out, int exit_code)
{
    enum keep keep = run->command->repeats.keep;
    bool violated = exit_code == EXIT_CHECK_FAILED;
    if (run->command->twice)
        exit_code = cmd_worse(run_twin(run, out), exit_code);
    if (exit_code != 0 && keep == KEEP_FAIL && !has_files(run->command))
        exit_code = cmd_worse(run_for_files(run, out), exit_code);
    bool passed = exit_code == 0; /* the run, whatever it may be compared with */
    if (run->command->from != NULL)
        exit_code = cmd_worse(compare_origin(run), exit_code);
    if (has_files(run->command) && (keep == KEEP_NEVER || (keep == KEEP_FAIL && exit_code == 0)))
        exit_code = cmd_worse(forget_files(run), exit_code);
    progress_tail(run->sim.scenario, run->given, "sim", NULL, &run->sim.results, run->sim.seed,
                  passed, violated);
    if (run->sim.results.dir[0] != '\0')
        exit_code = cmd_worse(link_results(run, passed), exit_code);
    return exit_code;
}

static int could_not(struct one_sim *run, int code, bool ran, const struct err *e)
{
    if (code == -E_UNSUPPORTED && !ran) {
        struct err ignored;
        (void)fprintf(stderr, "skip: %s: %s\n", run->sim.scenario->name, e->text);
        run->tally->skipped++;
        if (run->sim.results.dir[0] != '\0')
            (void)!results_remove(&run->sim.results, &ignored);
        return EXIT_CANNOT_RUN;
    }
    cmd_error("%s: %s", run->sim.scenario->name, e->text);
    run->tally->failed++;
    return ran ? EXIT_UNKNOWN : cmd_not_begun(code);
}

static int run_one(struct one_sim *run)
{
    struct sim_outcome out;
    struct judgement j;
    struct err e = {0};
    bool ran;
    progress_head(&run->command->progress, run->sim.scenario, run->sim.seed);
    struct narrator *narrator = begin_narration(run);
    int code = run_through(run, has_files(run->command), &out, &j, &ran, &e);
    end_narration(run, narrator);
    if (code == 0)
        progress_verdict(&j, NULL, out.began_ns, run->tally);
    int exit_code = code == 0 ? verdict_exit_code(verdict_of(j.run).overall) : 0;
    judgement_free(&j);
    return code < 0 ? could_not(run, code, ran, &e) : conclude(run, &out, exit_code);
}

/* Half a run would be judged for what it had no time to do, and the seed gives it again: there is
 * no verdict. Whoever waits for us sees that a signal ended us, and ends, too. */
static void on_interrupt(int number)
{
    static const char said[] = "interrupted: the run under way is not judged, and what it kept is "
                               "no result; the same seed gives it again\n";
    (void)!write(STDERR_FILENO, said, sizeof(said) - 1);
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static int run_all(const struct sim_command *o, const struct loaded *all)
{
    struct tally tally = {.skipped = all->unable};
    struct roll roll = {0};
    int worst = 0;
    bool on = true;
    cmd_on_interrupt(on_interrupt);
    for (uint64_t k = 0; k < o->repeats.repeat && on; k++) {
        for (size_t i = 0; i < all->count && on; i++) {
            struct one_sim run = {.command = o,
                                  .given = all->given[i],
                                  .sim = {.scenario = all->items[i],
                                          .runs = o->repeats.runs,
                                          .seed = repeats_seed(&o->repeats, all->items[i], k),
                                          .say = progress_say,
                                          .say_arg = (void *)(uintptr_t)&o->progress},
                                  .tally = &tally};
            int code = run_one(&run);
            roll_add(&roll, all->items[i]->name, run.sim.seed, code);
            worst = cmd_worse(worst, code);
            on = !o->repeats.until_fail || code == 0;
        }
    }
    roll_print(&roll);
    progress_tally(&tally);
    return worst;
}

/* By hand: one scenario, and nothing of what many runs are for. */
static int step_through(const struct cmd *cmd, const struct sim_command *o,
                        const struct loaded *all)
{
    if (o->twice || o->repeats.repeat > 1)
        return cmd_usage(cmd, "--step is one run: not with --twice or --repeat");
    if (all->count != 1)
        return cmd_usage(cmd, "--step takes one scenario, not %zu", all->count);
    const struct stepping stepping = {.scenario = all->items[0],
                                      .runs = o->repeats.runs,
                                      .seed = repeats_seed(&o->repeats, all->items[0], 0),
                                      .narrate = o->narrated,
                                      .keep = o->repeats.keep == KEEP_ALWAYS};
    return stepping_run(&stepping);
}

int cmd_sim(const struct cmd *cmd, int argc, char **argv)
{
    struct sim_command options;
    int code = parse_options(cmd, argc, argv, &options);
    if (code != 0)
        return code;
    struct loaded *loaded = mem_alloc(sizeof(*loaded));
    char schedule[PATH_MAX];
    char *names[] = {schedule};
    (void)snprintf(schedule, sizeof(schedule), "%s/schedule.json",
                   options.from == NULL ? "" : options.from);
    if (options.from != NULL && access(schedule, R_OK) < 0) {
        cmd_error("%s: %s\n  fix: give a directory of run or sim, as runs/latest", schedule,
                  strerror(errno));
        code = EXIT_NO_INPUT;
    } else {
        code = load_simulable(&options.load, options.from != NULL ? names : argv + optind,
                              options.from != NULL ? 1 : argc - optind, loaded);
    }
    if (code == 0)
        code = options.step ? step_through(cmd, &options, loaded) : run_all(&options, loaded);
    loaded_free(loaded);
    return code;
}
