/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps about the load. Those with an end lie one over the other, the newest on top; what has none
 * stays. */
#include "emulator/runner/runner_private.h"
#include "emulator/scenario/walk.h"

/* ---- at the start ---- */

struct load_search {
    bool found, starts;
};

static void find_load(const struct scenario_step *step, void *arg)
{
    struct load_search *search = arg;
    bool starts = step->action == ACTION_load_start;
    if (search->found || (!starts && step->action != ACTION_load_stop))
        return;
    *search = (struct load_search){.found = true, .starts = starts};
}

bool load_at_start(const struct scenario *s)
{
    struct load_search search = {0};
    scenario_each_step(s, find_load, &search);
    return s->clients.count > 0 && !s->clients.idle && !search.starts;
}

/* ---- what is in force ---- */

/* The load as what is in force makes it. */
static void compose(const struct load *load, struct load_state *ret)
{
    *ret = load->base;
    for (size_t i = 0; i < load->changes_count; i++) {
        const struct scenario_step *step = load->changes[i].step;
        scenario_load_set(&ret->how, &step->args);
        if (step->action == ACTION_load_start || step->action == ACTION_load_stop) {
            ret->on = step->action == ACTION_load_start;
            ret->operations = scenario_arg_u64(&step->args, PARAM_ops, 0);
        }
    }
}

/* What has no end and lies lowest is not told from how it was before. */
static void settle(struct load *load)
{
    size_t lasting = 0;
    while (lasting < load->changes_count && load->changes[lasting].undo_ns == UINT64_MAX)
        lasting++;
    struct load lowest = {.base = load->base, .changes_count = lasting};
    for (size_t i = 0; i < lasting; i++)
        lowest.changes[i] = load->changes[i];
    compose(&lowest, &load->base);
    for (size_t i = lasting; i < load->changes_count; i++)
        load->changes[i - lasting] = load->changes[i];
    load->changes_count -= lasting;
}

static int put_in_force(struct runner *r, bool was_on, struct err *e)
{
    struct load_state now;
    compose(&r->load, &now);
    int code = r->w.load_shape(r->w.arg, &now.how, e);
    if (code == 0 && now.on != was_on)
        r->w.load(r->w.arg, now.on, now.operations);
    return code;
}

static bool is_on(const struct runner *r)
{
    struct load_state now;
    compose(&r->load, &now);
    return now.on;
}

static void say(struct runner *r, const struct scenario_step *step)
{
    const struct scenario_value *rate = scenario_arg(&step->args, PARAM_ratePerS);
    if (rate != NULL)
        runner_say(r, "load of %llu operations a second", (unsigned long long)rate->u64);
    if (step->action == ACTION_load_start)
        runner_say(r, "load starts");
    if (step->action == ACTION_load_stop)
        runner_say(r, "load stops");
}

static int burst(struct runner *r, const struct scenario_step *step, struct err *e)
{
    struct load_state now;
    uint64_t operations = scenario_arg_u64(&step->args, PARAM_ops, 0);
    compose(&r->load, &now);
    now.how.rate_per_s = 0;
    scenario_load_set(&now.how, &step->args);
    runner_say(r, "a burst of %llu operations", (unsigned long long)operations);
    return r->w.load_burst(r->w.arg, operations, &now.how, e);
}

int action_load(struct runner *r, const struct scenario_step *step, struct err *e)
{
    struct load *load = &r->load;
    if (step->action == ACTION_load_burst)
        return burst(r, step, e);
    if (load->changes_count == RUNNER_LOADS_MAX)
        return err_set(e, -E_LIMIT, "more than %d steps about the load in force at once",
                       RUNNER_LOADS_MAX);
    /* load.start always begins, even what runs already: with other operations to come. */
    bool was_on = step->action != ACTION_load_start && is_on(r);
    load->changes[load->changes_count++] = (struct load_change){
        .step = step, .undo_ns = step->for_ns == 0 ? UINT64_MAX : runner_now(r) + step->for_ns};
    say(r, step);
    int code = put_in_force(r, was_on, e);
    if (code < 0)
        load->changes_count--;
    settle(load);
    return code;
}

uint64_t loads_next_ns(const struct runner *r)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < r->load.changes_count; i++)
        next = r->load.changes[i].undo_ns < next ? r->load.changes[i].undo_ns : next;
    return next;
}

int loads_undo(struct runner *r, struct err *e)
{
    struct load *load = &r->load;
    size_t kept = 0, before = load->changes_count;
    if (loads_next_ns(r) > runner_now(r))
        return 0;
    bool was_on = is_on(r);
    for (size_t i = 0; i < before; i++) {
        const struct load_change *change = &load->changes[i];
        if (change->undo_ns > runner_now(r))
            load->changes[kept++] = *change;
        else
            runner_say(r, "%s ends", vocab_action(change->step->action)->name);
    }
    load->changes_count = kept;
    int code = put_in_force(r, was_on, e);
    settle(load);
    return code;
}

int loads_forget(struct runner *r, struct err *e)
{
    for (size_t i = 0; i < r->load.changes_count; i++) {
        if (r->load.changes[i].undo_ns != UINT64_MAX)
            r->load.changes[i].undo_ns = 0;
    }
    return loads_undo(r, e);
}

int loads_begin(struct runner *r, struct err *e)
{
    r->load.base =
        (struct load_state){.how = scenario_load_of(&r->s->clients), .on = load_at_start(r->s)};
    if (r->s->clients.count == 0)
        return 0;
    return put_in_force(r, false, e);
}
