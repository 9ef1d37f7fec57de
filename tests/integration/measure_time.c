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

static void jitter_has_its_shape(void **state)
{
    int attempt = 0;
    int busy = 0;
    (void)state;
    set(N1, N2, (struct impairment){.delay_ns = 20 * NS_PER_MS, .jitter_ns = 10 * NS_PER_MS});
    for (;;) {
        measure(N1, N2, 1000, NS_PER_MS);
        assert_int_equal(result.arrived, 1000);
        assert_true(result.min_ns >= 99 * NS_PER_MS / 10);
        if (result.sd_ns > 4e6 && result.sd_ns < 8e6 && result.median_ns < 24 * NS_PER_MS)
            break;
        try_again(&attempt, &busy);
    }
    set(N1, N2,
        (struct impairment){
            .delay_ns = 30 * NS_PER_MS, .jitter_ns = 5 * NS_PER_MS, .distribution = IMPAIR_NORMAL});
    for (;;) {
        measure(N1, N2, 1000, NS_PER_MS);
        assert_int_equal(result.arrived, 1000);
        assert_true(result.median_ns > 28 * NS_PER_MS); /* of 1000: 7 sigma of the median */
        if (result.median_ns < 34 * NS_PER_MS && result.sd_ns > 4e6 && result.sd_ns < 8e6)
            break;
        try_again(&attempt, &busy);
    }
}

static void a_rate_is_kept(void **state)
{
    enum { PACKETS = 300, SIZE = 1400, HEADERS = 42 };
    int attempt = 0;
    int busy = 0;
    (void)state;
    set(N1, N2, (struct impairment){.rate_bits_per_s = 10000000});
    for (;;) {
        struct probe p = {
            .from = N1, .to = N2, .count = PACKETS, .interval_ns = BLAST_NS, .size_bytes = SIZE};
        probe_run(net, &p, &result);
        assert_int_equal(result.arrived, PACKETS);
        assert_int_equal(result.out_of_order, 0);
        double seconds = (double)(result.last_ns - result.sent_ns[0]) / 1e9;
        double mbit = PACKETS * (SIZE + HEADERS) * 8 / seconds / 1e6;
        print_message("rate 10 Mbit/s: %.2f\n", mbit);
        assert_true(mbit <= 10.2); /* never faster */
        if (mbit >= 8.5)
            break;
        if (result.sent_ns[PACKETS - 1] - result.sent_ns[0] > 150 * NS_PER_MS) {
            print_message("skip: this machine is too slow to fill the link\n");
            skip();
        }
        try_again(&attempt, &busy);
    }
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
