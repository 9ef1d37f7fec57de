/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net_link.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/units.h"
#include "child.h"

#define PORT       7700
#define WAIT_MS    5000
#define APART_NS   (2 * NS_PER_MS)
#define TURN_BYTES (256u << 10)

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

uint64_t net_quantile(uint64_t *values, size_t count, unsigned hundredths)
{
    qsort(values, count, sizeof(*values), by_value);
    return values[(count - 1) * hundredths / 100];
}

static int failed(struct err *e, const char *what)
{
    return err_set_errno(e, err_from_errno(errno), errno, "bench: %s", what);
}

/* A socket bound to the endpoint's address. */
static int open_bound(struct netem *net, int endpoint, int type, uint16_t port, struct err *e)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = netem_in_addr(net, endpoint)};
    int fd = netem_socket(net, endpoint, AF_INET, type, 0, e);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
        int code = failed(e, "bind");
        (void)close(fd);
        return code;
    }
    return fd;
}

/* Two sockets, each connected to the other. */
static int open_pair(struct netem *net, int from, int to, int ret[2], struct err *e)
{
    const int ends[2] = {from, to};
    ret[0] = ret[1] = -1;
    for (int i = 0; i < 2; i++) {
        ret[i] = open_bound(net, ends[i], SOCK_DGRAM, (uint16_t)(PORT + i), e);
        if (ret[i] < 0)
            return ret[i];
    }
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in other = {.sin_family = AF_INET,
                                    .sin_port = htons((uint16_t)(PORT + 1 - i)),
                                    .sin_addr = netem_in_addr(net, ends[1 - i])};
        if (connect(ret[i], (struct sockaddr *)&other, sizeof(other)) < 0)
            return failed(e, "connect");
    }
    return 0;
}

static void close_pair(const int fds[2])
{
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]);
    }
}

static int send_now(int fd, struct err *e)
{
    uint64_t now = bench_now_ns();
    return send(fd, &now, sizeof(now), 0) == (ssize_t)sizeof(now) ? 0 : failed(e, "send");
}

/* Waits for one datagram: when it was sent. */
static int receive(int fd, uint64_t *ret_sent_ns, struct err *e)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int ready = poll(&p, 1, WAIT_MS);
    if (ready == 0)
        return err_set(e, -E_TIMEOUT, "bench: a datagram was lost");
    if (ready < 0 || recv(fd, ret_sent_ns, sizeof(*ret_sent_ns), 0) < 0)
        return failed(e, "recv");
    return 0;
}

int net_round_trips(struct netem *net, int from, int to, uint64_t *ret_ns, size_t count,
                    struct err *e)
{
    int fds[2];
    int code = open_pair(net, from, to, fds, e);
    for (size_t i = 0; i < count && code == 0; i++) {
        uint64_t began = bench_now_ns(), ignored;
        code = send_now(fds[0], e);
        if (code == 0)
            code = receive(fds[1], &ignored, e);
        if (code == 0)
            code = send_now(fds[1], e);
        if (code == 0)
            code = receive(fds[0], &ignored, e);
        ret_ns[i] = bench_now_ns() - began;
    }
    close_pair(fds);
    return code;
}

int net_delays(struct netem *net, int from, int to, uint64_t *ret_ns, size_t count, struct err *e)
{
    int fds[2];
    int code = open_pair(net, from, to, fds, e);
    uint64_t next = bench_now_ns();
    size_t sent = 0, got = 0;
    while (code == 0 && got < count) {
        struct pollfd p = {.fd = fds[1], .events = POLLIN};
        uint64_t at;
        if (sent < count && bench_now_ns() >= next) {
            code = send_now(fds[0], e);
            next += APART_NS;
            sent++;
        }
        if (code < 0 || (poll(&p, 1, sent < count ? 1 : 0) <= 0 && sent < count))
            continue;
        if ((p.revents & POLLIN) == 0 && sent < count)
            continue;
        code = receive(fds[1], &at, e);
        ret_ns[got++] = bench_now_ns() - at;
    }
    close_pair(fds);
    return code;
}

/* ---- TCP ---- */

static void *read_all(void *arg)
{
    static char bytes[TURN_BYTES];
    uint64_t *total = arg;
    int fd = (int)*total;
    ssize_t n;
    *total = 0;
    while ((n = read(fd, bytes, sizeof(bytes))) > 0)
        *total += (uint64_t)n;
    (void)close(fd);
    return NULL;
}

static int connect_tcp(struct netem *net, int from, int to, int ret[2], struct err *e)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = netem_in_addr(net, to)};
    int listener = open_bound(net, to, SOCK_STREAM, PORT, e);
    if (listener < 0)
        return listener;
    ret[1] = -1;
    ret[0] = netem_socket(net, from, AF_INET, SOCK_STREAM, 0, e);
    int code = ret[0] < 0 ? ret[0] : 0;
    if (code == 0 &&
        (listen(listener, 1) < 0 || connect(ret[0], (struct sockaddr *)&at, sizeof(at)) < 0 ||
         (ret[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0))
        code = failed(e, "TCP");
    (void)close(listener);
    if (code < 0 && ret[0] >= 0)
        (void)close(ret[0]);
    return code;
}

int net_throughput(struct netem *net, int from, int to, uint64_t for_ns, double *ret, struct err *e)
{
    static const char zeros[TURN_BYTES];
    int fds[2];
    pthread_t reader;
    int code = connect_tcp(net, from, to, fds, e);
    if (code < 0)
        return code;
    uint64_t shared = (uint64_t)fds[1], began = bench_now_ns();
    if (pthread_create(&reader, NULL, read_all, &shared) != 0) {
        close_pair(fds);
        return err_set(e, -E_IO, "bench: no thread");
    }
    while (bench_now_ns() - began < for_ns && code == 0)
        code = send(fds[0], zeros, sizeof(zeros), MSG_NOSIGNAL) < 0 ? failed(e, "send") : 0;
    (void)close(fds[0]);
    (void)pthread_join(reader, NULL);
    *ret = (double)shared * 1e9 / (double)(bench_now_ns() - began);
    return code;
}
