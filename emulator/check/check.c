/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/check.h"

#include "base/mem.h"
#include "emulator/check/counters.h"
#include "emulator/check/fates.h"
#include "emulator/check/faults.h"
#include "emulator/check/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A checker at work. */
struct active {
    const struct checker *is;
    bool on;
    void *state; /* owned */
    struct check_params params;
    struct check_result result;
};

struct need {
    char name[96]; /* "coverage.NAME" */
    uint64_t min;
    struct check_result result;
};

#define NEEDS_MAX 64

/* Invariant: before `started`, no checker has seen an event. */
struct check_run {
    struct check_facts facts;
    const struct trace_names *names;
    struct check_input in;
    struct view view;
    struct history history;
    struct fates fates;
    struct faults faults;
    struct counters counters;
    struct active *checkers;                 /* owned; registry_count of them */
    uint16_t *listeners[TRACE_EVENTS_COUNT]; /* owned: who wants that event */
    size_t listeners_count[TRACE_EVENTS_COUNT];
    struct need *needs[NEEDS_MAX]; /* owned */
    size_t needs_count;
    const struct check_result *violated;
    bool started;
    bool finished;
    uint64_t last_ns;
};

struct check_run *check_open(const struct check_facts *facts, struct trace_names *names)
{
    struct check_run *run = mem_alloc(sizeof(*run));
    run->facts = *facts;
    run->names = names;
    run->in = (struct check_input){.facts = &run->facts,
                                   .names = names,
                                   .view = &run->view,
                                   .history = &run->history,
                                   .fates = &run->fates,
                                   .faults = &run->faults};
    run->history.names = names;
    run->history.counts = facts->counts;
    for (size_t i = 0; i < facts->voters_count; i++)
        (void)trace_names_add(names, facts->voters[i], strlen(facts->voters[i]));
    for (size_t i = 0; i < facts->bad_disks_count; i++) {
        int node = trace_names_add(names, facts->bad_disks[i], strlen(facts->bad_disks[i]));
        if (node >= 0)
            run->in.bad_disks |= NODE_BIT(node);
    }
    run->checkers = mem_array(registry_count(), sizeof(*run->checkers));
    for (size_t i = 0; i < registry_count(); i++) {
        struct active *a = &run->checkers[i];
        a->is = registry_at(i);
        a->on = a->is->class != CHECKER_LIVENESS;
        a->result.name = a->is->name;
    }
    return run;
}

void check_free(struct check_run *run)
{
    if (run == NULL)
        return;
    for (size_t i = 0; i < registry_count(); i++) {
        struct active *a = &run->checkers[i];
        if (a->state != NULL && a->is->free != NULL)
            a->is->free(a->state);
        mem_free(a->state);
    }
    for (size_t i = 0; i < TRACE_EVENTS_COUNT; i++)
        mem_free(run->listeners[i]);
    mem_free(run->checkers);
    for (size_t i = 0; i < run->needs_count; i++)
        mem_free(run->needs[i]);
    faults_free(&run->faults);
    fates_free(&run->fates);
    view_free(&run->view);
    history_close(&run->history);
    mem_free(run);
}

int check_want(struct check_run *run, const char *name, const struct check_params *params,
               struct err *e)
{
    ASSERT(!run->started);
    for (size_t i = 0; i < registry_count(); i++) {
        struct active *a = &run->checkers[i];
        if (strcmp(a->is->name, name) != 0)
            continue;
        a->on = true;
        a->result.required = true;
        if (params != NULL)
            a->params = *params;
        return 0;
    }
    return err_set(e, -E_NOTFOUND, "check: there is no checker \"%s\"; the nearest is \"%s\"", name,
                   registry_nearest(name));
}

static bool counter_known(const struct check_run *run, const char *name)
{
    for (size_t i = 0; i < run->facts.counters_count; i++) {
        if (strcmp(run->facts.counters[i].name, name) == 0)
            return true;
    }
    return counter_find(name) >= 0;
}

int check_need(struct check_run *run, const char *name, uint64_t min, struct err *e)
{
    ASSERT(!run->started);
    if (!counter_known(run, name))
        return err_set(e, -E_NOTFOUND, "check: nobody counts \"%s\"", name);
    if (run->needs_count == NEEDS_MAX)
        return err_set(e, -E_LIMIT, "check: more than %d coverage counters", NEEDS_MAX);
    struct need *n = run->needs[run->needs_count++] = mem_alloc(sizeof(*n));
    (void)snprintf(n->name, sizeof(n->name), "coverage.%s", name);
    n->min = min;
    n->result.name = n->name;
    n->result.required = true;
    return 0;
}

static void listen(struct check_run *run, size_t who)
{
    for (size_t ev = 0; ev < TRACE_EVENTS_COUNT; ev++) {
        if ((run->checkers[who].is->events >> ev & 1) == 0 || run->checkers[who].is->feed == NULL)
            continue;
        if (run->listeners[ev] == NULL)
            run->listeners[ev] = mem_array(registry_count(), sizeof(uint16_t));
        run->listeners[ev][run->listeners_count[ev]++] = (uint16_t)who;
    }
}

/* What the nodes would have to tell. */
static void leave_out(struct check_result *res)
{
    res->verdict = CHECK_NOT_JUDGED;
    result_say(res, "not judged: the nodes write no trace");
}

static void start(struct check_run *run)
{
    if (run->started)
        return;
    run->started = true;
    for (size_t i = 0; i < registry_count(); i++) {
        struct active *a = &run->checkers[i];
        if (!a->on)
            continue;
        if (run->facts.untraced && !a->is->untraced) {
            leave_out(&a->result);
            continue;
        }
        a->state = mem_alloc(a->is->state_size);
        run->in.params = &a->params;
        if (a->is->init != NULL)
            a->is->init(a->state, &run->in);
        listen(run, i);
    }
}

static void note_violation(struct check_run *run, const struct check_result *res)
{
    if (run->violated == NULL && res->verdict == CHECK_VIOLATED)
        run->violated = res;
}

/* What its node was when the answer came. */
static void note_server(struct history *h, const struct view *v, const struct trace_record *rec)
{
    if (rec->ev != TRACE_clientReturn || rec->node < 0 || !v->nodes[rec->node].known)
        return;
    const struct view_node *n = &v->nodes[rec->node];
    history_served(h, rec->op, (uint8_t)n->role, n->term);
}

int check_feed(struct check_run *run, const struct trace_record *rec, struct err *e)
{
    ASSERT(!run->finished);
    start(run);
    bool is_client = rec->ev == TRACE_clientInvoke || rec->ev == TRACE_clientReturn;
    if (is_client) {
        int rc = history_add(&run->history, rec, e);
        if (rc < 0)
            return rc;
        note_server(&run->history, &run->view, rec);
    }
    counters_until(&run->counters, &run->faults, rec->t);
    if (rec->ev == TRACE_fault)
        faults_add(&run->faults, rec);
    if (rec->ev == TRACE_fault && trace_text_is(rec->phase, "harmed"))
        run->in.bad_disks |= rec->targets;
    if (run->in.bad_disks == 0 && !run->facts.forced_recovery && !run->facts.untraced)
        fates_feed(&run->fates, &run->view, &run->history, rec);
    for (size_t i = 0; i < run->listeners_count[rec->ev]; i++) {
        struct active *a = &run->checkers[run->listeners[rec->ev][i]];
        run->in.params = &a->params;
        a->is->feed(a->state, &run->in, rec, &a->result);
        note_violation(run, &a->result);
    }
    counters_feed(&run->counters, &run->view, rec);
    if (is_client)
        counters_operation(&run->counters, &run->history, rec);
    view_apply(&run->view, rec);
    history_tidy(&run->history);
    if (rec->t > run->last_ns)
        run->last_ns = rec->t;
    return 0;
}

void check_ended(struct check_run *run, const struct check_ending *ending)
{
    ASSERT(!run->finished);
    run->facts.healed_at_ns = ending->healed_at_ns;
    run->facts.end_ns = ending->end_ns;
    run->facts.host_stall_ns = ending->host_stall_ns;
}

const struct check_result *check_violated(const struct check_run *run)
{
    return run->violated;
}

static void finish_needs(struct check_run *run)
{
    for (size_t i = 0; i < run->needs_count; i++) {
        struct need *n = run->needs[i];
        if (run->facts.untraced && counter_is_traced(n->name + strlen("coverage."))) {
            leave_out(&n->result);
            continue;
        }
        for (size_t k = 0; k < check_counters_count(run); k++) {
            struct check_counter c = check_counters_at(run, k);
            if (strcmp(c.name, n->name + strlen("coverage.")) == 0)
                n->result.seen = c.value;
        }
        bool enough = n->result.seen >= n->min;
        n->result.verdict = enough ? CHECK_OK : CHECK_VACUOUS;
        result_say(&n->result, "%s is %llu, at least %llu %s", n->name + strlen("coverage."),
                   (unsigned long long)n->result.seen, (unsigned long long)n->min,
                   enough ? "was asked for" : "is needed for the run to mean anything");
    }
}

void check_finish(struct check_run *run)
{
    ASSERT(!run->finished);
    start(run);
    run->finished = true;
    run->in.end_ns = run->facts.end_ns != 0 ? run->facts.end_ns : run->last_ns;
    run->in.healed_at_ns =
        run->facts.healed_at_ns != 0 ? run->facts.healed_at_ns : faults_healed_at(&run->faults);
    counters_finish(&run->counters, &run->faults, run->in.end_ns);
    for (size_t i = 0; i < registry_count(); i++) {
        struct active *a = &run->checkers[i];
        if (!a->on || a->result.verdict == CHECK_NOT_JUDGED)
            continue;
        run->in.params = &a->params;
        a->is->finish(a->state, &run->in, &a->result);
        ASSERT(a->result.sentence[0] != '\0');
        note_violation(run, &a->result);
    }
    finish_needs(run);
}

void check_note(struct check_run *run, const char *name, enum check_verdict verdict, uint64_t seen,
                const char *sentence)
{
    ASSERT(run->finished && run->needs_count < NEEDS_MAX);
    struct need *n = run->needs[run->needs_count++] = mem_alloc(sizeof(*n));
    (void)snprintf(n->name, sizeof(n->name), "%s", name);
    n->result =
        (struct check_result){.name = n->name, .verdict = verdict, .required = true, .seen = seen};
    n->result.violations = verdict == CHECK_VIOLATED;
    (void)snprintf(n->result.sentence, sizeof(n->result.sentence), "%s", sentence);
}

size_t check_results_count(const struct check_run *run)
{
    size_t count = run->needs_count;
    for (size_t i = 0; i < registry_count(); i++)
        count += run->checkers[i].on;
    return count;
}

const struct check_result *check_results_at(const struct check_run *run, size_t i)
{
    for (size_t k = 0; k < registry_count(); k++) {
        if (!run->checkers[k].on)
            continue;
        if (i-- == 0)
            return &run->checkers[k].result;
    }
    ASSERT(i < run->needs_count);
    return &run->needs[i]->result;
}

size_t check_counters_count(const struct check_run *run)
{
    return COUNTERS_COUNT + run->facts.counters_count;
}

struct check_counter check_counters_at(const struct check_run *run, size_t i)
{
    ASSERT(i < check_counters_count(run));
    if (i >= COUNTERS_COUNT)
        return run->facts.counters[i - COUNTERS_COUNT];
    return (struct check_counter){counter_name((enum counter_id)i), run->counters.value[i]};
}

const struct history *check_history(const struct check_run *run)
{
    return &run->history;
}
