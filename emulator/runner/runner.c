/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/runner/runner.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/runner/runner_private.h"
#include "emulator/scenario/print.h"
#include "emulator/scenario/walk.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

uint64_t runner_capabilities(void)
{
    return actions_net() | actions_admin() | actions_client() | 1ull << CAP_waitExit |
           1ull << CAP_flow | 1ull << CAP_flowParallel | 1ull << CAP_flowChoose |
           1ull << CAP_flowInclude | 1ull << CAP_flowFuzz | 1ull << CAP_trigger |
           1ull << CAP_eventWhere | 1ull << CAP_trace | 1ull << CAP_procSignal |
           1ull << CAP_procVersion | 1ull << CAP_procPause | 1ull << CAP_load |
           1ull << CAP_loadShape;
}

struct runner *runner_new(const struct scenario *s, const struct world *w, struct observer *o,
                          unsigned client_hosts, uint64_t seed)
{
    struct runner *r = mem_raw(sizeof(*r));
    memset(r, 0, offsetof(struct runner, tasks));
    r->s = s;
    r->w = *w;
    r->o = o;
    r->seed = seed;
    r->rnd = prng_named(seed, "runner");
    r->looks = usage_is_asked(s);
    links_init(&r->links, (unsigned)scenario_nodes_count(s), client_hosts, runner_wants_admin(s));
    return r;
}

void runner_free(struct runner *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->tasks_end; i++) {
        struct task *t = &r->tasks[i];
        admin_abandon(r, &t->admin);
        if (t->used && (t->phase == TASK_WAIT || t->phase == TASK_WHEN)) {
            const struct scenario_step *step = &t->branch->steps[t->at];
            waiting_free(&t->waiting, t->phase == TASK_WAIT ? step->wait : step->when);
        }
    }
    if (r->final_armed)
        waiting_free(&r->final_waiting, &r->s->finals[r->final_at].condition);
    runner_await_end(r);
    scenario_branch_free(&r->births);
    record_free(&r->record);
    fuzz_free(r);
    links_free(&r->links);
    mem_free(r);
}

void runner_say(struct runner *r, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    r->w.say(r->w.arg, text);
}

/* ---- tasks ---- */

static void fail(struct runner *r, const struct scenario_step *step, const char *text)
{
    char name[RUNNER_STEP_NAME];
    if (r->result.failed || hand_failed(r, step, text))
        return;
    r->result.failed = true;
    (void)snprintf(r->result.sentence, sizeof(r->result.sentence), "step %s (%s): %.400s",
                   step_name(step, name), vocab_action(step->action)->name, text);
    runner_say(r, "%s", r->result.sentence);
}

struct task *runner_task(struct runner *r, const struct scenario_branch *branch,
                         struct task *parent)
{
    for (size_t i = 0; i < RUNNER_TASKS_MAX; i++) {
        struct task *t = &r->tasks[i];
        if (i < r->tasks_end && t->used)
            continue;
        if (i == r->tasks_end)
            r->tasks_end++;
        *t = (struct task){.used = true, .branch = branch, .parent = parent};
        t->previous_end_ns = runner_now(r);
        if (parent != NULL)
            parent->children++;
        return t;
    }
    return NULL;
}

static void step_ended(struct runner *r, struct task *t)
{
    t->previous_end_ns = runner_now(r);
    t->at++;
    t->phase = TASK_NEXT;
    r->result.steps_done++;
}

static void bind(struct runner *r, const struct scenario_step *step, nodeset nodes)
{
    if (step->as != NULL && nodes != 0)
        runner_bind(r, step->as, nodes);
}

static int start_children(struct runner *r, struct task *t, const struct scenario_branch *branch,
                          struct err *e)
{
    if (runner_task(r, branch, t) == NULL)
        return err_set(e, -E_LIMIT, "more than %d branches at once", RUNNER_TASKS_MAX);
    t->phase = TASK_CHILDREN;
    t->iteration_ns = runner_now(r);
    return 0;
}

static const struct scenario_branch *draw_branch(struct runner *r,
                                                 const struct scenario_branches *b)
{
    uint64_t total = 0;
    for (size_t i = 0; i < b->count; i++)
        total += b->items[i].weight;
    uint64_t at = prng_below(&r->rnd, total == 0 ? 1 : total);
    for (size_t i = 0; i < b->count; i++) {
        if (at < b->items[i].weight)
            return &b->items[i];
        at -= b->items[i].weight;
    }
    return &b->items[b->count - 1];
}

static int start_flow(struct runner *r, struct task *t, const struct scenario_step *step,
                      struct err *e)
{
    int code = 0;
    if (step->action == ACTION_fuzz) {
        fuzz_begin(r, t, step);
        t->phase = TASK_FUZZ;
        return 0;
    }
    t->times_left = 1;
    if (step->action == ACTION_repeat || step->action == ACTION_every ||
        step->action == ACTION_include) {
        t->times_left = scenario_arg_u64(&step->args, PARAM_times, 1);
        t->body = &scenario_arg(&step->args, PARAM_steps)->branches.items[0];
        return start_children(r, t, t->body, e);
    }
    const struct scenario_branches *b = &scenario_arg(&step->args, PARAM_branches)->branches;
    if (step->action == ACTION_choose)
        return start_children(r, t, draw_branch(r, b), e);
    for (size_t i = 0; i < b->count && code == 0; i++)
        code = start_children(r, t, &b->items[i], e);
    return code;
}

static bool is_flow(enum action_id action)
{
    return action == ACTION_repeat || action == ACTION_every || action == ACTION_parallel ||
           action == ACTION_choose || action == ACTION_include || action == ACTION_fuzz;
}

static void arm(struct runner *r, struct task *t, const struct scenario_step *step,
                const struct scenario_condition *c, enum task_phase phase)
{
    struct err e = {0};
    if (waiting_arm(r, c, &t->waiting, &e) < 0) {
        fail(r, step, e.text);
        return;
    }
    if (!t->again)
        t->deadline_ns = step->within_ns == 0 ? UINT64_MAX : runner_now(r) + step->within_ns;
    t->phase = phase;
    if (phase == TASK_WHEN && trigger_arm(r, step, t, &e) < 0)
        fail(r, step, e.text);
}

/* The next step goes on beside it; it is not beside the others already. */
static bool is_aside_wanted(const struct task *t, const struct scenario_step *step)
{
    return step->background && t->branch != &t->own;
}

static void start_step(struct runner *r, struct task *t, const struct scenario_step *step)
{
    struct err e = {0};
    nodeset nodes = 0;
    if (step->action == ACTION_wait) {
        arm(r, t, step, step->wait, TASK_WAIT);
        return;
    }
    if (is_flow(step->action)) {
        if (start_flow(r, t, step, &e) < 0)
            fail(r, step, e.text);
        return;
    }
    int code = record_perform(r, t, step, &nodes, &e);
    if (code == -E_NOTFOUND && !step->must) {
        runner_say(r, "step %u skipped: %s", step->number, e.text);
    } else if (code < 0) {
        fail(r, step, e.text);
        return;
    } else if (nodes != 0 && step->action != ACTION_net_partition) {
        char names[NODESET_TEXT_MAX];
        runner_say(r, "%s %s", vocab_action(step->action)->name, nodeset_print(nodes, names));
    }
    bind(r, step, nodes);
    if (is_aside_wanted(t, step) && (t->activity.on || t->admin.on || t->operation.on))
        (void)record_aside(r, t);
    if (t->activity.on)
        t->phase = TASK_ACTIVITY;
    else if (t->admin.on)
        t->phase = TASK_ADMIN;
    else if (t->operation.on)
        t->phase = TASK_OPERATION;
    else
        step_ended(r, t);
}

/* A wait, or the `when` of a step: true when it came to an end. */
static bool look(struct runner *r, struct task *t, const struct scenario_step *step,
                 const struct scenario_condition *c, uint64_t *wake)
{
    nodeset found = 0;
    if (waiting_holds(r, c, &t->waiting, wake, &found)) {
        trigger_done(r, step, &t->waiting, found);
        waiting_free(&t->waiting, c);
        bind(r, step, found);
        return true;
    }
    if (runner_now(r) >= t->deadline_ns && !t->again) {
        struct buf text = {0};
        char span[UNITS_TEXT_MAX];
        buf_puts(&text, "did not happen within ");
        buf_puts(&text, units_print_duration(step->within_ns, span));
        buf_puts(&text, ": ");
        scenario_print_condition(c, &text);
        fail(r, step, buf_str(&text));
        buf_free(&text);
    }
    if (t->deadline_ns < *wake)
        *wake = t->deadline_ns;
    return false;
}

static void children_ended(struct runner *r, struct task *t, const struct scenario_step *step,
                           uint64_t *wake)
{
    struct err e = {0};
    if (t->times_left <= 1) {
        step_ended(r, t);
        return;
    }
    uint64_t due = t->iteration_ns + scenario_arg_u64(&step->args, PARAM_period, 0);
    if (runner_now(r) < due) {
        *wake = due < *wake ? due : *wake;
        return;
    }
    t->times_left--;
    if (start_children(r, t, t->body, &e) < 0)
        fail(r, step, e.text);
}

/* An answer that contradicts the step is the cluster's fault, not the laboratory's. */
static void answer_failed(struct runner *r, const struct task *t, const struct scenario_step *step,
                          const struct err *e)
{
    char text[ERR_TEXT_MAX + 16];
    bool first = !r->result.failed, about = t->phase == TASK_ADMIN && t->admin.subject >= 0;
    (void)snprintf(text, sizeof(text), "n%d: %s", t->admin.subject + 1, e->text);
    fail(r, step, about ? text : e->text);
    if (first && r->result.failed)
        r->result.contradicted = e->code == -E_MISMATCH;
}

static void next_step(struct runner *r, struct task *t)
{
    if (t->at == t->branch->count) {
        t->used = false;
        if (t->parent != NULL)
            t->parent->children--;
        return;
    }
    const struct scenario_step *step = &t->branch->steps[t->at];
    t->ready_ns =
        step->has_at ? r->result.started_ns + step->at_ns : t->previous_end_ns + step->after_ns;
    t->activity.on = t->admin.on = t->operation.on = t->again = false;
    t->phase = TASK_TIME;
}

/* A step that waits for its moment, once or as often as it comes within its limit. */
static bool when_advance(struct runner *r, struct task *t, const struct scenario_step *step,
                         uint64_t *wake)
{
    if (t->again && runner_now(r) >= t->deadline_ns) {
        trigger_done(r, step, &t->waiting, 0);
        waiting_free(&t->waiting, step->when);
        step_ended(r, t);
        return true;
    }
    if (!look(r, t, step, step->when, wake))
        return false;
    start_step(r, t, step);
    t->again =
        step->when->kind == WAIT_trigger && !scenario_arg_bool(&step->when->args, PARAM_once, true);
    if (!t->again || r->result.failed || t->phase != TASK_NEXT)
        return true;
    t->at--;
    r->result.steps_done--;
    arm(r, t, step, step->when, TASK_WHEN);
    return true;
}

/* What goes on within a step; true when it has come to its end. */
static bool goes_on(struct runner *r, struct task *t, const struct scenario_step *step,
                    uint64_t *wake)
{
    struct err e;
    int code = 0;
    bool over = t->phase == TASK_ACTIVITY ? activity_advance(r, t, step, wake, &e, &code)
                : t->phase == TASK_ADMIN  ? admin_advance(r, t, step, wake, &e, &code)
                : t->phase == TASK_FUZZ   ? fuzz_advance(r, t, step, wake, &e, &code)
                                          : operation_advance(r, t, step, wake, &e, &code);
    if (!over)
        return false;
    if (code < 0)
        answer_failed(r, t, step, &e);
    r->deeds += t->phase != TASK_FUZZ;
    step_ended(r, t);
    return true;
}

/* One move of one task; false: it has to wait, *wake says until when. */
static bool task_advance(struct runner *r, struct task *t, uint64_t *wake)
{
    if (t->phase == TASK_NEXT) {
        next_step(r, t);
        return true;
    }
    const struct scenario_step *step = &t->branch->steps[t->at];
    switch (t->phase) {
    case TASK_NEXT: break;
    case TASK_TIME:
        if (!place_reached(r, t, step, wake))
            return false;
        if (step->when != NULL && is_aside_wanted(t, step) && record_aside(r, t))
            step_ended(r, t);
        else if (step->when != NULL)
            arm(r, t, step, step->when, TASK_WHEN);
        else
            start_step(r, t, step);
        return true;
    case TASK_WHEN: return when_advance(r, t, step, wake);
    case TASK_WAIT:
        if (!look(r, t, step, step->wait, wake))
            return false;
        step_ended(r, t);
        return true;
    case TASK_CHILDREN:
        if (t->children > 0)
            return false;
        children_ended(r, t, step, wake);
        return t->phase == TASK_NEXT || t->children > 0;
    case TASK_ACTIVITY:
    case TASK_ADMIN:
    case TASK_OPERATION:
    case TASK_FUZZ: return goes_on(r, t, step, wake);
    }
    return false;
}

static uint64_t advance_tasks(struct runner *r)
{
    uint64_t wake;
    bool moved, any;
    do {
        uint64_t deeds = r->deeds;
        moved = any = false;
        wake = r->next_event = UINT64_MAX;
        for (size_t i = 0; i < r->tasks_end && !r->result.failed; i++) {
            if (!r->tasks[i].used)
                continue;
            any = true;
            moved |= task_advance(r, &r->tasks[i], &wake);
        }
        moved |= r->deeds != deeds; /* a place may have been reached by it */
    } while (moved && !r->result.failed);
    return any ? wake : 0;
}

/* ---- life ---- */

static void failed_at(struct runner *r, const char *what, const struct err *e)
{
    if (!r->result.failed)
        (void)snprintf(r->result.sentence, sizeof(r->result.sentence), "%s%.480s", what, e->text);
    r->result.failed = true;
}

/* The clock of `at`, the clients and the first step. */
static void begin_story(struct runner *r)
{
    r->begun = true;
    r->result.started_ns = runner_now(r);
    struct err e = {0};
    if (loads_begin(r, &e) < 0)
        failed_at(r, "load: ", &e);
    (void)runner_task(r, &r->s->steps, NULL);
}

/* Learners cannot found a cluster: they are added to it before the story begins. */
static void begin_births(struct runner *r)
{
    struct scenario_branch *b = &r->births;
    size_t first = r->s->cluster.voters, count = r->s->cluster.learners;
    b->steps = mem_array(1, sizeof(*b->steps));
    b->count = b->weight = 1;
    struct scenario_step *step = &b->steps[0];
    *step = (struct scenario_step){.action = ACTION_member_add, .must = true};
    step->label = mem_strdup("learners");
    step->args.items = mem_array(2, sizeof(*step->args.items));
    step->args.count = 2;
    struct scenario_value *who = &step->args.items[0];
    *who = (struct scenario_value){.id = PARAM_who, .type = PARAM_TYPE_who};
    who->who.items = mem_array(count, sizeof(*who->who.items));
    for (size_t i = 0; i < count; i++)
        who->who.items[who->who.count++] =
            (struct selector){.kind = SELECT_node, .number = first + i};
    step->args.items[1] = (struct scenario_value){
        .id = PARAM_as, .type = PARAM_TYPE_choice, .text = mem_strdup("learner")};
    (void)runner_task(r, b, NULL);
}

int runner_start(struct runner *r, struct err *e)
{
    struct cluster_view view;
    struct view_name bindings[RUNNER_BINDINGS_MAX], marks[RUNNER_BINDINGS_MAX];
    runner_view(r, &view, bindings, marks);
    int code = links_configure(&r->links, r->s, &view, &r->rnd, e);
    if (code == 0)
        code = links_apply(&r->links, &r->w, e);
    for (unsigned i = 0; i < r->s->cluster.voters && code == 0; i++)
        code = runner_start_node(r, i, NULL, e);
    if (code < 0)
        return code;
    if (r->s->cluster.learners > 0)
        begin_births(r);
    else
        begin_story(r);
    return 0;
}

/* A core is to recover first; false: none is. */
static bool core_follows(struct runner *r)
{
    struct err e = {0};
    int code = 0;
    bool begun = !r->result.failed && core_begin(r, &e, &code);
    if (code < 0)
        failed_at(r, "core: ", &e);
    if (begun) {
        fault_together(r);
        r->phase = RUNNER_CORE;
    }
    return begun;
}

static void end_steps(struct runner *r)
{
    struct err e = {0};
    if (faults_heal_all(r, &e) < 0)
        failed_at(r, "final heal: ", &e);
    fault_together(r);
    r->phase = r->result.failed ? RUNNER_DONE : RUNNER_FINALS;
    r->result.ended_ns = runner_now(r);
    r->rnd = prng_named(r->seed, "finals"); /* however much the steps have drawn */
}

/* Faults that begin and end by themselves. */
static void advance_faults(struct runner *r)
{
    struct err e;
    int code = points_reached(r, &e);
    pins_undo(r);
    if (code == 0)
        code = loads_undo(r, &e);
    if (code == 0)
        code = faults_undo(r, &e);
    if (code < 0)
        failed_at(r, "", &e);
}

/* When to go on: also when the next fault ends; 0: not at all. */
static uint64_t next_ns(const struct runner *r, uint64_t wake)
{
    uint64_t undo = faults_next_ns(r), pins = pins_next_ns(r), loads = loads_next_ns(r);
    undo = pins < undo ? pins : undo;
    undo = loads < undo ? loads : undo;
    return r->result.failed ? 0 : wake != 0 && undo < wake ? undo : wake;
}

static uint64_t advance_steps(struct runner *r)
{
    advance_faults(r);
    uint64_t wake = r->result.failed ? 0 : advance_tasks(r);
    if (wake == 0 && !r->begun && !r->result.failed) {
        begin_story(r);
        wake = advance_tasks(r);
    }
    if (wake == 0 && r->stays)
        wake = UINT64_MAX;
    return next_ns(r, wake);
}

static uint64_t advance_core(struct runner *r)
{
    advance_faults(r);
    return r->result.failed ? 0 : next_ns(r, core_advance(r));
}

static uint64_t advance(struct runner *r)
{
    uint64_t wake = 0;
    r->next_event = UINT64_MAX;
    if (r->phase == RUNNER_STEPS) {
        wake = advance_steps(r);
        r->steps_ended_ns = runner_now(r);
        r->steps_ended_at = runner_place(r);
        if (wake != 0)
            return wake;
        if (!core_follows(r))
            end_steps(r);
    }
    if (r->phase == RUNNER_CORE) {
        wake = advance_core(r);
        if (wake != 0)
            return wake;
        end_steps(r);
    }
    return r->phase == RUNNER_FINALS ? finals_advance(r) : UINT64_MAX;
}

uint64_t runner_advance(struct runner *r)
{
    uint64_t look = usage_advance(r), wake = advance(r);
    return look < wake && r->phase != RUNNER_DONE ? look : wake;
}

bool runner_done(const struct runner *r)
{
    return r->phase == RUNNER_DONE;
}

void runner_abort(struct runner *r, const char *why)
{
    if (r->phase == RUNNER_DONE)
        return;
    r->result.failed = true;
    (void)snprintf(r->result.sentence, sizeof(r->result.sentence), "%s", why);
    end_steps(r);
    r->phase = RUNNER_DONE;
}

struct runner_result runner_result(const struct runner *r)
{
    return r->result;
}
