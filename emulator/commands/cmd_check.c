/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check: judges a run's directory again, from its files alone. */
#include "emulator/cmd.h"
#include "emulator/commands/progress.h"
#include "emulator/judging/facts.h"
#include "emulator/scenario/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
        cmd_error("%s: cannot judge this run: %s", r->dir, e.text);
        facts_free(doc);
        return code == -E_NOTFOUND ? EXIT_NO_INPUT : EXIT_UNKNOWN;
    }
    progress_verdict(&j, NULL, facts.runner.started_ns, &tally);
    progress_tally(&tally);
    int exit_code = verdict_exit_code(verdict_of(j.run).overall);
    judgement_free(&j);
    facts_free(doc);
    return exit_code;
}

int cmd_check(const struct cmd *cmd, int argc, char **argv)
{
    struct results r;
    struct scenario *s = NULL;
    if (argc != 2)
        return cmd_usage(cmd, "give one result directory, as runs/latest");
    memset(&r, 0, sizeof(r));
    if (realpath(argv[1], r.dir) == NULL) {
        cmd_error("%s: %s", argv[1], strerror(errno));
        return EXIT_NO_INPUT;
    }
    if (!is_result(&r)) {
        cmd_error("%s: no result of run or sim: there is no scenario.json in it\n"
                  "  fix: give one directory of a run, as runs/latest",
                  argv[1]);
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
