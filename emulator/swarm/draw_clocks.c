/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of clocks. Where leases are granted, no clock is bent further than they bear: beyond, a
 * stale read breaks no promise. */
#include "emulator/scenario/vocab.h"
#include "emulator/swarm/draw.h"

#define DRIFT_PPM 100000 /* max_clock_drift, where nothing else is said */

static bool can(const struct draw *d)
{
    return (d->capabilities >> CAP_clock & 1) != 0;
}

static const char *whose(struct draw *d)
{
    if (d->voters + d->learners + d->spare < 2)
        return "all";
    return DRAW(d, "leader", "followers", "random(1)", "random(2)", "follower(0)", "all");
}

static long long rate_ppm(struct draw *d)
{
    if (d->lease_reads)
        return draw_chance(d, 50) ? DRIFT_PPM : -DRIFT_PPM;
    return draw_chance(d, 50) ? draw_count(d, 1, 4000000) : -(long long)draw_count(d, 1, 900000);
}

bool draw_clock_rate(struct draw *d)
{
    if (!can(d))
        return false;
    long long ppm = rate_ppm(d);
    const char *who = whose(d);
    draw_step(d, draw_span_ms(d) * 5, "\"clock.rate\": {\"who\": \"%s\", \"ppm\": \"%lldppm\"}",
              who, ppm);
    return true;
}

/* The leader's clock as slow and the others' as fast as may be, and nobody hears of the leader. */
bool draw_clock_drift(struct draw *d)
{
    if (!can(d) || d->voters < 3)
        return false;
    unsigned span_ms = d->et_ms * draw_count(d, 3, 8);
    draw_step(d, span_ms, "\"clock.rate\": {\"who\": \"leader\", \"ppm\": \"-%uppm\"}", DRIFT_PPM);
    draw_step(d, span_ms, "\"clock.rate\": {\"who\": \"followers\", \"ppm\": \"%uppm\"}",
              DRIFT_PPM);
    draw_step(d, span_ms, "\"net.isolate\": {\"who\": \"leader\"}");
    return true;
}

bool draw_clock_jump(struct draw *d)
{
    if (!can(d) || d->lease_reads)
        return false;
    unsigned by_ms = draw_chance(d, 10) ? 3600000 : draw_span_ms(d);
    const char *sign = DRAW(d, "+", "-");
    draw_step(d, 0, "\"clock.jump\": {\"who\": \"%s\", \"by\": \"%s%ums\"}", whose(d), sign, by_ms);
    return true;
}

bool draw_clock_strobe(struct draw *d)
{
    if (!can(d) || d->lease_reads)
        return false;
    unsigned period_ms = draw_count(d, 1, d->et_ms);
    unsigned delta_ms = draw_count(d, 1, d->et_ms * 2);
    const char *who = whose(d);
    draw_step(d, draw_span_ms(d) * 3,
              "\"clock.strobe\": {\"who\": \"%s\", \"delta\": \"%ums\", \"period\": \"%ums\"}", who,
              delta_ms, period_ms);
    return true;
}

bool draw_clock_freeze(struct draw *d)
{
    if (!can(d) || d->lease_reads)
        return false;
    const char *who = whose(d);
    draw_step(d, draw_span_ms(d), "\"clock.freeze\": {\"who\": \"%s\"}", who);
    return true;
}
