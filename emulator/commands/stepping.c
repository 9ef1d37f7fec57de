/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/stepping.h"

#include "base/mem.h"
#include "emulator/cmd.h"
#include "emulator/commands/progress.h"
#include "emulator/commands/prompt.h"
#include "emulator/step/step.h"

#include <stdio.h>

static volatile sig_atomic_t stop;

struct sitting {
    const struct stepping *o;
    struct judgement *j; /* of the present run; large */
    struct simulate_watch watch;
    struct simulation sim; /* its results are those of the present run */
    bool made;             /* there is a directory */
    int code;
};

static void on_interrupt(int signal)
{
    (void)signal;
    stop = 1;
}

static void print(void *arg, const char *line)
{
    (void)arg;
    (void)puts(line);
    (void)fflush(stdout);
}

static int drop_results(struct sitting *s, struct err *e)
{
    int code = s->made ? results_remove(&s->sim.results, e) : 0;
    s->made = false;
    return code;
}

static int fresh(void *arg, const char **ret_dir, struct err *e)
{
    struct sitting *s = arg;
    int code = drop_results(s, e);
    if (code == 0)
        code = results_create(s->o->runs, s->o->scenario->name, &s->sim.results, e);
    if (code < 0)
        return code;
    s->made = true;
    judgement_free(s->j);
    *s->j = (struct judgement){0};
    s->watch = (struct simulate_watch){.j = s->j};
    code = judgement_open(s->j, s->o->scenario, e);
    if (code < 0)
        return code;
    *ret_dir = s->sim.results.dir;
    return 0;
}

static bool judge(void *arg, const struct trace_record *rec)
{
    struct sitting *s = arg;
    return simulate_feed(&s->watch, rec);
}

static struct trace_names *names(void *arg)
{
    struct sitting *s = arg;
    return &s->j->names;
}

static void ended(void *arg, const struct sim_outcome *outcome)
{
    struct sitting *s = arg;
    struct tally tally = {0};
    struct err e = {0};
    (void)printf("  unseed 0x%016llX · %llu events\n", (unsigned long long)outcome->unseed,
                 (unsigned long long)outcome->events);
    if (simulate_finish(&s->sim, outcome, &s->watch, &e) < 0) {
        cmd_error("%s", e.text);
        s->code = EXIT_UNKNOWN;
        return;
    }
    progress_verdict(s->j, NULL, outcome->began_ns, &tally);
    progress_tally(&tally);
    s->code = verdict_exit_code(verdict_of(s->j->run).overall);
}

static bool one_line(struct step *step, bool *wrong)
{
    struct err e = {0};
    bool quit = false;
    char *line = prompt_line(step_prompt(step));
    if (line == NULL)
        return false;
    if (step_command(step, line, &quit, &e) < 0) {
        (void)printf("error: %s\n", e.text);
        (void)fflush(stdout);
        *wrong = true;
    }
    mem_free(line);
    return !quit;
}

static int sit(struct sitting *s)
{
    const struct stepping *o = s->o;
    const struct step_host host = {.arg = s,
                                   .print = print,
                                   .fresh = fresh,
                                   .judge = judge,
                                   .names = names,
                                   .ended = ended,
                                   .stop = &stop};
    struct step *step = NULL;
    struct err e = {0};
    bool wrong = false;
    int code = step_open(o->scenario, o->seed, o->narrate, &host, &step, &e);
    if (code < 0) {
        cmd_error("%s: %s", o->scenario->name, e.text);
        (void)!drop_results(s, &e);
        return cmd_not_begun(code);
    }
    prompt_open(step_name_at);
    if (prompt_at_terminal()) {
        (void)signal(SIGINT, on_interrupt);
        (void)printf("Nothing has happened yet. next: one event; until leader; help: all of it.\n");
    }
    while (one_line(step, &wrong))
        continue;
    step_close(step);
    if (!(s->made && (o->keep || s->code != 0)))
        code = drop_results(s, &e);
    else
        (void)printf("  result     %s\n", s->sim.results.dir);
    if (code < 0)
        cmd_error("%s", e.text);
    return s->code == 0 && wrong && !prompt_at_terminal() ? EXIT_USAGE : s->code;
}

int stepping_run(const struct stepping *o)
{
    struct sitting s = {
        .o = o, .j = mem_alloc(sizeof(*s.j)), .sim = {.scenario = o->scenario, .seed = o->seed}};
    int exit_code = sit(&s);
    judgement_free(s.j);
    mem_free(s.j);
    return exit_code;
}
