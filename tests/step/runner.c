/* SPDX-License-Identifier: GPL-3.0-or-later */
/* step_runner [--rewrite] FILE...: sessions of a run under somebody's hand.
 *
 * Beside the commands of step/: `open SCENARIO` (its JSON, with its seed) begins one; `same` runs
 * the scenario at once and compares it with the run that came to its end. */
#include "base/mem.h"
#include "emulator/results.h"
#include "emulator/scenario/parse.h"
#include "emulator/step/step.h"
#include "tests/support/script_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct table {
    struct step_host host;
    struct step *step;
    struct scenario *scenario;
    struct results results;
    bool made;
    char root[64];
    volatile sig_atomic_t stop;
    struct buf *out;
    bool over;
    struct sim_outcome outcome;
};

static void print(void *arg, const char *line)
{
    struct table *t = arg;
    buf_putf(t->out, "%s\n", line);
}

static int fresh(void *arg, const char **ret_dir, struct err *e)
{
    struct table *t = arg;
    int code = t->made ? results_remove(&t->results, e) : 0;
    t->made = false;
    if (code == 0)
        code = results_create(t->root, "step", &t->results, e);
    t->made = code == 0;
    *ret_dir = t->results.dir;
    return code;
}

static void ended(void *arg, const struct sim_outcome *outcome)
{
    struct table *t = arg;
    t->over = true;
    t->outcome = *outcome;
    buf_putf(t->out, "the run is over: %s\n",
             outcome->runner.failed ? outcome->runner.sentence : "every step was done");
}

static void *open_table(void)
{
    struct table *t = mem_alloc(sizeof(*t));
    (void)snprintf(t->root, sizeof(t->root), "/tmp/step-cases-XXXXXX");
    if (mkdtemp(t->root) == NULL) {
        perror(t->root);
        exit(2);
    }
    t->host = (struct step_host){
        .arg = t, .print = print, .fresh = fresh, .ended = ended, .stop = &t->stop};
    return t;
}

static void close_table(void *arg)
{
    struct table *t = arg;
    struct err e;
    step_close(t->step);
    scenario_free(t->scenario);
    if (t->made)
        (void)!results_remove(&t->results, &e);
    (void)rmdir(t->root);
    free(t);
}

static int begin(struct table *t, const char *json, struct err *e)
{
    struct scenario_source src;
    step_close(t->step);
    scenario_free(t->scenario);
    t->step = NULL;
    t->scenario = NULL;
    t->over = false;
    int code = scenario_source_text(&src, "case", json, strlen(json), e);
    if (code == 0)
        t->scenario = scenario_source_parse(&src);
    if (t->scenario == NULL && code == 0) {
        diags_render(&src.diags, t->out);
        code = err_set(e, -E_INVALID, "the scenario is wrong");
    }
    scenario_source_close(&src);
    if (code < 0)
        return code;
    return step_open(t->scenario, t->scenario->seed, 0, &t->host, &t->step, e);
}

static int compare(struct table *t, struct err *e)
{
    struct sim_outcome at_once;
    struct trace_names names = {0};
    const char *dir;
    if (!t->over)
        return err_set(e, -E_INVALID, "the run has not come to its end");
    int code = fresh(t, &dir, e);
    const struct sim_options options = {.dir = dir, .seed = t->scenario->seed, .names = &names};
    if (code == 0)
        code = sim_run(t->scenario, &options, &at_once, e);
    if (code < 0)
        return code;
    bool same = at_once.unseed == t->outcome.unseed && at_once.events == t->outcome.events;
    buf_puts(t->out, same ? "the same as at once\n" : "not the same as at once\n");
    return 0;
}

static int run_line(void *arg, const char *line, struct buf *out, struct err *e)
{
    struct table *t = arg;
    struct err wrong = {0};
    bool quit;
    t->out = out;
    if (strncmp(line, "open ", 5) == 0)
        return begin(t, line + 5, e);
    if (strcmp(line, "same") == 0)
        return compare(t, e);
    if (t->step == NULL)
        return err_set(e, -E_INVALID, "open a scenario first");
    if (step_command(t->step, line, &quit, &wrong) < 0)
        buf_putf(out, "error: %s\n", wrong.text);
    return 0;
}

int main(int argc, char **argv)
{
    return script_main(argc, argv, &(struct script_tier){open_table, run_line, close_table});
}
