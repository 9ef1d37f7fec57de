/* SPDX-License-Identifier: GPL-3.0-or-later */
/* step_runner [--rewrite] FILE...: sessions of a run under somebody's hand.
 *
 * Beside the commands of step/: `open SCENARIO` (its JSON, with its seed) begins one; `same` runs
 * the scenario at once and compares it with the run that came to its end; `keep` records what was
 * done by hand, and `kept` runs that scenario. `judge EVENT` before `open`: a judge stops the run
 * at the first such event. */
#include "base/mem.h"
#include "emulator/judging/results.h"
#include "emulator/scenario/parse.h"
#include "emulator/step/step.h"
#include "tests/support/script_main.h"
#include "trace/events.h"

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
    char root[64], kept[96];
    volatile sig_atomic_t stop;
    char forbidden[40]; /* the event that the judge does not bear; empty: none */
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

static bool judge(void *arg, const struct trace_record *rec)
{
    struct table *t = arg;
    return strcmp(trace_event_name(rec->ev), t->forbidden) != 0;
}

static void ended(void *arg, const struct sim_outcome *outcome)
{
    struct table *t = arg;
    t->over = true;
    t->outcome = *outcome;
    buf_putf(t->out, "the run is over: %s\n",
             outcome->stopped         ? "its judge stopped it"
             : outcome->runner.failed ? outcome->runner.sentence
                                      : "every step was done");
}

static const char *kept_path(struct table *t)
{
    (void)snprintf(t->kept, sizeof(t->kept), "%s/kept.json", t->root);
    return t->kept;
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
        .arg = t, .print = print, .fresh = fresh, .judge = judge, .ended = ended, .stop = &t->stop};
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
    (void)unlink(kept_path(t));
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

static int keep(struct table *t)
{
    struct err wrong = {0};
    bool quit;
    char line[160];
    (void)unlink(kept_path(t));
    (void)snprintf(line, sizeof(line), "record %s", t->kept);
    if (step_command(t->step, line, &quit, &wrong) < 0)
        buf_putf(t->out, "error: %s\n", wrong.text);
    return 0;
}

static int run_at_once(struct table *t, const struct scenario *s, struct sim_outcome *ret,
                       struct err *e)
{
    struct trace_names names = {0};
    const char *dir;
    if (!t->over)
        return err_set(e, -E_INVALID, "the run has not come to its end");
    int code = fresh(t, &dir, e);
    const struct sim_options options = {.dir = dir, .seed = s->seed, .names = &names};
    return code < 0 ? code : sim_run(s, &options, ret, e);
}

static int compare(struct table *t, struct err *e)
{
    struct sim_outcome at_once;
    int code = run_at_once(t, t->scenario, &at_once, e);
    if (code < 0)
        return code;
    bool same = at_once.unseed == t->outcome.unseed && at_once.events == t->outcome.events;
    buf_puts(t->out, same ? "the same as at once\n" : "not the same as at once\n");
    return 0;
}

static int compare_kept(struct table *t, struct err *e)
{
    struct scenario *s;
    struct buf ignored = {0}; /* warnings name the file, which is elsewhere each time */
    int code = scenario_load(kept_path(t), NULL, 0, sim_world(), &ignored, &s, e);
    if (code == 0) {
        struct sim_outcome outcome;
        code = run_at_once(t, s, &outcome, e);
        if (code == 0)
            buf_putf(t->out, "it runs: %s\n",
                     outcome.runner.failed ? outcome.runner.sentence : "every step was done");
        scenario_free(s);
    }
    buf_free(&ignored);
    return code;
}

static int run_line(void *arg, const char *line, struct buf *out, struct err *e)
{
    struct table *t = arg;
    struct err wrong = {0};
    bool quit;
    t->out = out;
    if (strncmp(line, "open ", 5) == 0)
        return begin(t, line + 5, e);
    if (strncmp(line, "judge ", 6) == 0) {
        (void)snprintf(t->forbidden, sizeof(t->forbidden), "%s", line + 6);
        return 0;
    }
    if (strcmp(line, "same") == 0)
        return compare(t, e);
    if (strcmp(line, "keep") == 0)
        return keep(t);
    if (strcmp(line, "kept") == 0)
        return compare_kept(t, e);
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
