/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explore: every schedule of the core within bounds. */
#include "base/span.h"
#include "base/units.h"
#include "emulator/cmd.h"
#include "emulator/commands/explore_bounds.h"
#include "emulator/commands/explore_files.h"
#include "emulator/commands/explore_json.h"
#include "emulator/commands/explore_progress.h"
#include "emulator/commands/explore_say.h"
#include "emulator/commands/explore_start.h"
#include "emulator/commands/explore_walk.h"
#include "emulator/commands/shell_word.h"
#include "emulator/explore/presets.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALM_EVERY     100 /* states */
#define BUDGET_MAX     60
#define MEMORY_DEFAULT (4096 * MIB)
#define MEMORY_MIN     (8 * MIB)

/* Behind the letters of the other options. */
#define OPTION_BUDGET 256

#define CHECKPOINT_DEFAULT "explore-checkpoint"

struct explore_command {
    struct ex_search_options search;
    const char *checkpoint; /* NULL: not given */
    const char *resume;
    bool bounded; /* by an option */
    bool quiet;
    bool walk;
    bool coverage;
    bool json;
    const char *of_a_search; /* an option that --walk has nothing for; NULL: none */
    struct explore_files files;
    char **argv;
};

static volatile bool interrupted;

static void on_signal(int number)
{
    interrupted = true;
    bool again = number == SIGHUP || number == SIGPIPE;
    if (!again) /* which may come twice: from the terminal and from the shell, from each stream */
        (void)signal(number, SIG_DFL); /* the second one does not wait for a checkpoint */
}

/* ---- options ---- */

static int number(const struct cmd *cmd, const char *option, uint64_t max, uint64_t *ret)
{
    if (units_u64(optarg, max, ret) == 0)
        return 0;
    return cmd_usage(cmd, "--%s %s: give a number up to %llu", option, optarg,
                     (unsigned long long)max);
}

static int small(const struct cmd *cmd, const char *option, uint64_t max, uint32_t *ret)
{
    uint64_t n;
    int code = number(cmd, option, max, &n);
    if (code == 0)
        *ret = (uint32_t)n;
    return code;
}

static int take_preset(const struct cmd *cmd, struct ex_bounds *b)
{
    const struct ex_preset *p = ex_preset(optarg);
    if (p == NULL)
        return cmd_usage(cmd, "--preset %s: there are quick, standard and deep", optarg);
    *b = p->bounds;
    return 0;
}

static int take_kinds(const struct cmd *cmd, struct ex_bounds *b)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "%s", optarg);
    b->changes = 0;
    char *rest = text;
    for (char *word = strsep(&rest, ","); word != NULL; word = strsep(&rest, ",")) {
        size_t i = 0;
        while (explore_kind_name(i) != NULL && strcmp(explore_kind_name(i), word) != 0)
            i++;
        if (explore_kind_name(i) == NULL)
            return cmd_usage(cmd, "--kinds %s: there are add, promote, remove, self, demote, swap",
                             optarg);
        b->changes |= 1u << i;
    }
    return 0;
}

static int take_limit(const struct cmd *cmd, struct ex_search_options *o, int option)
{
    uint64_t n;
    switch (option) {
    case 'm':
        return units_u64(optarg, UINT64_MAX, &o->states_max) == 0 && o->states_max > 0
                   ? 0
                   : cmd_usage(cmd, "--max-states %s: give a number from 1 on", optarg);
    case 'd':
        if (units_u64(optarg, UINT32_MAX, &n) != 0 || n == 0)
            return cmd_usage(cmd, "--max-depth %s: give a number from 1 on", optarg);
        o->depth_max = (uint32_t)n;
        return 0;
    case 't':
        return units_duration(optarg, &o->time_max_ns) == 0 && o->time_max_ns > 0
                   ? 0
                   : cmd_usage(cmd, "--max-time %s: give a time above 0, as 10m", optarg);
    case 'M':
        return units_size(optarg, &o->memory_bytes_max) == 0 && o->memory_bytes_max >= MEMORY_MIN
                   ? 0
                   : cmd_usage(cmd, "--max-memory %s: give a size from 8MiB on", optarg);
    default: UNREACHABLE();
    }
}

static int take_bits(const struct cmd *cmd, struct ex_search_options *o)
{
    o->wide = strcmp(optarg, "128") == 0;
    if (o->wide || strcmp(optarg, "64") == 0)
        return 0;
    return cmd_usage(cmd, "--fingerprint %s: 64 or 128", optarg);
}

static int take_format(const struct cmd *cmd, struct explore_command *o)
{
    o->json = strcmp(optarg, "json") == 0;
    o->files.say = o->json ? stderr : stdout;
    if (o->json || strcmp(optarg, "text") == 0)
        return 0;
    return cmd_usage(cmd, "-o %s: there are text and json", optarg);
}

static int apply_option(const struct cmd *cmd, struct explore_command *o, int option)
{
    struct ex_bounds *b = &o->search.bounds;
    o->bounded = o->bounded || option >= OPTION_BUDGET || strchr("psSlTkvcLyaf", option) != NULL;
    if (option >= OPTION_BUDGET) {
        enum ex_budget budget = (enum ex_budget)(option - OPTION_BUDGET);
        uint32_t n = 0;
        int code = small(cmd, ex_budget_name(budget), BUDGET_MAX, &n);
        b->budget[budget] = (uint8_t)n;
        return code;
    }
    switch (option) {
    case 'p': return 0; /* taken before all others */
    case 's': return small(cmd, "servers", EX_SERVERS, &b->servers);
    case 'S': return small(cmd, "spares", EX_SERVERS, &b->spares);
    case 'l': return small(cmd, "learners", EX_SERVERS, &b->learners);
    case 'T': return small(cmd, "terms", EX_TERMS, &b->terms);
    case 'k': return take_kinds(cmd, b);
    case 'v': b->pre_vote = true; return 0;
    case 'c': b->check_quorum = true; return 0;
    case 'L': b->lease = b->check_quorum = true; return 0;
    case 'y': b->symmetry = false; return 0;
    case 'a': b->stale = false; return 0;
    case 'Q': return number(cmd, "calm-every", UINT64_MAX, &o->search.calm_every);
    case 'j': return small(cmd, "jobs", EX_JOBS, &o->search.jobs);
    case 'D': o->search.dir = optarg; return 0;
    case 'f': return take_bits(cmd, &o->search);
    case 'C': o->checkpoint = optarg; return 0;
    case 'r': o->resume = optarg; return 0;
    case 'q': o->quiet = true; return 0;
    case 'w': o->walk = true; return 0;
    case 'R': o->coverage = true; return 0;
    case 'o': return take_format(cmd, o);
    case 'P': o->files.protocol_case = optarg; return 0;
    case 'N': o->files.scenario = optarg; return 0;
    case 'm':
    case 'd':
    case 't':
    case 'M': return take_limit(cmd, &o->search, option);
    default: return cmd_usage(cmd, "unknown option or missing value: %s", o->argv[optind - 1]);
    }
}

static const struct option plain_options[] = {
    {"preset", required_argument, NULL, 'p'},
    {"servers", required_argument, NULL, 's'},
    {"spares", required_argument, NULL, 'S'},
    {"learners", required_argument, NULL, 'l'},
    {"terms", required_argument, NULL, 'T'},
    {"kinds", required_argument, NULL, 'k'},
    {"pre-vote", no_argument, NULL, 'v'},
    {"check-quorum", no_argument, NULL, 'c'},
    {"lease", no_argument, NULL, 'L'},
    {"no-symmetry", no_argument, NULL, 'y'},
    {"no-stale", no_argument, NULL, 'a'},

    {"fingerprint", required_argument, NULL, 'f'},
    {"jobs", required_argument, NULL, 'j'},
    {"calm-every", required_argument, NULL, 'Q'},
    {"max-states", required_argument, NULL, 'm'},
    {"max-depth", required_argument, NULL, 'd'},
    {"max-time", required_argument, NULL, 't'},
    {"max-memory", required_argument, NULL, 'M'},
    {"spill", required_argument, NULL, 'D'},
    {"checkpoint", required_argument, NULL, 'C'},
    {"resume", required_argument, NULL, 'r'},
    {"quiet", no_argument, NULL, 'q'},
    {"walk", no_argument, NULL, 'w'},
    {"coverage", no_argument, NULL, 'R'},
    {"case", required_argument, NULL, 'P'},
    {"scenario", required_argument, NULL, 'N'},
};

/* What a search has and a walk has not, as it was spelled. */
static void note_search_option(struct explore_command *o, int option)
{
    for (size_t i = 0; i < ARRAY_LEN(plain_options); i++) {
        if (plain_options[i].val == option && strchr("mdtMCrRPN", option) != NULL)
            o->of_a_search = plain_options[i].name;
    }
}

/* What does not go together. */
static int together(const struct cmd *cmd, const struct explore_command *o)
{
    const struct ex_bounds *b = &o->search.bounds;
    if (o->walk && o->of_a_search != NULL)
        return cmd_usage(cmd, "--walk searches nothing: --%s has no meaning there", o->of_a_search);
    if (o->walk && o->json)
        return cmd_usage(cmd, "--walk searches nothing: -o json has no meaning there");
    if (o->resume != NULL && o->bounded)
        return cmd_usage(cmd,
                         "--resume %s: what is tried stands in the checkpoint, and nothing "
                         "beside it",
                         o->resume);
    const char *wrong = ex_bounds_wrong(b);
    if (wrong != NULL)
        return cmd_usage(cmd, "%s", wrong);
    if (b->changes != 0 && b->budget[EX_CHANGE] == 0)
        return cmd_usage(cmd, "--kinds needs --changes N: how many may be asked for");
    return o->search.jobs > 0 ? 0 : cmd_usage(cmd, "--jobs 0: give 1 to %d", EX_JOBS);
}

/* All options once; presets: only the preset, else all but it. */
static int pass(const struct cmd *cmd, int argc, char **argv, const struct option *all,
                bool presets, struct explore_command *o)
{
    int option;
    int code = 0;
    opterr = 0;
    optind = 0; /* from the beginning */
    while (code == 0 && (option = getopt_long(argc, argv, "qo:", all, NULL)) != -1) {
        note_search_option(o, option);
        if (!presets)
            code = apply_option(cmd, o, option);
        else if (option == 'p')
            code = take_preset(cmd, &o->search.bounds);
    }
    return code;
}

static int read_options(const struct cmd *cmd, int argc, char **argv, struct explore_command *o)
{
    struct option all[ARRAY_LEN(plain_options) + EX_BUDGETS_COUNT + 1] = {0};
    memcpy(all, plain_options, sizeof(plain_options));
    for (int i = 0; i < EX_BUDGETS_COUNT; i++)
        all[ARRAY_LEN(plain_options) + (size_t)i] = (struct option){
            ex_budget_name((enum ex_budget)i), required_argument, NULL, OPTION_BUDGET + i};
    int code = pass(cmd, argc, argv, all, true, o);
    if (code == 0)
        code = pass(cmd, argc, argv, all, false, o);
    if (code != 0)
        return code;
    if (optind < argc)
        return cmd_usage(cmd, "%s is one too many: explore reads no file", argv[optind]);
    return together(cmd, o);
}

static int exit_code(enum ex_end end)
{
    switch (end) {
    case EX_EXHAUSTED: return EXIT_CHECKS_HOLD;
    case EX_VIOLATED: return EXIT_CHECK_FAILED;
    case EX_CRAMPED:
    case EX_LIMITED:
    case EX_STOPPED: break;
    }
    return EXIT_UNKNOWN;
}

static const char *checkpoint_dir(const struct explore_command *o)
{
    return o->checkpoint != NULL ? o->checkpoint
           : o->resume != NULL   ? o->resume
                                 : CHECKPOINT_DEFAULT;
}

/* Whoever interrupts a search may want to go on; whoever limits it says so. */
static bool wants_checkpoint(const struct explore_command *o, enum ex_end end)
{
    bool said = o->checkpoint != NULL || o->resume != NULL;
    return end == EX_STOPPED || (end == EX_LIMITED && said);
}

static void tell_text(const struct explore_command *o, struct ex_search *s,
                      const struct ex_result *r)
{
    explore_say_result(s, r);
    if (o->coverage)
        explore_say_coverage(r);
}

static void tell_end(const struct explore_command *o, struct ex_search *s,
                     const struct ex_result *r, const char *checkpoint)
{
    struct buf text = {0};
    if (o->json) {
        explore_json_write(s, r, checkpoint, &text);
        (void)fputs(buf_str(&text), stdout);
    } else if (checkpoint != NULL) {
        (void)printf("  to go on: raft-emulator explore --resume %s\n",
                     shell_word(&text, checkpoint));
    }
    buf_free(&text);
}

static int tell(const struct explore_command *o, struct ex_search *s, const struct ex_result *r)
{
    const char *checkpoint = wants_checkpoint(o, r->end) ? checkpoint_dir(o) : NULL;
    struct err e = {0}, of_files = {0};
    /* Before anything is told: who would read it may be gone. */
    int code = checkpoint == NULL ? 0 : ex_search_save(s, checkpoint, &e);
    if (!o->json)
        tell_text(o, s, r);
    int files = explore_files_write(s, r, &o->files, &of_files);
    if (code < 0 || files < 0) {
        cmd_error("%s", code < 0 ? e.text : of_files.text);
        return EXIT_CANNOT_WRITE;
    }
    tell_end(o, s, r, checkpoint);
    return exit_code(r->end);
}

static int search(struct explore_command *o)
{
    struct explore_progress progress = explore_progress_begin();
    struct ex_search *s = NULL;
    struct ex_result result = {0};
    struct err e = {0};
    if (!o->quiet) {
        o->search.progress = explore_progress_tell;
        o->search.progress_arg = &progress;
    }
    int code = o->resume != NULL ? ex_search_resume(&s, &o->search, o->resume, &e)
                                 : ex_search_open(&s, &o->search, &e);
    if (code < 0 && o->resume != NULL) {
        cmd_error(code == -E_LIMIT ? "%s: give more with --max-memory" : "%s", e.text);
        return EXIT_NO_INPUT;
    }
    if (code == 0)
        code = ex_search_run(s, &result, &e);
    explore_progress_end(&progress);
    if (code < 0) {
        cmd_error("%s", e.text);
        code = EXIT_CANNOT_WRITE;
    } else {
        code = tell(o, s, &result);
    }
    ex_path_free(&result.path);
    ex_search_close(s);
    return code;
}

/* What it goes on from is there, and what is left in the end has its place. */
static int places(const struct explore_command *o)
{
    struct err e = {0};
    int code = o->resume == NULL ? 0 : explore_start_resume(o->resume, &e);
    if (code < 0) {
        cmd_error("%s", e.text);
        return EXIT_NO_INPUT;
    }
    code = explore_start_checkpoint(checkpoint_dir(o), o->resume, &e);
    if (code == 0 && o->files.protocol_case != NULL)
        code = explore_start_file(o->files.protocol_case, &e);
    if (code == 0 && o->files.scenario != NULL)
        code = explore_start_file(o->files.scenario, &e);
    if (code < 0)
        cmd_error("%s", e.text);
    return code < 0 ? EXIT_CANNOT_WRITE : 0;
}

int cmd_explore(const struct cmd *cmd, int argc, char **argv)
{
    const char *dir = getenv("TMPDIR");
    struct explore_command o = {.search = {.bounds = ex_preset_at(0)->bounds,
                                           .jobs = cmd_jobs(EX_JOBS),
                                           .calm_every = CALM_EVERY,
                                           .memory_bytes_max = MEMORY_DEFAULT,
                                           .dir = dir != NULL ? dir : "/tmp",
                                           .stop = &interrupted},
                                .files = {.argv = argv, .say = stdout},
                                .argv = argv};
    int code = read_options(cmd, argc, argv, &o);
    if (code != 0)
        return code;
    if (o.walk)
        return explore_walk(&o.search.bounds);
    code = places(&o);
    if (code != 0)
        return code;
    cmd_on_end(on_signal);
    (void)signal(SIGPIPE, on_signal); /* ^C of explore | tee ends tee first */
    return search(&o);
}
