/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem_probe.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/checksum.h"
#include "base/units.h"

#define PROBE_PORT     7000
#define PROBE_LIMIT_NS (60 * NS_PER_S)
#define DATAGRAM_MAX   1500
#define QUIET_ROUNDS   200
/* With the kernel carrier this may be User-Mode Linux, where a turn of the loop takes a
 * millisecond or two at the best of times. */
#define STALL_NS_USER   (NS_PER_MS / 2)
#define STALL_NS_KERNEL (3 * NS_PER_MS)

struct datagram {
    uint64_t checksum; /* of everything behind it */
    uint32_t seq;
    uint32_t run;
    uint64_t sent_ns;
};

uint64_t probe_now_ns(void)
{
    struct timespec t;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static struct sockaddr_in address_of(const struct netem *net, int endpoint, uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr = netem_in_addr(net, endpoint),
                                .sin_port = (in_port_t)(port << 8 | port >> 8)};
}

static int bound_socket(struct netem *net, int endpoint, int type, uint16_t port)
{
    struct err e = {0};
    int size = 1 << 20;
    int fd = netem_socket(net, endpoint, AF_INET, type | SOCK_NONBLOCK, 0, &e);
    if (fd < 0)
        fail_msg("%s", e.text);
    struct sockaddr_in a = address_of(net, endpoint, port);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    return fd;
}

/* State of one run. */
struct run {
    const struct probe *p;
    struct probe_result *r;
    uint32_t id;
    int out;
    int in;
    int sent;
    int last_seq; /* highest seen */
    int quiet;    /* rounds of 1 ms in which nothing came, at the end */
    struct netem_counters before;
};

static void wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    assert_int_equal(poll(&p, 1, (int)(PROBE_LIMIT_NS / NS_PER_MS)), 1);
}

static void send_one(struct run *run)
{
    uint8_t bytes[DATAGRAM_MAX];
    struct datagram d = {.seq = (uint32_t)run->sent, .run = run->id};
    if (run->p->before != NULL)
        run->p->before(run->sent, run->p->arg);
    memset(bytes, run->sent & 0xff, run->p->size_bytes);
    wait_for(run->out, POLLOUT); /* the socket's own buffer may be full for a moment */
    d.sent_ns = probe_now_ns();
    memcpy(bytes, &d, sizeof(d));
    d.checksum = checksum64(bytes + 8, run->p->size_bytes - 8);
    memcpy(bytes, &d.checksum, 8);
    ssize_t n = send(run->out, bytes, run->p->size_bytes, 0);
    if (n < 0)
        fail_msg("send: %s", strerror(errno));
    assert_int_equal(n, run->p->size_bytes);
    run->r->sent_ns[run->sent++] = d.sent_ns;
}

static void note(struct run *run, const struct datagram *d, uint64_t now_ns)
{
    struct probe_result *r = run->r;
    int seq = (int)d->seq;
    if (r->arrived_ns[seq] == 0) {
        r->arrived_ns[seq] = now_ns;
        r->arrived++;
        if (seq < run->last_seq)
            r->out_of_order++;
        else
            run->last_seq = seq;
    }
    if (r->first_ns == 0)
        r->first_ns = now_ns;
    r->last_ns = now_ns;
}

static int receive_all(struct run *run)
{
    uint8_t bytes[DATAGRAM_MAX];
    int count = 0;
    for (;;) {
        ssize_t n = recv(run->in, bytes, sizeof(bytes), 0);
        if (n < 0)
            return count;
        struct datagram d;
        uint64_t now_ns = probe_now_ns();
        count++;
        run->r->copies++;
        memcpy(&d, bytes, sizeof(d));
        if (n != (ssize_t)run->p->size_bytes || d.checksum != checksum64(bytes + 8, (size_t)n - 8))
            run->r->damaged++;
        else if (d.run == run->id && d.seq < (uint32_t)run->sent)
            note(run, &d, now_ns);
    }
}

static struct netem_counters counters(struct netem *net, const struct probe *p)
{
    struct netem_counters n;
    struct err e = {0};
    if (netem_link_counters(net, p->from, p->to, &n, &e) < 0)
        fail_msg("%s", e.text);
    return n;
}

/* Everything reached the link, nothing waits on it, and everything it delivered was read: what has
 * not come will not come. Packets that died of damage behind the link never reach a socket; for
 * them it has to be quiet for a while. */
static bool finished(struct netem *net, struct run *run)
{
    struct netem_counters n = counters(net, run->p);
    if (receive_all(run) > 0)
        run->quiet = 0;
    if (n.sent - run->before.sent < (uint64_t)run->p->count || n.waiting > 0)
        return false;
    return n.delivered - run->before.delivered == (uint64_t)run->r->copies ||
           ++run->quiet == QUIET_ROUNDS;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void summarise(struct run *run)
{
    static uint64_t delays[PROBE_PACKETS_MAX];
    struct probe_result *r = run->r;
    int count = 0;
    for (int i = 0; i < run->p->count; i++) {
        if (r->arrived_ns[i] == 0) {
            r->lost_runs += i == 0 || r->arrived_ns[i - 1] != 0;
            continue;
        }
        delays[count++] = r->arrived_ns[i] - r->sent_ns[i];
    }
    if (count == 0)
        return;
    qsort(delays, (size_t)count, sizeof(delays[0]), compare);
    r->min_ns = delays[0];
    r->median_ns = delays[count / 2];
    r->p10_ns = delays[count / 10];
    r->p90_ns = delays[count - 1 - count / 10];
    for (int i = 0; i < count; i++)
        delays[i] = delays[i] > r->median_ns ? delays[i] - r->median_ns : r->median_ns - delays[i];
    qsort(delays, (size_t)count, sizeof(delays[0]), compare);
    r->mad_ns = delays[count / 2];
}

/* How long the threads of this program have been ready to run without a processor to run on:
 * the second number of schedstat. */
static uint64_t waited_ns(void)
{
    uint64_t sum_ns = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *d; tasks != NULL && (d = readdir(tasks)) != NULL;) {
        char path[300];
        uint64_t wait_ns = 0;
        snprintf(path, sizeof(path), "/proc/self/task/%.200s/schedstat", d->d_name);
        FILE *f = fopen(path, "r");
        if (f == NULL)
            continue;
        if (fscanf(f, "%*u %" SCNu64, &wait_ns) == 1)
            sum_ns += wait_ns;
        fclose(f);
    }
    if (tasks != NULL)
        closedir(tasks);
    return sum_ns;
}

/* A turn of the loop should take as long as it waits at most. */
static void note_stall(struct probe_result *r, uint64_t turn_ns, uint64_t wait_ns,
                       uint64_t stall_ns_min)
{
    if (turn_ns < wait_ns + stall_ns_min)
        return;
    uint64_t stall_ns = turn_ns - wait_ns;
    r->stalled_ns += stall_ns;
    if (stall_ns > r->stall_ns_max)
        r->stall_ns_max = stall_ns;
}

void probe_run(struct netem *net, const struct probe *p, struct probe_result *ret)
{
    static uint32_t runs;
    assert_true(p->count <= PROBE_PACKETS_MAX && p->size_bytes >= 32 &&
                p->size_bytes < DATAGRAM_MAX);
    memset(ret, 0, sizeof(*ret));
    struct run run = {.p = p, .r = ret, .id = ++runs};
    run.before = counters(net, p);
    run.out = bound_socket(net, p->from, SOCK_DGRAM, 0);
    run.in = bound_socket(net, p->to, SOCK_DGRAM, PROBE_PORT);
    struct sockaddr_in to = address_of(net, p->to, PROBE_PORT);
    assert_int_equal(connect(run.out, (struct sockaddr *)&to, sizeof(to)), 0);

    uint64_t stall_ns_min = netem_carrier_is_user(net) ? STALL_NS_USER : STALL_NS_KERNEL;
    uint64_t waited_before_ns = waited_ns();
    uint64_t start_ns = probe_now_ns();
    uint64_t next_ns = start_ns;
    bool done = false;
    while (!done) {
        uint64_t now_ns = probe_now_ns();
        if (run.sent < p->count && now_ns >= next_ns) {
            send_one(&run);
            next_ns += p->interval_ns;
        }
        receive_all(&run);
        bool sending = run.sent < p->count;
        uint64_t wait_ns = sending ? (next_ns > now_ns ? next_ns - now_ns : 0) : NS_PER_MS;
        wait_ns = wait_ns < NS_PER_MS ? wait_ns : NS_PER_MS;
        struct timespec wait = {.tv_nsec = (long)wait_ns};
        struct pollfd in = {.fd = run.in, .events = POLLIN};
        int ready = ppoll(&in, 1, &wait, NULL);
        note_stall(ret, probe_now_ns() - now_ns, wait_ns, stall_ns_min);
        if (ready == 0 && !sending)
            done = finished(net, &run);
        assert_true(now_ns - start_ns < PROBE_LIMIT_NS);
    }
    ret->took_ns = probe_now_ns() - start_ns;
    ret->waited_ns = waited_ns() - waited_before_ns;
    close(run.out);
    close(run.in);
    summarise(&run);
}

void probe_connect(struct netem *net, int from, int to, int *ret_from_fd, int *ret_to_fd)
{
    static uint16_t port = 7100;
    int listener = bound_socket(net, to, SOCK_STREAM, ++port);
    assert_int_equal(listen(listener, 1), 0);
    int client = bound_socket(net, from, SOCK_STREAM, 0);
    struct sockaddr_in a = address_of(net, to, port);
    (void)connect(client, (struct sockaddr *)&a, sizeof(a));
    wait_for(client, POLLOUT);
    wait_for(listener, POLLIN);
    *ret_to_fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(*ret_to_fd >= 0);
    *ret_from_fd = client;
    close(listener);
}
