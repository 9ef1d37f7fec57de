/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run: scenarios on real processes, each in a sandbox of its own, judged there. */
#include "base/checksum.h"
#include "base/mem.h"
#include "base/span.h"
#include "base/version.h"
#include "emulator/cmd.h"
#include "emulator/commands/abreast.h"
#include "emulator/commands/load.h"
#include "emulator/commands/progress.h"
#include "emulator/commands/repeats.h"
#include "emulator/commands/roll.h"
#include "emulator/judging/facts.h"
#include "emulator/live/live.h"
#include "emulator/scenario/print.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS_MAX 64

struct run_options {
    struct load_options load;
    struct repeats repeats;
    enum netem_carrier carrier;
    bool capture;
    uint64_t jobs; /* runs at once */
    const char *raftd;
    char sut[PATH_MAX]; /* as an assignment */
    struct progress_options progress;
    int argc;
    char **argv;
};

/* One run; lives in memory shared with the sandbox. */
struct one_run {
    const struct run_options *options;
    const struct scenario *scenario;
    const char *given; /* the scenario as the user named it */
    struct results results;
    uint64_t seed;
    struct tally tally;
    bool judged;
    bool passed, violated;
};

/* As enum netem_carrier. */
static const char *const carriers[] = {"auto", "kernel", "user"};

/* ---- options ---- */

static int parse_word(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0)
            return (int)i;
    }
    return -1;
}

static int apply_option(const struct cmd *cmd, struct run_options *o, int option)
{
    int word, code;
    if (repeats_option(cmd, &o->repeats, option, optarg, &code) ||
        load_option(cmd, &o->load, option, optarg, &code))
        return code;
    switch (option) {
    case 'n':
        word = parse_word(optarg, carriers, ARRAY_LEN(carriers));
        o->carrier = (enum netem_carrier)word;
        return word >= 0 ? 0 : cmd_usage(cmd, "--net %s: give auto, kernel or user", optarg);
    case 'c': o->capture = true; return 0;
    case 'j':
        return span_to_u64(span_str(optarg), &o->jobs) && o->jobs > 0 && o->jobs <= JOBS_MAX
                   ? 0
                   : cmd_usage(cmd, "--jobs %s: give 1 to %d", optarg, JOBS_MAX);
    case 'd': o->raftd = optarg; return 0;
    case 'o':
        (void)snprintf(o->sut, sizeof(o->sut), "cluster.sut=%s", optarg);
        return load_option(cmd, &o->load, 's', o->sut, &code) ? code : 0;
    case 'q': o->progress.quiet = true; return 0;
    default: return cmd_usage(cmd, "unknown option or missing value: %s", o->argv[optind - 1]);
    }
}

static int parse_options(const struct cmd *cmd, int argc, char **argv, struct run_options *o)
{
    static const struct option options[] = {LOAD_OPTIONS,
                                            REPEATS_OPTIONS,
                                            {"net", required_argument, NULL, 'n'},
                                            {"capture", no_argument, NULL, 'c'},
                                            {"jobs", required_argument, NULL, 'j'},
                                            {"raftd", required_argument, NULL, 'd'},
                                            {"sut", required_argument, NULL, 'o'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {0}};
    int option;
    *o = (struct run_options){.repeats = repeats_usual(), .jobs = 1, .argc = argc, .argv = argv};
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "q", options, NULL)) != -1) {
        int code = apply_option(cmd, o, option);
        if (code != 0)
            return code;
    }
    if (optind == argc && o->load.tag == NULL)
        return cmd_usage(cmd, "no scenario given; raft-emulator list shows the shipped ones");
    return 0;
}

/* ---- one run, inside the sandbox ---- */

static void write_result_json(struct jsonw *w, const struct live_outcome *out)
{
    jsonw_key(w, "packets");
    jsonw_object(w);
    jsonw_kv_u64(w, "sent", out->counters.sent);
    jsonw_kv_u64(w, "delivered", out->counters.delivered);
    jsonw_kv_u64(w, "lost", out->counters.lost);
    jsonw_kv_u64(w, "cut", out->counters.cut);
    jsonw_kv_u64(w, "queue_full", out->counters.queue_full);
    jsonw_kv_u64(w, "overload", out->health.overload_packets);
    jsonw_end(w);
    jsonw_kv_u64(w, "lateness_ns_p99", out->health.lateness_ns_p99);
    jsonw_kv_u64(w, "host_stall_ns", out->host_stall_ns);
    jsonw_kv_u64(w, "first_leader_ns", out->first_leader_ns);
    jsonw_kv_u64(w, "started_ns", out->runner.started_ns);
    jsonw_kv_u64(w, "healed_at_ns", out->runner.healed_at_ns);
    jsonw_kv_u64(w, "ended_ns", out->runner.ended_ns);
    jsonw_kv_u64(w, "unplanned_exits", out->unplanned_exits);
    jsonw_kv_u64(w, "trace_lost", out->trace_lost);
}

static int write_run_json(const struct one_run *run, const struct live_outcome *out, struct err *e)
{
    struct buf text = {0};
    struct jsonw w;
    struct utsname host;
    jsonw_init(&w, &text);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "scenario", run->scenario->name);
    jsonw_kv_string(&w, "world", "live");
    char seed[32];
    (void)snprintf(seed, sizeof(seed), "0x%llX", (unsigned long long)run->seed);
    jsonw_kv_string(&w, "seed", seed);
    jsonw_kv_string(&w, "carrier", out->carrier);
    jsonw_kv_string(&w, "carrier_why", out->carrier_why);
    jsonw_kv_string(&w, "version", RAFTLAB_VERSION);
    if (uname(&host) == 0)
        jsonw_kv_string(&w, "kernel", host.release);
    jsonw_kv_u64(&w, "processors", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    jsonw_key(&w, "argv");
    jsonw_array(&w);
    for (int i = 0; i < run->options->argc; i++)
        jsonw_string(&w, run->options->argv[i]);
    jsonw_end(&w);
    write_result_json(&w, out);
    jsonw_end(&w);
    buf_putc(&text, '\n');
    int code = results_write(&run->results, "run.json", &text, e);
    buf_free(&text);
    return code;
}

/* Faults of the laboratory itself: then the run proves nothing, whatever the nodes did. */
static const char *harness_fault(const struct live_outcome *out)
{
    return out->trace_lost > 0 ? "a node's trace is incomplete: the checkers did not see everything"
                               : NULL;
}

/* A carrier that was late or lost packets by itself made a worse network than the scenario says.
 * Raft's safety must bear any network, so those verdicts stand; a missed time limit does not. */
static const char *harness_warning(const struct live_outcome *out)
{
    static char text[256];
    const struct netem_health *h = &out->health;
    if (h->truthful)
        return NULL;
    (void)snprintf(text, sizeof(text),
                   "the machine was busy: packets up to %.1f ms late (p99; the aim is %.1f ms), "
                   "%llu lost for want of buffers; time limits missed in this run prove nothing",
                   (double)h->lateness_ns_p99 / 1e6, (double)h->lateness_ns_allowed / 1e6,
                   (unsigned long long)h->overload_packets);
    return text;
}

static int judge(struct one_run *run, const struct live_outcome *out, struct err *e)
{
    struct judgement j;
    struct judge_facts facts = {.runner = out->runner,
                                .host_stall_ns = out->host_stall_ns,
                                .crash_points_hit = out->points_hit,
                                .packets_dropped = out->counters.lost + out->counters.cut +
                                                   out->counters.queue_full + out->frames_dropped,
                                .harness_fault = harness_fault(out),
                                .harness_warning = harness_warning(out),
                                .has_seed = true,
                                .seed = run->seed,
                                .world = "live"};
    int code = facts_write(&run->results, &facts, e);
    if (code == 0)
        code = judge_run(run->scenario, &run->results, &facts, &j, e);
    if (code < 0)
        return code;
    progress_verdict(&j, out->carrier, out->began_ns, &run->tally);
    enum check_verdict overall = verdict_of(j.run).overall;
    run->judged = true;
    run->passed = overall == CHECK_OK;
    run->violated = overall == CHECK_VIOLATED;
    judgement_free(&j);
    return verdict_exit_code(overall);
}

static int exit_of(int code)
{
    switch (-code) {
    case E_CLOSED: return EXIT_SUT;
    case E_UNSUPPORTED:
    case E_PERMISSION: return EXIT_CANNOT_RUN;
    case E_NOTFOUND: return EXIT_NO_INPUT;
    case E_NOSPACE: return EXIT_CANNOT_WRITE;
    default: return EXIT_INTERNAL;
    }
}

static int inside(void *arg)
{
    struct one_run *run = arg;
    struct live_options options = {.raftd = run->options->raftd,
                                   .dir = run->results.dir,
                                   .carrier = run->options->carrier,
                                   .seed = run->seed,
                                   .capture = run->options->capture,
                                   .say = progress_say,
                                   .say_arg = (void *)(uintptr_t)&run->options->progress};
    struct live_outcome out;
    struct err e = {0};
    memset(&out, 0, sizeof(out));
    int code = live_run(run->scenario, &options, &out, &e);
    if (code == 0)
        code = write_run_json(run, &out, &e);
    if (code < 0) {
        cmd_error("%s: %s", run->scenario->name, e.text);
        return exit_of(code);
    }
    code = judge(run, &out, &e);
    if (code < 0) {
        cmd_error("%s: cannot judge the run: %s", run->scenario->name, e.text);
        return EXIT_UNKNOWN;
    }
    return out.interrupted ? EXIT_INTERRUPTED : code;
}

/* ---- around it ---- */

static int write_scenario(const struct one_run *run, struct err *e)
{
    struct buf text = {0};
    scenario_print(run->scenario, &text);
    int code = results_write(&run->results, "scenario.json", &text, e);
    buf_free(&text);
    return code;
}

static int tidy(const struct one_run *run, struct err *e)
{
    const struct results *r = &run->results;
    if (run->options->repeats.keep == KEEP_NEVER)
        return results_remove(r, e);
    int code = results_link(r, "latest", e);
    if (code == 0 && !run->passed)
        code = results_link(r, "latest-failed", e);
    if (code == 0 && run->passed && run->options->repeats.keep == KEEP_FAIL)
        code = results_drop_data(r, e);
    return code;
}

/* Nothing was begun: neither a result nor a link to one is left. */
static int cannot_run(const struct one_run *run)
{
    struct err e = {0};
    if (results_remove(&run->results, &e) < 0)
        cmd_error("%s", e.text);
    return EXIT_CANNOT_RUN;
}

static int run_one(struct one_run *run)
{
    struct err e = {0};
    int code = results_create(run->options->repeats.runs, run->scenario->name, &run->results, &e);
    if (code == 0)
        code = write_scenario(run, &e);
    if (code < 0) {
        cmd_error("%s", e.text);
        return EXIT_CANNOT_WRITE;
    }
    progress_head(&run->options->progress, run->scenario, run->seed);
    (void)fflush(stdout);
    int exit_code = netem_sandbox_run(inside, run, &e);
    if (exit_code < 0)
        cmd_error("%s", e.text);
    if (exit_code < 0 || exit_code == EXIT_CANNOT_RUN)
        return cannot_run(run);
    if (!run->judged)
        (void)printf("  result     %s\n", run->results.dir);
    else
        progress_tail(run->scenario, run->given, "run", carriers[run->options->carrier],
                      &run->results, run->seed, run->passed, run->violated);
    code = tidy(run, &e);
    if (code < 0) {
        cmd_error("%s", e.text);
        return exit_code == 0 ? EXIT_CANNOT_WRITE : exit_code;
    }
    return exit_code;
}

/* Begun but never judged, which counts as a failure; what this machine cannot run is skipped. */
static bool broke_off(const struct one_run *run, int code)
{
    return !run->judged && code != EXIT_CANNOT_RUN;
}

/* All runs of the command, in turn or several at once. */
struct batch {
    const struct run_options *o;
    const struct loaded *all;
    struct one_run *runs; /* shared with their processes; one a job */
    struct abreast jobs[JOBS_MAX];
    uint64_t begun, total; /* scenario by scenario, again and again */
    unsigned running;
    bool stop;
    struct tally tally;
    struct roll roll;
    int worst;
};

static volatile sig_atomic_t asked_to_end;

static void on_signal(int number)
{
    (void)number;
    asked_to_end = 1;
}

static void begin(struct batch *b, struct one_run *run)
{
    uint64_t k = b->begun / b->all->count;
    size_t i = (size_t)(b->begun++ % b->all->count);
    memset(run, 0, sizeof(*run));
    run->options = b->o;
    run->scenario = b->all->items[i];
    run->given = b->all->given[i];
    run->seed = repeats_seed(&b->o->repeats, b->all->items[i], k);
}

static void end(struct batch *b, const struct one_run *run, int code)
{
    roll_add(&b->roll, run->scenario->name, run->seed, code);
    b->worst = cmd_worse(b->worst, code);
    b->tally.passed += run->tally.passed;
    b->tally.failed += run->tally.failed + (broke_off(run, code) ? 1 : 0);
    b->tally.skipped += run->tally.skipped + (code == EXIT_CANNOT_RUN ? 1 : 0);
    b->stop = b->stop || code == EXIT_INTERRUPTED || (b->o->repeats.until_fail && code != 0);
}

static void run_in_turn(struct batch *b)
{
    while (b->begun < b->total && !b->stop) {
        begin(b, b->runs);
        end(b, b->runs, run_one(b->runs));
    }
}

static int work(void *arg)
{
    return run_one(arg);
}

static int start_one(struct batch *b, struct err *e)
{
    size_t at = 0;
    while (b->jobs[at].pid != 0)
        at++;
    begin(b, &b->runs[at]);
    int code = abreast_start(&b->jobs[at], work, &b->runs[at], e);
    b->running += code == 0;
    return code;
}

static int end_one(struct batch *b, struct err *e)
{
    int status = 0;
    pid_t pid = waitpid(-1, &status, 0);
    if (pid < 0)
        return errno == EINTR ? 0 : err_set_errno(e, err_from_errno(errno), errno, "run: wait");
    for (size_t at = 0; at < JOBS_MAX; at++) {
        if (b->jobs[at].pid != pid)
            continue;
        b->running--;
        end(b, &b->runs[at], abreast_end(&b->jobs[at], status));
    }
    return 0;
}

/* Runs that go on when it is to end are asked to, and clean up behind themselves. */
static void run_abreast(struct batch *b)
{
    struct err e = {0};
    int code = 0;
    bool told = false;
    cmd_on_end(on_signal);
    while (b->running > 0 || (b->begun < b->total && !b->stop && code == 0)) {
        if (asked_to_end && !told) {
            for (size_t at = 0; at < JOBS_MAX; at++) {
                if (b->jobs[at].pid != 0)
                    (void)kill(b->jobs[at].pid, SIGTERM);
            }
            b->stop = told = true;
            b->worst = EXIT_INTERRUPTED;
            continue;
        }
        bool more = b->begun < b->total && !b->stop && code == 0 && b->running < b->o->jobs;
        int now = more ? start_one(b, &e) : end_one(b, &e);
        code = code < 0 ? code : now;
    }
    if (code == 0)
        return;
    cmd_error("%s", e.text);
    b->worst = cmd_worse(b->worst, EXIT_INTERNAL);
}

static int run_all(const struct run_options *o, const struct loaded *all)
{
    struct batch b = {.o = o,
                      .all = all,
                      .total = o->repeats.repeat * all->count,
                      .tally = {.skipped = all->unable}};
    const size_t bytes = o->jobs * sizeof(*b.runs);
    b.runs = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT(b.runs != MAP_FAILED);
    if (o->jobs > 1)
        run_abreast(&b);
    else
        run_in_turn(&b);
    (void)munmap(b.runs, bytes);
    roll_print(&b.roll);
    progress_tally(&b.tally);
    return b.worst;
}

int cmd_run(const struct cmd *cmd, int argc, char **argv)
{
    struct run_options options;
    int code = parse_options(cmd, argc, argv, &options);
    if (code == 0)
        code = cmd_find_raftd(&options.raftd);
    if (code != 0)
        return code;
    options.load.world = live_world();
    struct loaded *loaded = mem_alloc(sizeof(*loaded));
    code = load_all(&options.load, argv + optind, argc - optind, loaded);
    if (code == 0 && loaded->count == 0 && loaded->unable > 0) {
        code = EXIT_CANNOT_RUN;
    } else if (code == 0 && loaded->count == 0) {
        cmd_error("no scenario there: nothing was tested");
        code = EXIT_VACUOUS;
    } else if (code == 0) {
        code = run_all(&options, loaded);
    }
    loaded_free(loaded);
    return code;
}
