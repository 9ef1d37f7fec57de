/* SPDX-License-Identifier: GPL-3.0-or-later */
/* validate, list, show, schema: scenarios without running them. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/cmd.h"
#include "emulator/commands/load.h"
#include "emulator/commands/shell_word.h"
#include "emulator/commands/tags.h"
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

static void print_entry(const struct scenario_list_entry *entry)
{
    const struct scenario *s = entry->scenario;
    if (s == NULL) {
        (void)printf("%-22s  invalid: %s\n", entry->path, entry->problem);
        return;
    }
    (void)printf("%-22s %3llus  %zu nodes  %s\n", s->name,
                 (unsigned long long)(scenario_length_ns(s) / NS_PER_S), scenario_nodes_count(s),
                 s->why == NULL ? "" : s->why);
}

/* Prints those with the tag (NULL: all); what is there instead if there are none. */
static int print_list(const struct scenario_list *list, const char *tag)
{
    size_t shown = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct scenario *s = list->items[i].scenario;
        if (tag != NULL && (s == NULL || !load_has_tag(s, tag)))
            continue;
        print_entry(&list->items[i]);
        shown++;
    }
    if (shown > 0)
        return 0;
    if (tag == NULL) {
        cmd_error("no scenarios below %s", cmd_scenarios_folder());
        return EXIT_NO_INPUT;
    }
    struct buf tags = {0};
    tags_print(list, &tags);
    cmd_error("no scenario has the tag %s\n  fix: there are %s", tag, buf_str(&tags));
    buf_free(&tags);
    return EXIT_NO_INPUT;
}

int cmd_list(const struct cmd *cmd, int argc, char **argv)
{
    static const struct option options[] = {{"tag", required_argument, NULL, 't'}, {0}};
    const char *tag = NULL;
    struct scenario_list list = {0};
    struct err e = {0};
    int option;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 't')
            return cmd_usage(cmd, "unknown option or missing value: %s", argv[optind - 1]);
        tag = optarg;
    }
    if (optind != argc)
        return cmd_usage(cmd, "takes no arguments; raft-emulator show NAME shows one");
    if (scenario_list_scan(cmd_scenarios_folder(), &list, &e) < 0) {
        cmd_error("%s", e.text);
        return EXIT_NO_INPUT;
    }
    int code = print_list(&list, tag);
    scenario_list_free(&list);
    return code;
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
