/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts, partitions, holding and filtering. */
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

struct moments {
    uint64_t cut_ns; /* when the call had returned */
    uint64_t healed_ns;
    int cut_at;
    int healed_at;
};

static void cut_and_heal(int seq, void *arg)
{
    struct moments *m = arg;
    struct err e = {0};
    if (seq == m->cut_at) {
        assert_int_equal(netem_link_cut(net, N1, N2, &e), 0);
        m->cut_ns = probe_now_ns();
    }
    if (seq == m->healed_at) {
        m->healed_ns = probe_now_ns();
        assert_int_equal(netem_link_heal(net, N1, N2, &e), 0);
    }
}

/* 1 kHz over 100 ms, cut in mid-stream: what was under way is gone too, and what comes later was
 * sent later. What was due before the cut may have arrived, however late it is read. */
static void a_cut_passes_nothing_not_even_what_is_in_flight(void **state)
{
    (void)state;
    set(N1, N2, (struct impairment){.delay_ns = 100 * NS_PER_MS});
    struct moments m = {.cut_at = 400, .healed_at = 800};
    struct probe p = {.from = N1,
                      .to = N2,
                      .count = 1200,
                      .interval_ns = NS_PER_MS,
                      .size_bytes = 100,
                      .before = cut_and_heal,
                      .arg = &m};
    probe_run(net, &p, &result);
    int in_flight = 0;
    for (int i = 0; i < p.count; i++) {
        if (result.arrived_ns[i] == 0) {
            in_flight += i < m.cut_at;
            continue;
        }
        if (i < m.healed_at)
            assert_true(result.sent_ns[i] + 100 * NS_PER_MS <= m.cut_ns);
        else
            assert_true(result.arrived_ns[i] >= m.healed_ns + 100 * NS_PER_MS);
        assert_true(i < m.cut_at || i >= m.healed_at);
    }
    print_message("cut: %d packets in flight were thrown away\n", in_flight);
    assert_true(in_flight > 0);
    for (int i = m.healed_at; i < p.count; i++)
        assert_true(result.arrived_ns[i] != 0);
    if (netem_carrier_is_user(net))
        assert_int_equal(counters(N1, N2).cut, p.count - result.arrived);
    else
        assert_true(counters(N1, N2).cut >= (uint64_t)(m.healed_at - m.cut_at));
}

static void partition(bool on)
{
    struct netem_change changes[NODES * NODES];
    struct err e = {0};
    int count = 0;
    for (int a = 0; a < NODES; a++) {
        for (int b = 0; b < NODES; b++) {
            if (a == b || (a < 2) == (b < 2))
                continue;
            struct impairment link = netem_link_get(net, a, b);
            link.gate = on ? IMPAIR_CUT : IMPAIR_OPEN;
            changes[count++] = (struct netem_change){.from = a, .to = b, .link = link};
        }
    }
    assert_int_equal(count, 12);
    assert_int_equal(netem_apply(net, changes, count, &e), 0);
}

static void one_call_parts_the_network(void **state)
{
    (void)state;
    partition(true);
    for (int a = 0; a < NODES; a++) {
        for (int b = 0; b < NODES; b++) {
            if (a == b)
                continue;
            measure(a, b, 3, 0);
            assert_int_equal(result.arrived, (a < 2) == (b < 2) ? 3 : 0);
        }
    }
    measure(C1, N1, 3, 0);
    assert_int_equal(result.arrived, 3);
    partition(false);
    measure(N1, N5, 3, 0);
    assert_int_equal(result.arrived, 3);
    assert_true(counters(N1, N5).cut >= 3);
    assert_int_equal(counters(N1, N2).cut, 0);
}

static void a_cut_is_silent_for_the_sender(void **state)
{
    (void)state;
    set(N1, N2, (struct impairment){.gate = IMPAIR_CUT});
    measure(N1, N2, 500, BLAST_NS); /* every send succeeds, or the probe fails */
    assert_int_equal(result.copies, 0);
}

static void release_last_in_first_out(int seq, void *arg)
{
    (void)arg;
    if (seq == 99)
        set(N1, N2, (struct impairment){.release_order = IMPAIR_LIFO});
}

static void held_packets_wait_and_come_in_the_order_asked_for(void **state)
{
    (void)state;
    if (!netem_can(net, NETEM_CAN_HOLD)) {
        print_message("%s: cannot hold\n", netem_carrier_name(net));
        skip();
    }
    set(N1, N2, (struct impairment){.gate = IMPAIR_HOLD});
    struct probe p = {.from = N1,
                      .to = N2,
                      .count = 100,
                      .interval_ns = NS_PER_MS,
                      .size_bytes = 100,
                      .before = release_last_in_first_out};
    probe_run(net, &p, &result);
    assert_int_equal(result.copies, 100);
    assert_true(result.first_ns >= result.sent_ns[98]);
    for (int i = 1; i < 90; i++)
        assert_true(result.arrived_ns[i] < result.arrived_ns[i - 1]);
}

static bool readable_within_ms(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, ms) == 1;
}

static void syn_only_connects_and_stays_mute(void **state)
{
    int from = -1;
    int to = -1;
    (void)state;
    if (!netem_can(net, NETEM_CAN_SYN_ONLY)) {
        print_message("%s: cannot filter\n", netem_carrier_name(net));
        skip();
    }
    set(N2, N1, (struct impairment){.gate = IMPAIR_SYN_ONLY}); /* SYN-ACK passes, ACKs do not */
    probe_connect(net, N1, N2, &from, &to);
    assert_int_equal(write(to, "hello", 5), 5);
    assert_false(readable_within_ms(from, 300));
    set(N2, N1, (struct impairment){0});
    assert_true(readable_within_ms(from, 60000));
    close(from);
    close(to);
}

int measure_gates(void)
{
    const struct CMUnitTest tests[] = {
        MEASURE(a_cut_passes_nothing_not_even_what_is_in_flight),
        MEASURE(one_call_parts_the_network),
        MEASURE(a_cut_is_silent_for_the_sender),
        MEASURE(held_packets_wait_and_come_in_the_order_asked_for),
        MEASURE(syn_only_connects_and_stays_mute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
