/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that go on for a while: flapping links, stuttering nodes, ramps. */
#include "emulator/runner/runner_private.h"

#include <signal.h>

static struct links *lane_of(struct runner *r, const struct scenario_step *step)
{
    return links_lane_of(&r->links, runner_lane_messages(step));
}

static int flap(struct runner *r, struct activity *a, struct err *e)
{
    a->down = !a->down;
    cuts_flap(r, a);
    return links_apply(&r->links, &r->w, e);
}

static int stutter(struct runner *r, struct activity *a, struct err *e)
{
    a->down = !a->down;
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if ((a->nodes >> i & 1) == 0 || !r->o->nodes[i].alive)
            continue;
        int code = r->w.pause(r->w.arg, i, a->down, e);
        if (code < 0)
            return code;
    }
    return 0;
}

/* One turn of a two-beat activity; the end is always the healthy beat. */
static int beat(struct runner *r, struct task *t, const struct scenario_step *step, struct err *e)
{
    struct activity *a = &t->activity;
    bool net = step->action == ACTION_net_flap;
    int code = net ? flap(r, a, e) : stutter(r, a, e);
    uint64_t span = net ? scenario_arg_u64(&step->args, a->down ? PARAM_down : PARAM_up, 0)
                        : scenario_arg_u64(&step->args, a->down ? PARAM_stop : PARAM_run, 0);
    uint64_t jitter = net ? scenario_arg_u64(&step->args, PARAM_jitter, 0) : 0;
    if (jitter > 0)
        span += prng_below(&a->rnd, jitter);
    a->next_ns += span;
    if (!a->down)
        a->cycles_left--;
    return code;
}

/* A tenth of a second a notch is finer than anything a cluster notices. */
#define RAMP_NOTCH_NS 100000000ull

static double blend(double from, double to, double share)
{
    return from + (to - from) * share;
}

static int ramp(struct runner *r, struct task *t, const struct scenario_step *step, struct err *e)
{
    struct activity *a = &t->activity;
    uint64_t over = scenario_arg_u64(&step->args, PARAM_over, 1), now = runner_now(r);
    const struct scenario_value *from = scenario_arg(&step->args, PARAM_from);
    const struct scenario_value *to = scenario_arg(&step->args, PARAM_to);
    double share = now - a->began_ns >= over ? 1.0 : (double)(now - a->began_ns) / (double)over;
    struct scenario_value value = *to;
    if (to->type == PARAM_TYPE_share)
        value.share = blend(from->share, to->share, share);
    else
        value.u64 = (uint64_t)blend((double)from->u64, (double)to->u64, share);
    links_shape_one(lane_of(r, step), &a->links,
                    (enum param_id)scenario_arg_u64(&step->args, PARAM_parameter, 0), &value);
    a->next_ns = now + RAMP_NOTCH_NS;
    if (share >= 1.0)
        a->cycles_left = 0;
    return links_apply(&r->links, &r->w, e);
}

bool activity_advance(struct runner *r, struct task *t, const struct scenario_step *step,
                      uint64_t *wake, struct err *e, int *ret_code)
{
    struct activity *a = &t->activity;
    for (; a->cycles_left > 0 && runner_now(r) >= a->next_ns && *ret_code == 0; r->deeds++)
        *ret_code = step->action == ACTION_net_ramp       ? ramp(r, t, step, e)
                    : step->action == ACTION_proc_rolling ? rolling_turn(r, a, step, e)
                                                          : beat(r, t, step, e);
    if (a->cycles_left == 0 || *ret_code < 0) {
        a->on = false;
        cuts_flap_end(r, a);
        faults_close(r);
        return true;
    }
    if (a->next_ns < *wake)
        *wake = a->next_ns;
    return false;
}
