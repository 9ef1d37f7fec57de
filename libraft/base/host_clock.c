/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/host_clock.h"

struct host_clock host_clock_new(uint64_t now_ns, uint64_t shown_ns)
{
    return (struct host_clock){.at_ns = now_ns, .shown_ns = shown_ns};
}

static uint64_t clamped(unsigned __int128 ns)
{
    return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

/* Of its own time, since its last change. */
static uint64_t ran(const struct host_clock *c, uint64_t now_ns)
{
    ASSERT(now_ns >= c->at_ns && c->rate_ppm > -HOST_CLOCK_PPM);
    if (c->frozen)
        return 0;
    return clamped((unsigned __int128)(now_ns - c->at_ns) *
                   (unsigned __int128)(HOST_CLOCK_PPM + c->rate_ppm) / HOST_CLOCK_PPM);
}

uint64_t host_clock_read(const struct host_clock *c, uint64_t now_ns)
{
    uint64_t ns = ran(c, now_ns);
    return c->shown_ns + (ns > c->owed_ns ? ns - c->owed_ns : 0);
}

/* When it has run so long; rounded up: a moment before, it has not. */
static uint64_t moment(const struct host_clock *c, unsigned __int128 ran_ns)
{
    unsigned __int128 rate = (unsigned __int128)(HOST_CLOCK_PPM + c->rate_ppm);
    return clamped((ran_ns * HOST_CLOCK_PPM + rate - 1) / rate + c->at_ns);
}

uint64_t host_clock_when(const struct host_clock *c, uint64_t shown_ns)
{
    if (shown_ns <= c->shown_ns)
        return c->at_ns;
    if (c->frozen)
        return UINT64_MAX;
    return moment(c, (unsigned __int128)(shown_ns - c->shown_ns) + c->owed_ns);
}

uint64_t host_clock_paid(const struct host_clock *c)
{
    return c->owed_ns == 0 ? c->at_ns : c->frozen ? UINT64_MAX : moment(c, c->owed_ns);
}

/* From here on it is told anew. */
static void stop_at(struct host_clock *c, uint64_t now_ns)
{
    uint64_t ns = ran(c, now_ns);
    c->shown_ns = host_clock_read(c, now_ns);
    c->owed_ns -= ns < c->owed_ns ? ns : c->owed_ns;
    c->at_ns = now_ns;
}

void host_clock_jump(struct host_clock *c, uint64_t now_ns, int64_t by_ns)
{
    stop_at(c, now_ns);
    if (by_ns < 0) {
        c->owed_ns += (uint64_t)-by_ns;
        return;
    }
    uint64_t ahead = (uint64_t)by_ns, paid = ahead < c->owed_ns ? ahead : c->owed_ns;
    c->owed_ns -= paid;
    c->shown_ns += ahead - paid;
}

void host_clock_set(struct host_clock *c, uint64_t now_ns, int64_t by_ns)
{
    uint64_t back_ns = by_ns < 0 ? (uint64_t)-by_ns : 0;
    stop_at(c, now_ns);
    c->shown_ns -= back_ns < c->shown_ns ? back_ns : c->shown_ns;
    c->shown_ns += by_ns > 0 ? (uint64_t)by_ns : 0;
}

void host_clock_run(struct host_clock *c, uint64_t now_ns, int64_t rate_ppm, bool frozen)
{
    ASSERT(rate_ppm > -HOST_CLOCK_PPM);
    stop_at(c, now_ns);
    c->rate_ppm = rate_ppm;
    c->frozen = frozen;
}

void host_clock_forgive(struct host_clock *c, uint64_t now_ns)
{
    stop_at(c, now_ns);
    c->owed_ns = 0;
}
