/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/walk.h"

#include "base/units.h"

/* Two clocks: the earliest possible one and the likely one. Values saturate. */
struct moment {
    uint64_t early_ns, likely_ns;
};

struct walker {
    const struct scenario *s;
    const struct walk *w;
};

static uint64_t add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t times(uint64_t a, uint64_t count)
{
    uint64_t product;
    return __builtin_mul_overflow(a, count, &product) ? UINT64_MAX : product;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void pass(struct moment *m, uint64_t ns)
{
    m->early_ns = add(m->early_ns, ns);
    m->likely_ns = add(m->likely_ns, ns);
}

/* A guess at how long a condition is waited for: its own times, two election timeouts for a leader,
 * the load's rate for entries, a second for everything else. */
static uint64_t likely_wait(const struct scenario *s, const struct scenario_condition *c,
                            uint64_t within_ns)
{
    uint64_t ns = NS_PER_S, rate = s->clients.rate_per_s > 0 ? s->clients.rate_per_s : 200;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum" /* a second */
    switch (c->kind) {
    case WAIT_leader:
        ns = add(2 * s->cluster.election_ns_max, scenario_arg_u64(&c->args, PARAM_stable, 0));
        break;
    case WAIT_noLeader:
    case WAIT_quiet: ns = scenario_arg_u64(&c->args, PARAM_for, 0); break;
    case WAIT_term: ns = scenario_arg_u64(&c->args, PARAM_unchangedFor, NS_PER_S); break;
    case WAIT_commit:
        ns = times(scenario_arg_u64(&c->args, PARAM_plus, rate), NS_PER_S) / rate;
        break;
    default: break;
    }
#pragma GCC diagnostic pop
    return ns < within_ns ? ns : within_ns;
}

/* How long a step keeps the next one waiting, nested steps aside. */
static uint64_t own_length(const struct scenario_step *step)
{
    const struct scenario_args *a = &step->args;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum" /* the others end at once */
    switch (step->action) {
    case ACTION_net_flap:
        return times(scenario_arg_u64(a, PARAM_up, 0) + scenario_arg_u64(a, PARAM_down, 0),
                     scenario_arg_u64(a, PARAM_cycles, 1));
    case ACTION_proc_stutter:
        return times(scenario_arg_u64(a, PARAM_run, 0) + scenario_arg_u64(a, PARAM_stop, 0),
                     scenario_arg_u64(a, PARAM_cycles, 1));
    case ACTION_net_ramp: return scenario_arg_u64(a, PARAM_over, 0);
    case ACTION_fuzz: return add(step->for_ns, scenario_arg_u64(a, PARAM_stability, 0));
    default: return 0;
    }
#pragma GCC diagnostic pop
}

static const struct scenario_branches *nested(const struct scenario_step *step)
{
    for (size_t i = 0; i < step->args.count; i++) {
        enum param_type type = step->args.items[i].type;
        if (type == PARAM_TYPE_steps || type == PARAM_TYPE_branches)
            return &step->args.items[i].branches;
    }
    return NULL;
}

/* Recursion as deep as steps may be nested: SCENARIO_NEST_MAX. */
static struct moment walk_branch(const struct walker *w, const struct scenario_branch *branch,
                                 unsigned depth, struct moment start);

static struct moment walk_nested(const struct walker *w, const struct scenario_step *step,
                                 unsigned depth, struct moment start)
{
    const struct scenario_branches *b = nested(step);
    struct moment end = start;
    for (size_t i = 0; b != NULL && i < b->count; i++) {
        struct moment m = walk_branch(w, &b->items[i], depth + 1, start);
        end.early_ns = later(end.early_ns, m.early_ns);
        end.likely_ns = later(end.likely_ns, m.likely_ns);
    }
    uint64_t rounds = scenario_arg_u64(&step->args, PARAM_times, 1);
    uint64_t early = times(end.early_ns - start.early_ns, rounds);
    uint64_t likely = times(end.likely_ns - start.likely_ns, rounds);
    uint64_t period = scenario_arg_u64(&step->args, PARAM_period, 0);
    early = later(early, times(period, rounds > 0 ? rounds - 1 : 0));
    likely = later(likely, times(period, rounds));
    return (struct moment){add(start.early_ns, early), add(start.likely_ns, likely)};
}

static struct moment walk_branch(const struct walker *w, const struct scenario_branch *branch,
                                 unsigned depth, struct moment now)
{
    for (size_t i = 0; i < branch->count; i++) {
        const struct scenario_step *step = &branch->steps[i];
        pass(&now, step->after_ns);
        if (step->has_at) {
            now.early_ns = later(now.early_ns, step->at_ns);
            now.likely_ns = later(now.likely_ns, step->at_ns);
        }
        if (w->w->visit != NULL)
            w->w->visit(step, depth, now.early_ns, now.likely_ns, w->w->arg);
        if (step->when != NULL)
            now.likely_ns = add(now.likely_ns, likely_wait(w->s, step->when, step->within_ns));
        if (step->wait != NULL && step->wait->kind == WAIT_time)
            pass(&now, scenario_arg_u64(&step->wait->args, PARAM_time, 0));
        else if (step->wait != NULL)
            now.likely_ns = add(now.likely_ns, likely_wait(w->s, step->wait, step->within_ns));
        pass(&now, step->background ? 0 : own_length(step));
        if (nested(step) != NULL)
            now = walk_nested(w, step, depth, now);
    }
    return now;
}

uint64_t scenario_walk(const struct scenario *s, const struct walk *w)
{
    const struct walker walker = {s, w};
    return walk_branch(&walker, &s->steps, 0, (struct moment){0, 0}).likely_ns;
}

struct each {
    void (*visit)(const struct scenario_step *step, void *arg);
    void *arg;
};

static void visit_each(const struct scenario_step *step, unsigned depth, uint64_t early_ns,
                       uint64_t likely_ns, void *arg)
{
    const struct each *each = arg;
    (void)depth;
    (void)early_ns;
    (void)likely_ns;
    each->visit(step, each->arg);
}

void scenario_each_step(const struct scenario *s,
                        void (*visit)(const struct scenario_step *step, void *arg), void *arg)
{
    struct each each = {visit, arg};
    const struct walk w = {.visit = visit_each, .arg = &each};
    (void)scenario_walk(s, &w);
}

uint64_t scenario_length_ns(const struct scenario *s)
{
    const struct walk silent = {0};
    return scenario_walk(s, &silent);
}
