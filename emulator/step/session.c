/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session: the run, what was done to it, and running again. */
#include "base/mem.h"
#include "base/span.h"
#include "base/units.h"
#include "emulator/step/inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STOPPED "the run stopped here: look around, go back, or end it with run, for the verdict"

void step_print(struct step *s, const char *fmt, ...)
{
    char text[1200];
    va_list args;
    if (s->again)
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    s->host->print(s->host->arg, text);
}

static void on_line(void *arg, const char *text)
{
    step_print(arg, "%s", text);
}

static void on_say(void *arg, uint64_t t_ns, const char *text)
{
    struct step *s = arg;
    narrator_say(s->narrator, t_ns, text);
}

static void on_event(void *arg, uint64_t t_ns, const struct sim_event *event)
{
    struct step *s = arg;
    if (s->showing)
        go_event(s, t_ns, event);
}

/* ---- deeds ---- */

void deeds_free(struct deeds *d)
{
    for (size_t i = 0; i < d->count; i++)
        mem_free(d->items[i].text);
    mem_free(d->items);
    *d = (struct deeds){0};
}

static struct deed *deeds_add(struct deeds *d, unsigned command, uint64_t events, const char *text)
{
    d->items = mem_room(d->items, d->count + 1, &d->cap, sizeof(*d->items));
    d->items[d->count++] = (struct deed){
        .command = command, .events = events, .text = text == NULL ? NULL : mem_strdup(text)};
    return &d->items[d->count - 1];
}

struct deeds deeds_copy(const struct deeds *d, size_t count)
{
    struct deeds copy = {0};
    for (size_t i = 0; i < count; i++)
        deeds_add(&copy, d->items[i].command, d->items[i].events, d->items[i].text)->failed =
            d->items[i].failed;
    return copy;
}

void step_deed(struct step *s, const char *text, bool failed)
{
    if (s->again)
        return;
    if (s->moved > 0)
        deeds_add(&s->deeds, s->command, s->moved, NULL);
    s->moved = 0;
    if (text != NULL)
        deeds_add(&s->deeds, s->command, 0, text)->failed = failed;
}

/* ---- the run ---- */

static void forget_parsed(struct step *s)
{
    for (size_t i = 0; i < s->parsed_count; i++)
        scenario_free(s->parsed[i]);
    s->parsed_count = 0;
}

static void close_run(struct step *s)
{
    struct err ignored;
    (void)!sim_close(s->sim, NULL, &ignored);
    s->sim = NULL;
    forget_parsed(s);
    record_forget(s);
}

static int open_run(struct step *s, struct err *e)
{
    narrator_free(s->narrator);
    s->narrator = narrator_new(s->nodes, s->narrate, on_line, s);
    narrator_mute(s->narrator, s->silent);
    narrator_share(s->narrator, on_event, s);
    s->names = (struct trace_names){0};
    s->options = (struct sim_options){.seed = s->seed,
                                      .names = &s->names,
                                      .judge = s->host->judge,
                                      .judge_arg = s->host->arg,
                                      .say = on_say,
                                      .say_arg = s,
                                      .watch = narrator_watch(s->narrator)};
    int code = s->host->fresh(s->host->arg, &s->options.dir, e);
    if (code == 0 && s->host->names != NULL)
        s->options.names = s->host->names(s->host->arg);
    return code < 0 ? code : sim_open(s->scenario, &s->options, &s->sim, e);
}

static void end_run(struct step *s)
{
    struct sim_outcome outcome;
    struct err e = {0};
    narrator_finish(s->narrator);
    int code = sim_close(s->sim, &outcome, &e);
    s->sim = NULL;
    forget_parsed(s);
    if (code < 0)
        step_print(s, "error: %s", e.text);
    else if (!s->again)
        s->host->ended(s->host->arg, &outcome);
}

/* A step by hand may fail later than it was begun. */
static void watch_hand(struct step *s)
{
    struct err e = {0};
    if (!s->watched || runner_did(sim_runner(s->sim), &e) >= 0)
        return;
    s->watched = false;
    step_print(s, "error: %s", e.text);
}

bool step_move(struct step *s)
{
    if (s->sim == NULL)
        return false;
    if (sim_next(s->sim)) {
        s->moved++;
        watch_hand(s);
        s->told = sim_stopped(s->sim) ? s->command : 0;
        if (sim_stopped(s->sim))
            step_print(s, "a check does not hold any more: " STOPPED);
        return true;
    }
    if (sim_over(s->sim) || (sim_stopped(s->sim) && s->ending))
        end_run(s);
    return false;
}

int step_alive(const struct step *s, struct err *e)
{
    if (s->sim != NULL)
        return 0;
    return err_set(e, -E_BUSY, "the run is over: go back, or quit");
}

int step_stuck(const struct step *s, struct err *e)
{
    if (s->sim == NULL)
        return 0;
    if (sim_stopped(s->sim) && s->told == s->command)
        return 0;
    if (sim_stopped(s->sim))
        return err_set(e, -E_BUSY, "%s", STOPPED);
    return err_set(e, -E_BUSY, "nothing will happen any more by itself: do something, or run");
}

bool step_stopped(const struct step *s)
{
    return *s->host->stop != 0;
}

/* Deeds are done in the words in which they were done first: the same seed, the same answers. */
static int do_again(struct step *s, const struct deeds *deeds, struct err *e)
{
    struct words *w = mem_alloc(sizeof(*w));
    int code = 0;
    for (size_t i = 0; i < deeds->count && code == 0; i++) {
        const struct deed *d = &deeds->items[i];
        if (d->text != NULL) {
            words_split(w, d->text);
            code = hand_do(s, w, e);
            code = code < 0 && d->failed ? 0 : code;
        }
        for (uint64_t k = 0; k < d->events && code == 0; k++) {
            if (!step_move(s))
                code = err_set(e, -E_MISMATCH, "the run ended earlier than before");
        }
    }
    mem_free(w);
    return code;
}

int step_again(struct step *s, struct deeds *deeds, struct err *e)
{
    close_run(s);
    s->again = true;
    int code = open_run(s, e);
    if (code == 0)
        code = do_again(s, deeds, e);
    s->again = false;
    s->moved = 0;
    deeds_free(&s->deeds);
    s->deeds = *deeds;
    *deeds = (struct deeds){0};
    return code;
}

int step_open(const struct scenario *scenario, uint64_t seed, unsigned narrate,
              const struct step_host *host, struct step **ret, struct err *e)
{
    struct step *s = mem_alloc(sizeof(*s));
    s->scenario = scenario;
    s->seed = seed;
    s->host = host;
    s->narrate = narrate;
    s->nodes = (unsigned)scenario_nodes_count(scenario);
    int code = open_run(s, e);
    if (code < 0) {
        step_close(s);
        return code;
    }
    *ret = s;
    return 0;
}

void step_close(struct step *s)
{
    if (s == NULL)
        return;
    close_run(s);
    narrator_free(s->narrator);
    deeds_free(&s->deeds);
    for (size_t i = 0; i < s->saved_count; i++)
        deeds_free(&s->saved[i].deeds);
    mem_free(s->parsed);
    mem_free(s->acts);
    buf_free(&s->text);
    mem_free(s);
}

const char *step_prompt(struct step *s)
{
    if (s->sim == NULL)
        (void)snprintf(s->prompt, sizeof(s->prompt), "over> ");
    else
        (void)snprintf(s->prompt, sizeof(s->prompt), "%.4f s> ", (double)sim_time(s->sim) / 1e9);
    return s->prompt;
}

/* ---- words ---- */

int step_node(const struct step *s, const char *name, struct err *e)
{
    for (unsigned i = 0; i < s->nodes; i++) {
        char own[16];
        if (strcmp(narrate_endpoint(i, s->nodes, own), name) == 0)
            return (int)i;
    }
    int leader = sim_observer(s->sim)->leader;
    if (strcmp(name, "leader") == 0)
        return leader >= 0 ? leader : err_set(e, -E_BUSY, "nobody leads now");
    return err_set(e, -E_NOTFOUND, "no node %.40s: there are n1 to n%u", name, s->nodes);
}

int step_number(const char *word, const char *what, uint64_t *ret, struct err *e)
{
    if (span_to_u64(span_str(word), ret))
        return 0;
    return err_set(e, -E_INVALID, "%s: %.40s is not a whole number", what, word);
}
