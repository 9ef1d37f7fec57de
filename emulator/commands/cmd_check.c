/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check: judges a run's directory again, from its files alone, or a history of any origin. */
#include "base/buf.h"
#include "emulator/check/lin/lin.h"
#include "emulator/cmd.h"
#include "emulator/commands/judge_history.h"
#include "emulator/commands/progress.h"
#include "emulator/commands/shell_word.h"
#include "emulator/judging/facts.h"
#include "emulator/judging/memory.h"
#include "emulator/scenario/parse.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_result(const struct results *r)
{
    char path[PATH_MAX + 32];
    (void)snprintf(path, sizeof(path), "%s/scenario.json", r->dir);
    return access(path, F_OK) == 0;
}

static int load_scenario(const struct results *r, struct scenario **ret)
{
    char path[PATH_MAX + 32];
    struct buf out = {0};
    struct err e = {0};
    (void)snprintf(path, sizeof(path), "%s/scenario.json", r->dir);
    int code = scenario_load(path, NULL, 0, NULL, &out, ret, &e);
    (void)fputs(buf_str(&out), stderr);
    if (code < 0 && out.len == 0)
        cmd_error("%s", e.text);
    buf_free(&out);
    return code;
}

static int judge(const struct results *r, const struct scenario *s)
{
    struct judge_facts facts;
    struct facts_doc *doc = NULL;
    struct judgement j;
    struct tally tally = {0};
    struct err e = {0};
    int code = facts_read(r, &facts, &doc, &e);
    if (code == 0)
        code = judge_run(s, r, &facts, &j, &e);
    if (code < 0) {
        struct buf text = {0};
        cmd_error("%s: unknown: cannot judge this run: %s", r->dir, visible_text(&text, e.text));
        buf_free(&text);
        facts_free(doc);
        return code == -E_NOTFOUND ? EXIT_NO_INPUT : EXIT_UNKNOWN;
    }
    struct buf gap = {0};
    if (j.gap[0] != '\0')
        (void)printf("  traces     %s: a check that fails may do so because of that\n",
                     visible_text(&gap, j.gap));
    buf_free(&gap);
    progress_verdict(&j, NULL, facts.runner.started_ns, &tally);
    progress_tally(&tally);
    int exit_code = verdict_exit_code(verdict_of(j.run).overall);
    judgement_free(&j);
    facts_free(doc);
    return exit_code;
}

static int judge_again(const char *given)
{
    struct results r;
    struct scenario *s = NULL;
    memset(&r, 0, sizeof(r));
    if (realpath(given, r.dir) == NULL) {
        cmd_error("%s: %s", given, strerror(errno));
        return EXIT_NO_INPUT;
    }
    if (!is_result(&r)) {
        cmd_error("%s: no result of run or sim: there is no scenario.json in it\n"
                  "  fix: give one directory of a run, as runs/latest, or the file of a history",
                  given);
        return EXIT_NO_INPUT;
    }
    int code = load_scenario(&r, &s);
    if (code < 0)
        return code == -E_INVALID || code == -E_LIMIT ? EXIT_BAD_SCENARIO : EXIT_NO_INPUT;
    (void)printf("%s   judged again from %s\n", s->name, r.dir);
    code = judge(&r, s);
    scenario_free(s);
    return code;
}

static int no_such_model(const struct cmd *cmd, const char *model)
{
    struct buf names = {0};
    for (enum lin_data i = 0; i < LIN_DATA_COUNT; i++)
        buf_putf(&names, "%s%s", i > 0 ? ", " : "", lin_data_name(i));
    int code = cmd_usage(cmd, "--model %s: there are %s", model, buf_str(&names));
    buf_free(&names);
    return code;
}

int cmd_check(const struct cmd *cmd, int argc, char **argv)
{
    static const struct option options[] = {{"model", required_argument, NULL, 'm'}, {0}};
    const char *model = NULL;
    struct stat st;
    int option;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'm')
            return cmd_usage(cmd, "%s: no such option, or it needs a value", argv[optind - 1]);
        model = optarg;
    }
    if (argc - optind != 1)
        return cmd_usage(cmd, "give one result directory, as runs/latest, or one history");
    if (model != NULL && lin_data_find(model) < 0)
        return no_such_model(cmd, model);
    memory_set_aside();
    const char *given = argv[optind];
    bool folder = strcmp(given, "-") != 0 && stat(given, &st) == 0 && S_ISDIR(st.st_mode);
    if (folder && model != NULL)
        return cmd_usage(cmd, "--model is for a history; %s is a directory", given);
    return folder ? judge_again(given) : judge_history(given, model);
}
