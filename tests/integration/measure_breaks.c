/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What befalls connections, and holds with a bound and an order. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/units.h"
#include "netem_measure.h"

#define MINUTE_MS 60000
#define QUIET_MS  300 /* nothing comes for so long: it would have come at once */
#define PORT      6999

static int from_fd, to_fd, listener;

static void needs_breaks(void)
{
    if (netem_can(net, NETEM_CAN_BREAK))
        return;
    print_message("%s: knows no connections\n", netem_carrier_name(net));
    skip();
}

static uint64_t monotonic_ns(void)
{
    struct timespec t;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static void put_break(struct netem_break how)
{
    struct err e = {0};
    assert_int_equal(netem_break(net, &how, 1, &e), 0);
}

static int socket_on(int endpoint)
{
    struct err e = {0};
    int fd = netem_socket(net, endpoint, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0, &e);
    assert_true(fd >= 0);
    return fd;
}

static void open_pair(void)
{
    probe_connect(net, N1, N2, &from_fd, &to_fd);
    listener = socket_on(N2);
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = netem_in_addr(net, N2)};
    assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(listener, 4), 0);
}

static void close_pair(void)
{
    close(from_fd);
    close(to_fd);
    close(listener);
}

/* Within so long it can be written or has failed. */
static int connect_anew(int ms, bool *ret_answered)
{
    int fd = socket_on(N1);
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = netem_in_addr(net, N2)};
    (void)connect(fd, (struct sockaddr *)&a, sizeof(a));
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    *ret_answered = poll(&p, 1, ms) == 1;
    return fd;
}

static int error_of(int fd)
{
    int value = 0;
    socklen_t len = sizeof(value);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len), 0);
    return value;
}

static bool hears(int fd, int ms)
{
    char byte;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, ms) == 1 && read(fd, &byte, 1) == 1;
}

static void say(int fd)
{
    assert_int_equal(write(fd, "x", 1), 1);
}

/* It is told that its connection is gone, and how. */
static int farewell(int fd)
{
    char byte;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, MINUTE_MS), 1);
    assert_int_equal(read(fd, &byte, 1), -1);
    return errno;
}

static void refused_at_once(void)
{
    bool answered;
    int fd = connect_anew(MINUTE_MS, &answered);
    assert_true(answered);
    assert_int_equal(error_of(fd), ECONNREFUSED);
    close(fd);
}

static void heals(void)
{
    bool answered;
    put_break((struct netem_break){.from = N1, .to = N2});
    int fd = connect_anew(MINUTE_MS, &answered);
    assert_true(answered);
    assert_int_equal(error_of(fd), 0);
    close(fd);
}

static bool is_n1_to_n2(void *arg, int from, int to)
{
    (void)arg;
    return from == N1 && to == N2;
}

static void connections_are_hung_up(void **state)
{
    (void)state;
    unsigned count = 0;
    int other_from, other_to;
    struct err e = {0};
    open_pair();
    probe_connect(net, N1, N3, &other_from, &other_to);
    int code = netem_hang_up(net, is_n1_to_n2, NULL, &count, &e);
    if (code == -E_UNSUPPORTED) {
        print_message("%s\n", e.text);
        skip();
    }
    assert_int_equal(code, 0);
    assert_int_equal(count, 1);
    assert_int_equal(farewell(from_fd), ECONNABORTED);
    int told = farewell(to_fd);
    assert_true(told == ECONNABORTED || told == ECONNRESET); /* the other's reset may be first */
    say(other_from);
    assert_true(hears(other_to, MINUTE_MS));
    assert_int_equal(netem_hang_up(net, is_n1_to_n2, NULL, &count, &e), 0);
    assert_int_equal(count, 0);
    close(other_from);
    close(other_to);
    close_pair();
}

static void old_ones_fall_silent(void **state)
{
    bool answered;
    (void)state;
    needs_breaks();
    open_pair();
    put_break((struct netem_break){.from = N1, .to = N2, .old_before_ns = monotonic_ns()});
    say(from_fd);
    assert_false(hears(to_fd, QUIET_MS));
    int fd = connect_anew(MINUTE_MS, &answered);
    assert_true(answered);
    assert_int_equal(error_of(fd), 0);
    struct pollfd p = {.fd = listener, .events = POLLIN};
    assert_int_equal(poll(&p, 1, MINUTE_MS), 1);
    int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(accepted >= 0);
    say(fd);
    assert_true(hears(accepted, MINUTE_MS));
    /* Later the same is done again: what was new is old now. */
    put_break((struct netem_break){.from = N1, .to = N2, .old_before_ns = monotonic_ns()});
    say(fd);
    assert_false(hears(accepted, QUIET_MS));
    assert_true(counters(N1, N2).cut >= 2);
    heals();
    assert_true(hears(to_fd, MINUTE_MS)); /* nobody was told: it goes on where it was */
    close(fd);
    close(accepted);
    close_pair();
}

static void everything_is_answered_with_a_reset(void **state)
{
    (void)state;
    needs_breaks();
    open_pair();
    put_break((struct netem_break){.from = N1, .to = N2, .reset = true});
    say(from_fd);
    assert_int_equal(farewell(from_fd), ECONNRESET);
    assert_false(hears(to_fd, QUIET_MS));
    refused_at_once();
    heals();
    close_pair();
}

static void new_ones_are_refused(void **state)
{
    (void)state;
    needs_breaks();
    open_pair();
    put_break((struct netem_break){.from = N1, .to = N2, .reject = true});
    refused_at_once();
    say(from_fd);
    assert_false(hears(to_fd, QUIET_MS));
    heals();
    assert_true(hears(to_fd, MINUTE_MS));
    close_pair();
}

static void new_ones_get_no_answer(void **state)
{
    bool answered;
    (void)state;
    needs_breaks();
    open_pair();
    put_break((struct netem_break){.from = N1, .to = N2, .openings = true});
    int fd = connect_anew(QUIET_MS, &answered);
    assert_false(answered);
    say(from_fd);
    assert_true(hears(to_fd, MINUTE_MS));
    close(fd);
    heals();
    close_pair();
}

/* ---- moving ---- */

static void who_moves_is_found_elsewhere(void **state)
{
    bool answered;
    (void)state;
    struct err e = {0};
    open_pair();
    struct in_addr before = netem_in_addr(net, N2);
    assert_int_equal(netem_readdress(net, N2, &e), 0);
    assert_string_equal(netem_address(net, N2), "10.78.0.2");
    assert_string_equal(netem_first_address(net, N2), "10.77.0.2");
    assert_true(netem_in_addr(net, N2).s_addr != before.s_addr);
    say(from_fd); /* what runs there goes on meanwhile */
    assert_true(hears(to_fd, MINUTE_MS));
    assert_int_equal(netem_settle(net, N2, &e), 0);
    assert_int_equal(netem_settle(net, N2, &e), 0); /* it is there */
    close_pair();
    for (int i = 0; i < 2; i++) { /* nobody asks where it is: neighbours are known */
        probe_connect(net, i == 0 ? N1 : N2, i == 0 ? N2 : N1, &from_fd, &to_fd);
        say(from_fd);
        assert_true(hears(to_fd, MINUTE_MS));
        close(from_fd);
        close(to_fd);
    }
    int fd = socket_on(N1);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = before};
    (void)connect(fd, (struct sockaddr *)&a, sizeof(a));
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    answered = poll(&p, 1, QUIET_MS) == 1;
    assert_true(!answered || error_of(fd) != ECONNREFUSED); /* nobody is there to refuse it */
    close(fd);
    probe_connect(net, C1, N2, &from_fd, &to_fd);
    close(from_fd);
    close(to_fd);
}

/* ---- held packets ---- */

static void release(int seq, void *arg)
{
    const enum impair_order *order = arg;
    if (seq == 99)
        set(N1, N2, (struct impairment){.release_order = *order});
}

/* Held, and let go before the last one; returns how many came after one that was sent later. */
static int released(enum impair_order order, uint64_t bytes_max)
{
    set(N1, N2, (struct impairment){.gate = IMPAIR_HOLD, .hold_bytes = bytes_max});
    struct probe p = {.from = N1,
                      .to = N2,
                      .count = 100,
                      .interval_ns = NS_PER_MS,
                      .size_bytes = 100,
                      .before = release,
                      .arg = &order};
    probe_run(net, &p, &result);
    assert_true(result.first_ns >= result.sent_ns[98]);
    return result.out_of_order;
}

static void needs_holds(void)
{
    if (netem_can(net, NETEM_CAN_HOLD))
        return;
    print_message("%s: cannot hold\n", netem_carrier_name(net));
    skip();
}

static void held_packets_come_in_any_order_asked_for(void **state)
{
    (void)state;
    needs_holds();
    assert_int_equal(released(IMPAIR_FIFO, 0), 0);
    assert_int_equal(result.copies, 100);
    int shuffled = released(IMPAIR_SHUFFLE, 0);
    assert_int_equal(result.copies, 100);
    assert_true(shuffled > 50 && shuffled < 98);
}

static void what_is_beyond_the_bound_is_lost(void **state)
{
    (void)state;
    needs_holds();
    const unsigned packet = 100 + 42; /* with its headers */
    (void)released(IMPAIR_FIFO, 7 * packet + packet / 2);
    assert_int_equal(result.copies, 7 + 1); /* the last one was not held */
    for (int i = 0; i < 7; i++)
        assert_true(result.arrived_ns[i] != 0);
    assert_int_equal(counters(N1, N2).queue_full, 92);
}

int measure_breaks(void)
{
    const struct CMUnitTest tests[] = {
        MEASURE(connections_are_hung_up),
        MEASURE(old_ones_fall_silent),
        MEASURE(everything_is_answered_with_a_reset),
        MEASURE(new_ones_are_refused),
        MEASURE(new_ones_get_no_answer),
        MEASURE(who_moves_is_found_elsewhere),
        MEASURE(held_packets_come_in_any_order_asked_for),
        MEASURE(what_is_beyond_the_bound_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
