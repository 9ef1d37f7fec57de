/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shrink: from a scenario that fails to a small one that fails the same way. */
#include "base/mem.h"
#include "base/span.h"
#include "base/units.h"
#include "emulator/cmd.h"
#include "emulator/commands/repeats.h"
#include "emulator/commands/shrink_input.h"
#include "emulator/commands/shrink_say.h"
#include "emulator/live/live.h"
#include "emulator/sim/sim.h"
#include "emulator/trials/shrinking.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TRIES_DEFAULT 4
#define TRIES_MAX     1000
#define RUNS_DEFAULT  5 /* on real processes … */
#define FAILS_DEFAULT 3 /* … and so many of them must fail */
#define RUNS_MAX      1000
#define LIMIT_DEFAULT (10 * 60 * NS_PER_S)
#define LIMIT_MAX     (7 * 24 * 3600 * NS_PER_S)

struct shrink_command {
    struct load_options load;
    bool has_seed, swarm, live, any, quiet;
    uint64_t seed;
    const char *output;
    uint64_t budget_runs, limit_ns, jobs, tries, runs, fails;
    const char *raftd, *passes_with;
    char **argv;
};

/* What the handlers set: what ended it. */
static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    stopped = number;
}

/* By somebody, and not by its time. */
static bool was_ended(void)
{
    return stopped != 0 && stopped != SIGALRM;
}

/* ---- options ---- */

static int number_option(const struct cmd *cmd, const char *name, uint64_t max, uint64_t *ret)
{
    if (span_to_u64(span_str(optarg), ret) && *ret > 0 && *ret <= max)
        return 0;
    return cmd_usage(cmd, "--%s %s: give 1 to %llu", name, optarg, (unsigned long long)max);
}

static int value_option(const struct cmd *cmd, struct shrink_command *o, int option)
{
    const char *end;
    switch (option) {
    case 'S':
        o->has_seed = repeats_number(optarg, &end, &o->seed) && *end == '\0';
        return o->has_seed ? 0 : cmd_usage(cmd, "--seed %s: not a number", optarg);
    case 'l':
        if (units_duration(optarg, &o->limit_ns) == 0 && o->limit_ns >= NS_PER_S &&
            o->limit_ns <= LIMIT_MAX)
            return 0;
        return cmd_usage(cmd, "--limit %s: give a time from 1s to 168h", optarg);
    case 'b': return number_option(cmd, "budget-runs", UINT64_MAX, &o->budget_runs);
    case 'j': return number_option(cmd, "jobs", SHRINKING_JOBS_MAX, &o->jobs);
    case 't': return number_option(cmd, "tries", TRIES_MAX, &o->tries);
    case 'n': return number_option(cmd, "repeat", RUNS_MAX, &o->runs);
    case 'k': return number_option(cmd, "fails", RUNS_MAX, &o->fails);
    default: return cmd_usage(cmd, "unknown option or missing value: %s", o->argv[optind - 1]);
    }
}

static int apply_option(const struct cmd *cmd, struct shrink_command *o, int option)
{
    int code;
    if (load_option(cmd, &o->load, option, optarg, &code))
        return code;
    switch (option) {
    case 'o': o->output = optarg; return 0;
    case 'd': o->raftd = optarg; return 0;
    case 'p': o->passes_with = optarg; return 0;
    case 'w': o->swarm = true; return 0;
    case 'L': o->live = true; return 0;
    case 'a': o->any = true; return 0;
    case 'q': o->quiet = true; return 0;
    default: return value_option(cmd, o, option);
    }
}

static int complete_options(const struct cmd *cmd, int argc, struct shrink_command *o)
{
    if (o->swarm && optind < argc)
        return cmd_usage(cmd, "--swarm draws its scenario: %s is one too many", o->argv[optind]);
    if (o->swarm && !o->has_seed)
        return cmd_usage(cmd, "--swarm: which one? Give --seed");
    if (!o->swarm && optind + 1 != argc)
        return cmd_usage(cmd, "give one scenario, or the directory of one run");
    if (o->fails > o->runs)
        return cmd_usage(cmd, "--fails %llu of --repeat %llu: that many cannot",
                         (unsigned long long)o->fails, (unsigned long long)o->runs);
    if (o->passes_with != NULL && o->live)
        return cmd_usage(cmd,
                         "--passes-with compares in virtual time, and --live does not run there");
    if (o->passes_with != NULL && access(o->passes_with, X_OK) != 0) {
        cmd_error("--passes-with %s: no program: %s", o->passes_with, strerror(errno));
        return EXIT_NO_INPUT;
    }
    o->load.world = o->live ? live_world() : sim_world();
    return o->live ? cmd_find_raftd(&o->raftd) : 0;
}

static int parse_options(const struct cmd *cmd, int argc, char **argv, struct shrink_command *o)
{
    static const struct option options[] = {{"set", required_argument, NULL, 's'},
                                            {"seed", required_argument, NULL, 'S'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"budget-runs", required_argument, NULL, 'b'},
                                            {"limit", required_argument, NULL, 'l'},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"tries", required_argument, NULL, 't'},
                                            {"any", no_argument, NULL, 'a'},
                                            {"passes-with", required_argument, NULL, 'p'},
                                            {"swarm", no_argument, NULL, 'w'},
                                            {"live", no_argument, NULL, 'L'},
                                            {"repeat", required_argument, NULL, 'n'},
                                            {"fails", required_argument, NULL, 'k'},
                                            {"raftd", required_argument, NULL, 'd'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {0}};
    int option;
    *o = (struct shrink_command){.jobs = cmd_jobs(SHRINKING_JOBS_MAX),
                                 .tries = TRIES_DEFAULT,
                                 .runs = RUNS_DEFAULT,
                                 .fails = FAILS_DEFAULT,
                                 .budget_runs = UINT64_MAX,
                                 .limit_ns = LIMIT_DEFAULT,
                                 .argv = argv};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "o:q", options, NULL)) != -1) {
        int code = apply_option(cmd, o, option);
        if (code != 0)
            return code;
    }
    return complete_options(cmd, argc, o);
}

/* ---- one shrinking ---- */

/* Signals end it with the best so far; the time limit is one of them. */
static void take_signals(uint64_t limit_ns)
{
    struct sigaction act = {.sa_handler = on_signal}; /* without SA_RESTART: waiting ends */
    cmd_on_end(on_signal);
    (void)sigaction(SIGALRM, &act, NULL);
    (void)alarm((unsigned)(limit_ns / NS_PER_S));
}

static int make_scratch(char ret[PATH_MAX])
{
    const char *folder = getenv("TMPDIR");
    int n = snprintf(ret, PATH_MAX, "%s/raft-emulator-shrink-XXXXXX",
                     folder == NULL || *folder == '\0' ? "/tmp" : folder);
    if (n > 0 && n < PATH_MAX && mkdtemp(ret) != NULL)
        return 0;
    cmd_error("%s: %s", ret, strerror(errno));
    return EXIT_CANNOT_WRITE;
}

static int cannot_write(const char *path)
{
    cmd_error("%s: cannot be written: %s", path, strerror(errno));
    return EXIT_CANNOT_WRITE;
}

/* Said before the time is spent that the result takes. */
static int may_write(const char *path)
{
    char folder[PATH_MAX];
    if (access(path, W_OK) == 0)
        return 0;
    (void)snprintf(folder, sizeof(folder), "%s", path);
    bool absent = errno == ENOENT && access(dirname(folder), W_OK) == 0;
    return absent ? 0 : cannot_write(path);
}

static int write_out(const char *path, const struct buf *text)
{
    FILE *f = fopen(path, "we");
    bool good = f != NULL && fwrite(buf_str(text), 1, text->len, f) == text->len;
    good = f != NULL && fclose(f) == 0 && good;
    return good ? 0 : cannot_write(path);
}

/* The result's words about itself; one that was shrunk before keeps its own. */
static void retell(const struct shrink_input *in, const struct shrinking *runs,
                   struct shrink_result *result)
{
    struct buf name = {0}, why = {0}, origin = {0}, told = {0};
    shrink_input_name(in->scenario, &name);
    if (strcmp(buf_str(&name), in->scenario->name) != 0) {
        buf_putf(&why, "%s does not hold%s", runs->wanted.what,
                 result->whole ? ", and of this scenario no part can be left out" : "");
        buf_putf(&origin, "shrunk from %s, seed 0x%llX", in->scenario->name,
                 (unsigned long long)in->seed);
        shrink_retell(&result->text, buf_str(&name), buf_str(&why), buf_str(&origin), &told);
        buf_free(&result->text);
        result->text = told;
    }
    buf_free(&name);
    buf_free(&why);
    buf_free(&origin);
}

/* It does not fail, or could not be tried. code: as of shrink(). */
static int nothing_shrunk(const struct shrink_command *o, const struct shrink_input *in, int code,
                          const struct err *e)
{
    if (was_ended())
        return EXIT_INTERRUPTED;
    if (code == 0) {
        cmd_error("%s does not fail with seed 0x%llX%s: there is nothing to shrink\n"
                  "  fix: give the --seed of a run that failed, or more --tries",
                  in->scenario->name, (unsigned long long)in->seed,
                  o->live || o->tries == 1 ? "" : " or those behind it");
        return EXIT_VACUOUS;
    }
    cmd_error("%s", stopped == SIGALRM ? "the time limit came before the first failure" : e->text);
    return code == -E_INVALID       ? EXIT_BAD_SCENARIO
           : code == -E_LIMIT       ? EXIT_UNKNOWN
           : code == -E_UNSUPPORTED ? EXIT_CANNOT_RUN
                                    : EXIT_INTERNAL;
}

static const char *output_of(const struct shrink_command *o, const struct shrink_input *in)
{
    return o->output == NULL ? in->out : o->output;
}

static int shrink_one(const struct shrink_command *o, const struct shrink_input *in,
                      struct shrinking *runs)
{
    const char *out = output_of(o, in);
    char lasting[PATH_MAX];
    struct shrink_result result;
    struct err e = {0};
    struct shrink_say say = {.quiet = o->quiet, .began_ns = shrink_say_now_ns(), .runs = runs};
    struct shrink_options options = {
        .world = o->load.world,
        .oracle = {.arg = runs, .first = o->live ? shrinking_live : shrinking_sim},
        .say = shrink_say,
        .say_arg = &say};
    int code = shrink(&options, in->scenario, in->seed, &result, &e);
    if (code != 1)
        return nothing_shrunk(o, in, code, &e);
    retell(in, runs, &result);
    code = write_out(out, &result.text);
    buf_free(&result.text);
    if (code != 0)
        return code;
    shrink_say_end(&say, in->scenario->name, &result, results_lasting(out, lasting), o->live);
    return was_ended() ? EXIT_INTERRUPTED : 0;
}

static int shrink_in_scratch(const struct shrink_command *o, const struct shrink_input *in)
{
    struct results scratch = {0};
    struct err e = {0};
    int code = make_scratch(scratch.dir);
    if (code != 0)
        return code;
    struct shrinking *runs = mem_alloc(sizeof(*runs));
    *runs = (struct shrinking){.scratch = scratch.dir,
                               .jobs = (unsigned)o->jobs,
                               .tries = (unsigned)o->tries,
                               .runs = (unsigned)o->runs,
                               .fails = (unsigned)o->fails,
                               .raftd = o->raftd,
                               .any = o->any,
                               .passes_with = o->passes_with,
                               .runs_left = o->budget_runs,
                               .stop = &stopped};
    take_signals(o->limit_ns);
    code = shrink_one(o, in, runs);
    mem_free(runs);
    if (results_remove(&scratch, &e) < 0)
        cmd_error("%s", e.text);
    return code;
}

static int read_input(const struct shrink_command *o, struct shrink_input *in)
{
    int code = o->swarm ? shrink_input_drawn(&o->load, o->seed, in)
                        : shrink_input_named(&o->load, o->argv[optind], in);
    if (code == 0 && o->has_seed)
        in->seed = o->seed;
    if (code == 0 && in->live && !o->live)
        (void)fprintf(stderr, "note: that was a run on real processes; it is shrunk in virtual "
                              "time here, where it may not fail (--live: as it was)\n");
    return code;
}

int cmd_shrink(const struct cmd *cmd, int argc, char **argv)
{
    struct shrink_command o;
    struct shrink_input in;
    int code = parse_options(cmd, argc, argv, &o);
    if (code == 0)
        code = read_input(&o, &in);
    if (code != 0)
        return code;
    code = may_write(output_of(&o, &in));
    if (code == 0)
        code = shrink_in_scratch(&o, &in);
    scenario_free(in.scenario);
    return code;
}
