/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links measured from outside, with one carrier: `test_netem_measure user|kernel|auto`.
 *
 * A packet early is a bug, a packet late may be the machine: minima are asserted hard, medians
 * generously, maxima never. A miss counts only if the machine had time for us meanwhile: else it is
 * measured again, and in the end skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/units.h"
#include "netem_measure.h"

#define TRIES      5
#define TRIES_BUSY 20

/* Beyond these shares of a measurement the machine was busy. While the probe is stalled packets are
 * sent and read late: a share of 2 % moves no quantile judged here further than its tolerance.
 * Threads wait a little at every wake-up, which harms nobody; a tenth of the time is waited only
 * when others want the processors. */
#define STALLED_SHARE_MAX 0.02
#define WAITED_SHARE_MAX  0.10

static enum netem_carrier carrier;
struct netem *net;
struct probe_result result;
static int skipped_busy;

void set(int from, int to, struct impairment link)
{
    struct err e = {0};
    if (netem_link_set(net, from, to, &link, &e) < 0)
        fail_msg("%s", e.text);
}

struct netem_counters counters(int from, int to)
{
    struct netem_counters n;
    struct err e = {0};
    if (netem_link_counters(net, from, to, &n, &e) < 0)
        fail_msg("%s", e.text);
    return n;
}

void measure(int from, int to, int count, uint64_t interval_ns)
{
    struct probe p = {
        .from = from, .to = to, .count = count, .interval_ns = interval_ns, .size_bytes = 100};
    probe_run(net, &p, &result);
}

void assert_between(const char *what, double value, double low, double high)
{
    if (!(value >= low && value <= high))
        fail_msg("%s: %g is not in %g..%g", what, value, low, high);
}

void skip_busy(const char *why)
{
    skipped_busy++;
    print_message("skip: %s\n", why);
    skip();
}

/* Judged by what the machine did to our threads alone: a carrier that is late by itself finds no
 * excuse here. */
static bool was_busy(void)
{
    struct netem_health health = {0};
    struct err e = {0};
    double stalled = (double)result.stalled_ns / (double)result.took_ns;
    double waited = (double)result.waited_ns / (double)result.took_ns;
    bool busy = stalled > STALLED_SHARE_MAX || waited > WAITED_SHARE_MAX;
    assert_int_equal(netem_health(net, &health, &e), 0);
    print_message("  the machine was %s: probe stalled %.1f %% (max %.3f ms), threads waited "
                  "%.1f %%; carrier late p99 %.3f ms\n",
                  busy ? "busy" : "quiet", stalled * 100, (double)result.stall_ns_max / 1e6,
                  waited * 100, (double)health.lateness_ns_p99 / 1e6);
    return busy;
}

bool within(struct tries *t, const char *what, double value, double low, double high)
{
    if (value >= low && value <= high)
        return true;
    print_message("missed: %s: %g is not in %g..%g\n", what, value, low, high);
    if (was_busy()) {
        if (++t->busy == TRIES_BUSY)
            skip_busy("this machine is too busy to measure times");
    } else if (++t->quiet == TRIES) {
        fail_msg("%s: %g is not in %g..%g, nor was it the %d times before, on a quiet machine",
                 what, value, low, high, TRIES - 1);
    }
    return false;
}

static uint64_t median_allowed_ns(uint64_t set_ns)
{
    return set_ns + (set_ns / 10 > 3 * NS_PER_MS ? set_ns / 10 : 3 * NS_PER_MS);
}

void assert_delay(int from, int to, uint64_t set_ns)
{
    struct tries tries = {0};
    do {
        measure(from, to, 200, NS_PER_MS);
        print_message("%s>%s set %.0f ms: min %.3f median %.3f ms\n", netem_name(net, from),
                      netem_name(net, to), (double)set_ns / 1e6, (double)result.min_ns / 1e6,
                      (double)result.median_ns / 1e6);
        assert_int_equal(result.arrived, 200);
        assert_int_equal(result.copies, 200);
        assert_true(result.min_ns >= set_ns);
    } while (!within(&tries, "median, ms", (double)result.median_ns / 1e6, (double)set_ns / 1e6,
                     (double)median_allowed_ns(set_ns) / 1e6));
}

int open_net(void **state)
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

int close_net(void **state)
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

static int measure_all(void)
{
    int failed =
        measure_time() + measure_loss() + measure_gates() + measure_breaks() + measure_whole();
    return carrier == NETEM_USER ? failed + measure_capture() : failed;
}

static int inside(void *arg)
{
    struct err e = {0};
    (void)arg;
    struct netem_options o = {.nodes_count = 2, .carrier = carrier};
    int r = netem_open(&o, &net, &e);
    if (r == -E_UNSUPPORTED || r == -E_PERMISSION) {
        printf("skip: %s\n", e.text);
        return 77;
    }
    if (r < 0) {
        printf("%s\n", e.text);
        return 1;
    }
    printf("carrier %s (%s), uid 0 inside\n", netem_carrier_name(net), netem_carrier_why(net));
    netem_close(net);
    if (measure_all() != 0)
        return 1;
    if (skipped_busy == 0)
        return 0;
    printf("skip: %d tests found this machine too busy; the others passed\n", skipped_busy);
    return 77;
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
        printf("%s: %s\n", r == -E_IO ? "failed" : "skip", e.text);
        return r == -E_IO ? 1 : 77;
    }
    fprintf(stderr, "usage: test_netem_measure auto|kernel|user\n");
    return 64;
}
