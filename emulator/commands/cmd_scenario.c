/* SPDX-License-Identifier: GPL-3.0-or-later */
/* validate, show, schema: scenarios without running them. */
#include "base/mem.h"
#include "emulator/cmd.h"
#include "emulator/commands/load.h"
#include "emulator/commands/shell_word.h"
#include "emulator/live/live.h"
#include "emulator/scenario/list.h"
#include "emulator/scenario/parse.h"
#include "emulator/scenario/print.h"
#include "emulator/sim/sim.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int exit_of(int code)
{
    return code == -E_UNSUPPORTED                   ? EXIT_CANNOT_RUN
           : code == -E_INVALID || code == -E_LIMIT ? EXIT_BAD_SCENARIO
                                                    : EXIT_NO_INPUT;
}

/* A file as named, else the shipped scenario of that name; NULL: neither. Owned by the caller. */
static char *find(const char *name, struct err *e)
{
    struct stat st;
    return stat(name, &st) == 0 ? mem_strdup(name)
                                : scenario_list_find(cmd_scenarios_folder(), name, e);
}

static void print_ok(const char *path, const struct scenario *s)
{
    (void)printf("%s: ok: %s, %zu nodes, %u steps%s\n", path, s->name, scenario_nodes_count(s),
                 s->steps_total, s->run == RUN_sim ? ", in virtual time only" : "");
}

/* What real processes cannot do may be possible in virtual time, and may be meant for it alone.
 * said: what they cannot do. */
static int validate_in_sim(const char *path, const char *const *sets, size_t sets_count,
                           const struct buf *said)
{
    struct buf out = {0}, word = {0};
    struct err e = {0};
    struct scenario *s = NULL;
    int code = scenario_load(path, sets, sets_count, sim_world(), &out, &s, &e);
    bool good = code == 0 && s->run == RUN_sim;
    (void)fputs(buf_str(good ? &out : said), good ? stdout : stderr);
    if (good)
        print_ok(path, s);
    else if (code == 0)
        (void)fprintf(stderr, "  fix: it runs in virtual time: raft-emulator sim %s\n",
                      shell_word(&word, path));
    buf_free(&word);
    scenario_free(s);
    buf_free(&out);
    return good ? 0 : EXIT_CANNOT_RUN;
}

static int validate_one(const char *path, const char *const *sets, size_t sets_count)
{
    struct buf out = {0};
    struct err e = {0};
    struct scenario *s = NULL;
    int code = scenario_load(path, sets, sets_count, live_world(), &out, &s, &e);
    if (code == -E_UNSUPPORTED) {
        int result = validate_in_sim(path, sets, sets_count, &out);
        buf_free(&out);
        return result;
    }
    (void)fputs(buf_str(&out), code < 0 ? stderr : stdout);
    if (code == 0)
        print_ok(path, s);
    scenario_free(s);
    buf_free(&out);
    return code < 0 ? exit_of(code) : 0;
}

/* Of two exit codes that of the file that is wrong, before one that only cannot run here. */
static int worse(int a, int b)
{
    if (a == 0 || a == EXIT_CANNOT_RUN)
        return b == 0 ? a : b;
    return b != EXIT_CANNOT_RUN && b > a ? b : a;
}

/* Files looked at, by what came of it. */
static struct {
    unsigned fine, unable, wrong;
} looked_at;

static void look_at(const char *path, const char *const *sets, size_t sets_count, int *worst)
{
    int code = validate_one(path, sets, sets_count);
    looked_at.fine += code == 0;
    looked_at.unable += code == EXIT_CANNOT_RUN;
    looked_at.wrong += code != 0 && code != EXIT_CANNOT_RUN;
    *worst = worse(*worst, code);
}

static void print_looked_at(void)
{
    unsigned all = looked_at.fine + looked_at.unable + looked_at.wrong;
    if (all > 1)
        (void)printf("%u files: %u fine, %u wrong, %u that do not run on real processes here\n",
                     all, looked_at.fine, looked_at.wrong, looked_at.unable);
}

static int validate_folder(const char *folder, const char *const *sets, size_t sets_count)
{
    struct scenario_list list = {0};
    struct err e = {0};
    int worst = 0;
    if (scenario_list_scan(folder, &list, &e) < 0) {
        cmd_error("%s", e.text);
        return EXIT_NO_INPUT;
    }
    if (list.count == 0) {
        cmd_error("%s: no scenario there", folder);
        worst = EXIT_NO_INPUT;
    }
    for (size_t i = 0; i < list.count; i++) {
        look_at(list.items[i].path, sets, sets_count, &worst);
    }
    scenario_list_free(&list);
    return worst;
}

static int validate_named(const char *name, const char *const *sets, size_t sets_count)
{
    struct stat st;
    struct err e = {0};
    if (stat(name, &st) == 0 && S_ISDIR(st.st_mode))
        return validate_folder(name, sets, sets_count);
    char *path = find(name, &e);
    int code = path == NULL ? EXIT_NO_INPUT : 0;
    if (path == NULL)
        cmd_error("%s", e.text);
    else
        look_at(path, sets, sets_count, &code);
    mem_free(path);
    return code;
}

int cmd_validate(const struct cmd *cmd, int argc, char **argv)
{
    static const struct option options[] = {{"set", required_argument, NULL, 's'}, {0}};
    const char *sets[LOAD_SETS_MAX];
    size_t sets_count = 0;
    int option, worst = 0;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 's')
            return cmd_usage(cmd, "unknown option or missing value: %s", argv[optind - 1]);
        int code = load_set(cmd, sets, &sets_count, optarg);
        if (code != 0)
            return code;
    }
    if (optind == argc)
        return cmd_usage(cmd, "no file given");
    for (int i = optind; i < argc; i++) {
        int code = validate_named(argv[i], sets, sets_count);
        worst = worse(worst, code);
    }
    print_looked_at();
    return worst;
}

int cmd_show(const struct cmd *cmd, int argc, char **argv)
{
    struct err e = {0};
    struct buf out = {0};
    struct scenario *s = NULL;
    if (argc != 2)
        return cmd_usage(cmd, "give one scenario");
    char *path = find(argv[1], &e);
    if (path == NULL) {
        cmd_error("%s", e.text);
        return EXIT_NO_INPUT;
    }
    int code = scenario_load(path, NULL, 0, NULL, &out, &s, &e);
    if (code == 0)
        scenario_print_timeline(s, &out);
    else if (out.len == 0)
        cmd_error("%s", e.text);
    (void)fputs(buf_str(&out), code < 0 ? stderr : stdout);
    scenario_free(s);
    buf_free(&out);
    mem_free(path);
    return code < 0 ? exit_of(code) : 0;
}

int cmd_schema(const struct cmd *cmd, int argc, char **argv)
{
    struct buf out = {0};
    (void)argv;
    if (argc != 1)
        return cmd_usage(cmd, "takes no arguments");
    scenario_print_schema(&out);
    (void)fputs(buf_str(&out), stdout);
    buf_free(&out);
    return 0;
}
