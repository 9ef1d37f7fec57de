/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long packets take: delay, jitter, rate. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/units.h"
#include "netem_measure.h"

static void a_perfect_link_passes_everything_at_once(void **state)
{
    (void)state;
    assert_delay(N1, N2, 0);
    assert_int_equal(result.damaged, 0);
}

static void delays_are_never_short_and_seldom_long(void **state)
{
    static const uint64_t delays_ms[] = {5, 20, 100};
    (void)state;
    for (size_t d = 0; d < ARRAY_LEN(delays_ms); d++) {
        set(N1, N2, (struct impairment){.delay_ns = delays_ms[d] * NS_PER_MS});
        assert_delay(N1, N2, delays_ms[d] * NS_PER_MS);
    }
    assert_delay(N2, N1, 0); /* one direction only */
    assert_delay(N3, N2, 0); /* one sender only */
}

static void clients_have_links_of_their_own(void **state)
{
    (void)state;
    set(C1, N1, (struct impairment){.delay_ns = 20 * NS_PER_MS});
    assert_delay(C1, N1, 20 * NS_PER_MS);
    assert_delay(C2, N1, 0);
    assert_delay(N2, N1, 0);
    assert_delay(N1, C1, 0);
}

/* What 1000 delays must be like. Quantiles, since a stall of the machine drags a standard deviation
 * anywhere but passes these by. The statistical error of each at n = 1000 is in brackets; allowed
 * are five of it and about 0.5 ms for the machine. */
struct shape {
    const char *name;
    double median_ms, median_off_ms;   /* the machine can only add, but early packets are a bug */
    double mad_ms, mad_off_ms;         /* median distance from the median */
    double deciles_ms, deciles_off_ms; /* from the first decile to the last */
};

/* 20 ms +- 10: uniform in 10..30 (0.32, 0.16, 0.3). */
static const struct shape uniform = {"uniform", 20, 2.2, 5, 1.2, 16, 2};
/* 30 ms, sigma 5: 0.674 sigma, 2.56 sigma (0.2, 0.12, 0.36). Neither could pass for the other: a
 * uniform one with this median distance would have 10.8 ms between its deciles. */
static const struct shape normal = {"normal", 30, 2, 3.37, 0.9, 12.8, 1.9};

static bool has_shape(struct tries *tries, const struct shape *s)
{
    double median_ms = (double)result.median_ns / 1e6;
    double mad_ms = (double)result.mad_ns / 1e6;
    double deciles_ms = (double)(result.p90_ns - result.p10_ns) / 1e6;
    print_message("%s: median %.2f, median distance %.2f, between deciles %.2f ms\n", s->name,
                  median_ms, mad_ms, deciles_ms);
    assert_int_equal(result.arrived, 1000);
    assert_true(median_ms > s->median_ms - s->median_off_ms);
    return within(tries, "median, ms", median_ms, 0, s->median_ms + s->median_off_ms) &&
           within(tries, "median distance from the median, ms", mad_ms, s->mad_ms - s->mad_off_ms,
                  s->mad_ms + s->mad_off_ms) &&
           within(tries, "first to last decile, ms", deciles_ms, s->deciles_ms - s->deciles_off_ms,
                  s->deciles_ms + s->deciles_off_ms);
}

static void jitter_has_its_shape(void **state)
{
    struct tries tries = {0};
    (void)state;
    set(N1, N2, (struct impairment){.delay_ns = 20 * NS_PER_MS, .jitter_ns = 10 * NS_PER_MS});
    do {
        measure(N1, N2, 1000, NS_PER_MS);
        assert_true(result.min_ns >= 99 * NS_PER_MS / 10);
    } while (!has_shape(&tries, &uniform));
    tries = (struct tries){0};
    set(N1, N2,
        (struct impairment){
            .delay_ns = 30 * NS_PER_MS, .jitter_ns = 5 * NS_PER_MS, .distribution = IMPAIR_NORMAL});
    do {
        measure(N1, N2, 1000, NS_PER_MS);
    } while (!has_shape(&tries, &normal));
}

static void a_rate_is_kept(void **state)
{
    enum { PACKETS = 300, SIZE = 1400, HEADERS = 42 };
    struct tries tries = {0};
    double mbit = 0;
    (void)state;
    set(N1, N2, (struct impairment){.rate_bits_per_s = 10000000});
    do {
        struct probe p = {
            .from = N1, .to = N2, .count = PACKETS, .interval_ns = BLAST_NS, .size_bytes = SIZE};
        probe_run(net, &p, &result);
        assert_int_equal(result.arrived, PACKETS);
        assert_int_equal(result.out_of_order, 0);
        double seconds = (double)(result.last_ns - result.sent_ns[0]) / 1e9;
        mbit = PACKETS * (SIZE + HEADERS) * 8 / seconds / 1e6;
        print_message("rate 10 Mbit/s: %.2f\n", mbit);
        assert_true(mbit <= 10.2); /* never faster */
        if (mbit < 8.5 && result.sent_ns[PACKETS - 1] - result.sent_ns[0] > 150 * NS_PER_MS)
            skip_busy("this machine is too slow to fill the link");
    } while (!within(&tries, "rate, Mbit/s", mbit, 8.5, 10.2));
}

static void a_short_queue_overflows(void **state)
{
    (void)state;
    set(N1, N2, (struct impairment){.rate_bits_per_s = 1000000, .limit_packets = 20});
    struct probe p = {
        .from = N1, .to = N2, .count = 300, .interval_ns = BLAST_NS, .size_bytes = 1400};
    probe_run(net, &p, &result);
    struct netem_counters n = counters(N1, N2);
    /* 300 packets are sent in a few milliseconds; the wire takes one in 11.5. */
    assert_true(result.arrived >= 20 && result.arrived < 200);
    assert_int_equal(n.queue_full + n.lost, 300 - result.arrived);
}

int measure_time(void)
{
    const struct CMUnitTest tests[] = {
        MEASURE(a_perfect_link_passes_everything_at_once),
        MEASURE(delays_are_never_short_and_seldom_long),
        MEASURE(clients_have_links_of_their_own),
        MEASURE(jitter_has_its_shape),
        MEASURE(a_rate_is_kept),
        MEASURE(a_short_queue_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
