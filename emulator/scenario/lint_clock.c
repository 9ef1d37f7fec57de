/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of clocks: what would do nothing, and what leases do not bear. */
#include "emulator/scenario/clocks.h"
#include "emulator/scenario/lint_inside.h"
#include "emulator/scenario/walk.h"

static void check_rate(struct lint *l, const struct scenario_step *step)
{
    int64_t ppm = scenario_arg_i64(&step->args, PARAM_ppm, 0);
    if (ppm == 0)
        lint_say_param(l, step, PARAM_ppm, "clock.reset makes it right again",
                       "a clock that is 0ppm off is right");
    else if (ppm <= SCENARIO_CLOCK_PPM_MIN)
        lint_say_param(l, step, PARAM_ppm, "clock.freeze lets it stand",
                       "a clock that is a million ppm slow stands, and none runs backwards");
    else if (ppm > SCENARIO_CLOCK_PPM_MAX)
        lint_say_param(l, step, PARAM_ppm, NULL,
                       "no clock runs more than a hundred times too fast");
}

static void check_strobe(struct lint *l, const struct scenario_step *step)
{
    if (scenario_arg_u64(&step->args, PARAM_delta, 0) == 0)
        lint_say_param(l, step, PARAM_delta, NULL, "a jump of nothing");
    if (scenario_arg_u64(&step->args, PARAM_period, 0) == 0)
        lint_say_param(l, step, PARAM_period, NULL, "a period of nothing");
}

/* Leases rest on rates: whoever goes beyond them shall know it. */
static void check_promise(struct lint *l, const struct scenario_step *step)
{
    if (!scenario_lease_reads(l->s) || !scenario_clock_beyond(l->s, step))
        return;
    lint_say(l, DIAG_WARNING, lint_step(l, step), true, NULL,
             "lease_reads is on, and leases bear clocks whose rate is off by at most %lluppm: a "
             "stale read from here on breaks no promise, and is a violation all the same",
             (unsigned long long)scenario_clock_drift_ppm(l->s));
}

static void look(const struct scenario_step *step, void *arg)
{
    struct lint *l = arg;
    if (step->action == ACTION_clock_rate)
        check_rate(l, step);
    else if (step->action == ACTION_clock_strobe)
        check_strobe(l, step);
    else if (step->action == ACTION_clock_jump && scenario_arg_i64(&step->args, PARAM_by, 0) == 0)
        lint_say_param(l, step, PARAM_by, NULL, "a jump of nothing");
    check_promise(l, step);
}

void lint_clocks(struct lint *l)
{
    scenario_each_step(l->s, look, l);
}
