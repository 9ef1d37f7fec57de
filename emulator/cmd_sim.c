/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sim: scenarios in virtual time. */
#include "base/mem.h"
#include "base/span.h"
#include "base/version.h"
#include "emulator/cmd.h"
#include "emulator/facts.h"
#include "emulator/load.h"
#include "emulator/progress.h"
#include "emulator/scenario/print.h"
#include "emulator/sim/sim.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define REPEAT_MAX 1000000

enum keep { KEEP_FAIL, KEEP_ALWAYS, KEEP_NEVER };

struct sim_command {
    struct load_options load;
    bool has_seed;
    uint64_t seed;
    uint64_t repeat;
    bool until_fail;
    bool twice;
    const char *runs;
    enum keep keep;
    struct progress_options progress;
    char **argv;
};

/* One run and what came of it. */
struct one_sim {
    const struct sim_command *command;
    const struct scenario *scenario;
    const char *given;
    uint64_t seed;
    struct results results;
    struct tally *tally;
};

/* ---- options ---- */

static int apply_option(const struct cmd *cmd, struct sim_command *o, int option)
{
    char *end = NULL;
    switch (option) {
    case 's':
        return load_set(&o->load, optarg) ? 0 : cmd_usage(cmd, "more than %d --set", LOAD_SETS_MAX);
    case 'S':
        o->has_seed = true;
        o->seed = strtoull(optarg, &end, 0);
        return *optarg >= '0' && *optarg <= '9' && *end == '\0'
                   ? 0
                   : cmd_usage(cmd, "--seed %s: not a number", optarg);
    case 'r':
        return span_to_u64(span_str(optarg), &o->repeat) && o->repeat > 0 && o->repeat <= REPEAT_MAX
                   ? 0
                   : cmd_usage(cmd, "--repeat %s: give 1 to %d", optarg, REPEAT_MAX);
    case 'k':
        o->keep = strcmp(optarg, "always") == 0  ? KEEP_ALWAYS
                  : strcmp(optarg, "never") == 0 ? KEEP_NEVER
                                                 : KEEP_FAIL;
        return o->keep != KEEP_FAIL || strcmp(optarg, "fail") == 0
                   ? 0
                   : cmd_usage(cmd, "--keep %s: give fail, always or never", optarg);
    case 'u': o->until_fail = true; return 0;
    case 't': o->twice = true; return 0;
    case 'R': o->runs = optarg; return 0;
    case 'q': o->progress.quiet = true; return 0;
    default: return cmd_usage(cmd, "unknown option or missing value: %s", o->argv[optind - 1]);
    }
}

static int parse_options(const struct cmd *cmd, int argc, char **argv, struct sim_command *o)
{
    static const struct option options[] = {{"set", required_argument, NULL, 's'},
                                            {"seed", required_argument, NULL, 'S'},
                                            {"repeat", required_argument, NULL, 'r'},
                                            {"until-fail", no_argument, NULL, 'u'},
                                            {"twice", no_argument, NULL, 't'},
                                            {"runs", required_argument, NULL, 'R'},
                                            {"keep", required_argument, NULL, 'k'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {0}};
    int option;
    *o = (struct sim_command){.repeat = 1, .runs = "runs", .argv = argv, .load.world = sim_world()};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "q", options, NULL)) != -1) {
        int code = apply_option(cmd, o, option);
        if (code != 0)
            return code;
    }
    if (optind == argc)
        return cmd_usage(cmd, "no scenario given; raft-emulator list shows the shipped ones");
    return 0;
}

/* ---- one run ---- */

static int write_scenario(const struct one_sim *run, struct err *e)
{
    struct buf text = {0};
    scenario_print(run->scenario, &text);
    int code = results_write(&run->results, "scenario.json", &text, e);
    buf_free(&text);
    return code;
}

static int write_run_json(const struct one_sim *run, const struct sim_outcome *out, struct err *e)
{
    struct buf text = {0};
    struct jsonw w;
    char seed[32], unseed[32];
    (void)snprintf(seed, sizeof(seed), "0x%llX", (unsigned long long)run->seed);
    (void)snprintf(unseed, sizeof(unseed), "0x%016llX", (unsigned long long)out->unseed);
    jsonw_init(&w, &text);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "scenario", run->scenario->name);
    jsonw_kv_string(&w, "world", "sim");
    jsonw_kv_string(&w, "seed", seed);
    jsonw_kv_string(&w, "unseed", unseed);
    jsonw_kv_string(&w, "version", RAFTLAB_VERSION);
    jsonw_kv_u64(&w, "events", out->events);
    jsonw_key(&w, "packets");
    jsonw_object(&w);
    jsonw_kv_u64(&w, "sent", out->counters.sent);
    jsonw_kv_u64(&w, "delivered", out->counters.delivered);
    jsonw_kv_u64(&w, "lost", out->counters.lost);
    jsonw_kv_u64(&w, "cut", out->counters.cut);
    jsonw_kv_u64(&w, "queue_full", out->counters.queue_full);
    jsonw_kv_u64(&w, "filtered", out->counters.filtered);
    jsonw_end(&w);
    jsonw_kv_u64(&w, "started_ns", out->runner.started_ns);
    jsonw_kv_u64(&w, "healed_at_ns", out->runner.healed_at_ns);
    jsonw_kv_u64(&w, "ended_ns", out->runner.ended_ns);
    jsonw_kv_u64(&w, "unplanned_exits", out->unplanned_exits);
    jsonw_end(&w);
    buf_putc(&text, '\n');
    int code = results_write(&run->results, "run.json", &text, e);
    buf_free(&text);
    return code;
}

static int judge(struct one_sim *run, const struct sim_outcome *out, bool *ret_passed,
                 struct err *e)
{
    struct judgement j;
    struct judge_facts facts = {.runner = out->runner,
                                .packets_dropped = out->counters.lost + out->counters.cut +
                                                   out->counters.queue_full +
                                                   out->counters.filtered,
                                .crash_points_hit = out->points_hit,
                                .has_seed = true,
                                .seed = run->seed,
                                .world = "sim"};
    int code = facts_write(&run->results, &facts, e);
    if (code == 0)
        code = judge_run(run->scenario, &run->results, &facts, &j, e);
    if (code < 0)
        return code;
    progress_verdict(&j, NULL, out->began_ns, run->tally);
    enum check_verdict overall = verdict_of(j.run).overall;
    *ret_passed = overall == CHECK_OK;
    judgement_free(&j);
    return verdict_exit_code(overall);
}

static uint64_t wall_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The run itself; it may be one of two. */
static int simulate(struct one_sim *run, struct sim_outcome *out, struct err *e)
{
    struct sim_options options = {.dir = run->results.dir,
                                  .seed = run->seed,
                                  .say = progress_say,
                                  .say_arg = (void *)(uintptr_t)&run->command->progress};
    uint64_t began = wall_ns();
    int code = results_create(run->command->runs, run->scenario->name, &run->results, e);
    if (code == 0)
        code = write_scenario(run, e);
    if (code == 0)
        code = sim_run(run->scenario, &options, out, e);
    if (code == 0)
        code = write_run_json(run, out, e);
    if (code < 0)
        return code;
    double virtual_s = (double)(out->ended_ns - out->began_ns) / 1e9;
    double wall_s = (double)(wall_ns() - began) / 1e9;
    (void)printf("  unseed 0x%016llX · %llu events · %.1f virtual seconds in %.2f (%.0fx)\n",
                 (unsigned long long)out->unseed, (unsigned long long)out->events, virtual_s,
                 wall_s, wall_s > 0 ? virtual_s / wall_s : 0);
    return 0;
}

static int tidy(const struct one_sim *run, bool passed, struct err *e)
{
    const struct results *r = &run->results;
    if (run->command->keep == KEEP_NEVER || (passed && run->command->keep == KEEP_FAIL))
        return results_remove(r, e);
    int code = results_link(r, "latest", e);
    return code == 0 && !passed ? results_link(r, "latest-failed", e) : code;
}

/* The same seed must give the same run. */
static int compare_twins(struct one_sim *run, const struct sim_outcome *first)
{
    struct one_sim twin = *run;
    struct sim_outcome second;
    struct err e = {0};
    int code = simulate(&twin, &second, &e);
    if (code == 0)
        code = results_remove(&twin.results, &e);
    if (code < 0) {
        cmd_error("%s: %s", run->scenario->name, e.text);
        return EXIT_INTERNAL;
    }
    if (first->unseed == second.unseed && first->events == second.events) {
        (void)printf("  PASS     deterministic                twice the same, byte for byte\n");
        run->tally->passed++;
        return 0;
    }
    (void)printf("  FAIL     deterministic                the same seed gave two runs: "
                 "unseed 0x%016llX and 0x%016llX\n",
                 (unsigned long long)first->unseed, (unsigned long long)second.unseed);
    run->tally->failed++;
    return EXIT_CHECK_FAILED;
}

static int run_one(struct one_sim *run)
{
    struct sim_outcome out;
    struct err e = {0};
    bool passed = false;
    progress_head(&run->command->progress, run->scenario, run->seed);
    int code = simulate(run, &out, &e);
    if (code == -E_UNSUPPORTED) {
        (void)fprintf(stderr, "skip: %s: %s\n", run->scenario->name, e.text);
        run->tally->skipped++;
        (void)!results_remove(&run->results, &e);
        return EXIT_CANNOT_RUN;
    }
    int exit_code = code < 0 ? EXIT_INTERNAL : judge(run, &out, &passed, &e);
    if (code < 0 || exit_code < 0) {
        cmd_error("%s: %s", run->scenario->name, e.text);
        run->tally->failed++;
        return code < 0 ? EXIT_INTERNAL : EXIT_UNKNOWN;
    }
    if (run->command->twice) {
        int twins = compare_twins(run, &out);
        passed = passed && twins == 0;
        exit_code = twins != 0 ? twins : exit_code;
    }
    progress_tail(run->scenario, run->given, "sim", NULL, &run->results, run->seed, passed);
    if (tidy(run, passed, &e) < 0) {
        cmd_error("%s", e.text);
        return exit_code == 0 ? EXIT_CANNOT_WRITE : exit_code;
    }
    return exit_code;
}

static uint64_t seed_of(const struct sim_command *o, const struct scenario *s, uint64_t repetition)
{
    uint64_t seed;
    if (o->has_seed)
        return o->seed + repetition;
    if (s->has_seed)
        return s->seed + repetition;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        seed = (uint64_t)getpid();
    return seed & 0xffffffff;
}

static int run_all(const struct sim_command *o, const struct loaded *all)
{
    struct tally tally = {.skipped = all->unable};
    int worst = 0;
    bool on = true;
    for (uint64_t k = 0; k < o->repeat && on; k++) {
        for (size_t i = 0; i < all->count && on; i++) {
            struct one_sim run = {.command = o,
                                  .scenario = all->items[i],
                                  .given = all->given[i],
                                  .seed = seed_of(o, all->items[i], k),
                                  .tally = &tally};
            int code = run_one(&run);
            worst = cmd_worse(worst, code);
            on = !o->until_fail || code == 0;
        }
    }
    progress_tally(&tally);
    return worst;
}

int cmd_sim(const struct cmd *cmd, int argc, char **argv)
{
    struct sim_command options;
    int code = parse_options(cmd, argc, argv, &options);
    if (code != 0)
        return code;
    struct loaded *loaded = mem_alloc(sizeof(*loaded));
    for (int i = optind; i < argc && code == 0; i++)
        code = load_named(&options.load, argv[i], loaded);
    if (code == 0 && loaded->count == 0) {
        code = loaded->unable > 0 ? EXIT_CANNOT_RUN : EXIT_VACUOUS;
        cmd_error("no scenario there that can be simulated: nothing was tested");
    } else if (code == 0) {
        code = run_all(&options, loaded);
    }
    loaded_free(loaded);
    return code;
}
