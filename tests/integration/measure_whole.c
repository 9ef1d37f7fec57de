/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP over a link, and what states as a whole promise. */
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/units.h"
#include "netem_measure.h"

/* Streams `total` bytes and compares them: segments arrive whole, in order, with true checksums,
 * whatever the offloads of the devices would like to do. */
static void tcp_streams_arrive_whole(void **state)
{
    enum { TOTAL = 2000000, STEP = 65536 };
    static uint8_t out[STEP];
    static uint8_t in[STEP];
    int from = -1;
    int to = -1;
    int sent = 0;
    int received = 0;
    (void)state;
    set(C1, N1, (struct impairment){.delay_ns = 2 * NS_PER_MS});
    set(N1, C1, (struct impairment){.delay_ns = 2 * NS_PER_MS});
    probe_connect(net, C1, N1, &from, &to);
    uint64_t start_ns = probe_now_ns();
    while (received < TOTAL) {
        int wanted = TOTAL - sent < STEP ? TOTAL - sent : STEP;
        for (int i = 0; i < wanted; i++)
            out[i] = (uint8_t)((sent + i) * 7 + (sent + i) / 251);
        ssize_t n = wanted > 0 ? write(from, out, (size_t)wanted) : 0;
        sent += n > 0 ? (int)n : 0;
        struct pollfd p = {.fd = to, .events = POLLIN};
        (void)poll(&p, 1, 1);
        n = read(to, in, sizeof(in));
        for (int i = 0; i < n; i++)
            assert_int_equal(in[i], (uint8_t)((received + i) * 7 + (received + i) / 251));
        received += n > 0 ? (int)n : 0;
        assert_true(probe_now_ns() - start_ns < 60 * NS_PER_S);
    }
    assert_true(counters(C1, N1).sent > TOTAL / 1500); /* one packet is one segment */
    close(from);
    close(to);
}

static void states_are_absolute(void **state)
{
    (void)state;
    set(N1, N2,
        (struct impairment){.delay_ns = 50 * NS_PER_MS,
                            .jitter_ns = 20 * NS_PER_MS,
                            .distribution = IMPAIR_EXPONENTIAL,
                            .loss = 0.5,
                            .duplicate = 0.5,
                            .corrupt = 0.5,
                            .reorder = 0.5,
                            .rate_bits_per_s = 100000,
                            .limit_packets = 5});
    measure(N1, N2, 20, NS_PER_MS);
    set(N1, N2, (struct impairment){.delay_ns = NS_PER_MS});
    assert_delay(N1, N2, NS_PER_MS);
    set(N1, N2, (struct impairment){0});
    assert_delay(N1, N2, 0);
    assert_int_equal(result.out_of_order + result.damaged, 0);
}

static void wrong_states_are_refused_and_change_nothing(void **state)
{
    (void)state;
    struct netem_change changes[2] = {{.from = N1, .to = N2, .link = {.gate = IMPAIR_CUT}},
                                      {.from = N2, .to = N1, .link = {.loss = 2}}};
    struct err e = {0};
    assert_int_equal(netem_apply(net, changes, 2, &e), -E_INVALID);
    assert_non_null(strstr(e.text, "n2>n1"));
    assert_non_null(strstr(e.text, "loss"));
    assert_int_equal(netem_link_get(net, N1, N2).gate, IMPAIR_OPEN);
    measure(N1, N2, 3, 0);
    assert_int_equal(result.arrived, 3);
}

int measure_whole(void)
{
    const struct CMUnitTest tests[] = {
        MEASURE(tcp_streams_arrive_whole),
        MEASURE(states_are_absolute),
        MEASURE(wrong_states_are_refused_and_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
