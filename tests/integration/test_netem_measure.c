/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links measured from outside, with one carrier: `test_netem_measure user|kernel|auto`.
 *
 * A packet early is a bug, a packet late may be the machine: minima are asserted hard, medians
 * generously, maxima never. Where only the machine can be to blame the measurement is repeated. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/units.h"
#include "netem_probe.h"

#define NODES    5
#define CLIENTS  2
#define SEED     4711
#define TRIES    5
#define BLAST_NS (50 * NS_PER_US) /* faster than any link set here, slower than our buffers */
#define LOSS_MIN 0.073            /* of 10 % at n = 2000: four sigma */
#define LOSS_MAX 0.127

enum { N1, N2, N3, N4, N5, C1, C2 };

static enum netem_carrier carrier;
static struct netem *net;
static struct probe_result result;

static void set(int from, int to, struct impairment link)
{
    struct err e = {0};
    if (netem_link_set(net, from, to, &link, &e) < 0)
        fail_msg("%s", e.text);
}

static struct netem_counters counters(int from, int to)
{
    struct netem_counters n;
    struct err e = {0};
    if (netem_link_counters(net, from, to, &n, &e) < 0)
        fail_msg("%s", e.text);
    return n;
}

static void measure(int from, int to, int count, uint64_t interval_ns)
{
    struct probe p = {
        .from = from, .to = to, .count = count, .interval_ns = interval_ns, .size_bytes = 100};
    probe_run(net, &p, &result);
}

static void assert_between(const char *what, double value, double low, double high)
{
    if (!(value >= low && value <= high))
        fail_msg("%s: %g is not in %g..%g", what, value, low, high);
}

/* ---- delay ---------------------------------------------------------------------------------- */

static uint64_t median_allowed_ns(uint64_t set_ns)
{
    return set_ns + (set_ns / 10 > 3 * NS_PER_MS ? set_ns / 10 : 3 * NS_PER_MS);
}

static void assert_delay(int from, int to, uint64_t set_ns)
{
    for (int attempt = 1;; attempt++) {
        measure(from, to, 200, NS_PER_MS);
        print_message("%s>%s set %.0f ms: min %.3f median %.3f ms\n", netem_name(net, from),
                      netem_name(net, to), (double)set_ns / 1e6, (double)result.min_ns / 1e6,
                      (double)result.median_ns / 1e6);
        assert_int_equal(result.arrived, 200);
        assert_int_equal(result.copies, 200);
        assert_true(result.min_ns >= set_ns);
        if (result.median_ns <= median_allowed_ns(set_ns))
            return;
        assert_true(attempt < TRIES);
    }
}

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
    (void)state;
    set(N1, N2, (struct impairment){.delay_ns = 20 * NS_PER_MS, .jitter_ns = 10 * NS_PER_MS});
    for (int attempt = 1;; attempt++) {
        measure(N1, N2, 1000, NS_PER_MS);
        assert_int_equal(result.arrived, 1000);
        assert_true(result.min_ns >= 99 * NS_PER_MS / 10);
        if (result.sd_ns > 4e6 && result.sd_ns < 8e6 && result.median_ns < 24 * NS_PER_MS)
            break;
        assert_true(attempt < TRIES);
    }
    set(N1, N2,
        (struct impairment){
            .delay_ns = 30 * NS_PER_MS, .jitter_ns = 5 * NS_PER_MS, .distribution = IMPAIR_NORMAL});
    for (int attempt = 1;; attempt++) {
        measure(N1, N2, 1000, NS_PER_MS);
        assert_int_equal(result.arrived, 1000);
        assert_true(result.median_ns > 28 * NS_PER_MS); /* of 1000: 7 sigma of the median */
        if (result.median_ns < 34 * NS_PER_MS && result.sd_ns > 4e6 && result.sd_ns < 8e6)
            break;
        assert_true(attempt < TRIES);
    }
}

/* ---- loss and its relatives ------------------------------------------------------------------ */

static double lost_share(int count)
{
    return (double)(count - result.arrived) / count;
}

static void loss_is_what_was_asked_for(void **state)
{
    (void)state;
    set(N1, N2, (struct impairment){.loss = 0.1});
    measure(N1, N2, 2000, NS_PER_MS / 4);
    print_message("loss 10%%: %d of 2000\n", 2000 - result.arrived);
    assert_between("loss", lost_share(2000), LOSS_MIN, LOSS_MAX);
    assert_int_equal(result.copies, result.arrived);
    assert_int_equal(counters(N1, N2).lost, 2000 - result.arrived);
    if (netem_can(net, NETEM_CAN_REPEAT))
        assert_int_equal(result.arrived, 1797);
}

static void loss_can_come_in_runs(void **state)
{
    (void)state;
    set(N1, N2,
        (struct impairment){.loss_model = IMPAIR_GILBERT_ELLIOTT, .ge_p = 0.05, .ge_r = 0.25});
    measure(N1, N2, 4000, NS_PER_MS / 4);
    double run = (double)(4000 - result.arrived) / fmax(1, result.lost_runs);
    print_message("Gilbert-Elliott 5%%/25%%: %d of 4000, runs of %.2f\n", 4000 - result.arrived,
                  run);
    assert_between("loss", lost_share(4000), 0.12, 0.22);
    assert_between("run", run, 2.5, 6);
    if (netem_can(net, NETEM_CAN_REPEAT))
        assert_int_equal(result.arrived, 3288);
}

static void some_packets_come_twice(void **state)
{
    (void)state;
    set(N1, N2, (struct impairment){.duplicate = 0.1, .delay_ns = NS_PER_MS});
    measure(N1, N2, 2000, NS_PER_MS / 4);
    int twice = result.copies - result.arrived;
    print_message("duplicate 10%%: %d of 2000\n", twice);
    assert_int_equal(result.arrived, 2000);
    assert_between("duplicates", twice / 2000.0, LOSS_MIN, LOSS_MAX);
    assert_int_equal(counters(N1, N2).duplicated, twice);
    if (netem_can(net, NETEM_CAN_REPEAT))
        assert_int_equal(twice, 191);
}

static void damage_is_found_by_checksums(void **state)
{
    (void)state;
    set(N1, N2, (struct impairment){.corrupt = 0.1});
    measure(N1, N2, 2000, NS_PER_MS / 4);
    print_message("corrupt 10%%: %d of 2000 never came, %d came damaged\n", 2000 - result.arrived,
                  result.damaged);
    assert_between("loss by damage", lost_share(2000), LOSS_MIN, LOSS_MAX);
    assert_int_equal(result.damaged, 0);
}

static void damaged_payload_comes_through(void **state)
{
    (void)state;
    if (!netem_can(net, NETEM_CAN_CORRUPT_PAYLOAD)) {
        print_message("%s: cannot damage the payload alone\n", netem_carrier_name(net));
        skip();
    }
    set(N1, N2, (struct impairment){.corrupt = 0.1, .corrupt_payload = true});
    measure(N1, N2, 2000, NS_PER_MS / 4);
    assert_int_equal(result.copies, 2000);
    assert_int_equal(result.arrived + result.damaged, 2000);
    assert_between("damaged", result.damaged / 2000.0, LOSS_MIN, LOSS_MAX);
    assert_int_equal(counters(N1, N2).corrupted, result.damaged);
}

static void some_packets_overtake(void **state)
{
    (void)state;
    set(N1, N2, (struct impairment){.delay_ns = 10 * NS_PER_MS, .reorder = 0.25});
    measure(N1, N2, 1000, NS_PER_MS);
    print_message("reorder 25%%: %d of 1000 behind a later one\n", result.out_of_order);
    assert_int_equal(result.arrived, 1000);
    assert_true(result.out_of_order > 100);
    assert_true(result.min_ns < 10 * NS_PER_MS);
}

/* ---- speed ----------------------------------------------------------------------------------- */

static void a_rate_is_kept(void **state)
{
    enum { PACKETS = 300, SIZE = 1400, HEADERS = 42 };
    (void)state;
    set(N1, N2, (struct impairment){.rate_bits_per_s = 10000000});
    for (int attempt = 1;; attempt++) {
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
        assert_true(attempt < TRIES);
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

/* ---- gates ----------------------------------------------------------------------------------- */

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
 * sent later. Packets in the receiver's socket at the cut have arrived: they may be read 5 ms on.
 */
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
            assert_true(result.arrived_ns[i] <= m.cut_ns + 5 * NS_PER_MS);
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

/* ---- the whole ------------------------------------------------------------------------------- */

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

/* ---- running --------------------------------------------------------------------------------- */

/* Every test has a network of its own: with a seed, counts do not depend on what ran before. */
static int open_net(void **state)
{
    struct err e = {0};
    struct netem_options o = {
        .nodes_count = NODES, .clients_count = CLIENTS, .carrier = carrier, .seed = SEED};
    (void)state;
    if (netem_open(&o, &net, &e) == 0)
        return 0;
    print_error("%s\n", e.text);
    return -1;
}

/* Whatever a test did: no packet was lost beside the scenario, and the books balance. */
static int close_net(void **state)
{
    struct netem_health health;
    struct netem_counters n;
    struct err e = {0};
    (void)state;
    assert_int_equal(netem_health(net, &health, &e), 0);
    assert_int_equal(netem_counters_total(net, &n, &e), 0);
    if (netem_carrier_is_user(net)) {
        print_message("late: median %.3f p99 %.3f max %.3f ms of %llu packets\n",
                      (double)health.lateness_ns_median / 1e6, (double)health.lateness_ns_p99 / 1e6,
                      (double)health.lateness_ns_max / 1e6,
                      (unsigned long long)health.packets_count);
        assert_int_equal(n.sent + n.duplicated,
                         n.delivered + n.lost + n.cut + n.queue_full + n.waiting);
    }
    assert_int_equal(health.overload_packets, 0);
    netem_close(net);
    net = NULL;
    return 0;
}

#define MEASURE(f) cmocka_unit_test_setup_teardown(f, open_net, close_net)

static int measure_all(void)
{
    const struct CMUnitTest tests[] = {
        MEASURE(a_perfect_link_passes_everything_at_once),
        MEASURE(delays_are_never_short_and_seldom_long),
        MEASURE(clients_have_links_of_their_own),
        MEASURE(jitter_has_its_shape),
        MEASURE(loss_is_what_was_asked_for),
        MEASURE(loss_can_come_in_runs),
        MEASURE(some_packets_come_twice),
        MEASURE(damage_is_found_by_checksums),
        MEASURE(damaged_payload_comes_through),
        MEASURE(some_packets_overtake),
        MEASURE(a_rate_is_kept),
        MEASURE(a_short_queue_overflows),
        MEASURE(a_cut_passes_nothing_not_even_what_is_in_flight),
        MEASURE(one_call_parts_the_network),
        MEASURE(a_cut_is_silent_for_the_sender),
        MEASURE(held_packets_wait_and_come_in_the_order_asked_for),
        MEASURE(syn_only_connects_and_stays_mute),
        MEASURE(tcp_streams_arrive_whole),
        MEASURE(states_are_absolute),
        MEASURE(wrong_states_are_refused_and_change_nothing),
    };
    return cmocka_run_group_tests_name("netem", tests, NULL, NULL);
}

static int inside(void *arg)
{
    struct err e = {0};
    (void)arg;
    struct netem_options o = {.nodes_count = 2, .carrier = carrier};
    int r = netem_open(&o, &net, &e);
    if (r == -E_UNSUPPORTED || r == -E_PERMISSION) {
        printf("skipped: %s\n", e.text);
        return 77;
    }
    if (r < 0) {
        printf("%s\n", e.text);
        return 1;
    }
    printf("carrier %s (%s), uid 0 inside\n", netem_carrier_name(net), netem_carrier_why(net));
    netem_close(net);
    return measure_all() == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"auto", "kernel", "user"};
    struct err e = {0};
    for (int c = NETEM_AUTO; argc == 2 && c <= NETEM_USER; c++) {
        if (strcmp(argv[1], names[c]) != 0)
            continue;
        carrier = (enum netem_carrier)c;
        int r = netem_sandbox_run(inside, NULL, &e);
        if (r >= 0)
            return r;
        printf("%s: %s\n", r == -E_IO ? "failed" : "skipped", e.text);
        return r == -E_IO ? 1 : 77;
    }
    fprintf(stderr, "usage: test_netem_measure auto|kernel|user\n");
    return 64;
}
