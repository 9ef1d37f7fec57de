/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "netem/user/forward.h"

/* A packet waits this long in the socket at most before its stamp is doubted. */
#define STAMP_AGE_NS_MAX 1000000000ll
/* The two clocks are read one after the other; more than this between them is a jump. */
#define STAMP_JUMP_NS_MAX 1000000ll

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    ASSERT(clock_gettime(clock, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t mono_now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static int set_option(int fd, int level, int option, int value, const char *what, struct err *e)
{
    if (setsockopt(fd, level, option, &value, sizeof(value)) == 0)
        return 0;
    return err_set_errno(e, err_from_errno(errno), errno, "netem: packet socket: %s", what);
}

/* As large as the caller may: beyond the sysctl with privileges, up to it without. */
static void set_buffers(int fd)
{
    int bytes = PORT_BUFFER_BYTES;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

int port_open(struct port *p, int endpoint, const char *device, int device_index, struct err *e)
{
    p->endpoint = endpoint;
    /* Protocol 0: a socket with a protocol would collect from every device until it is bound. */
    p->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (p->fd < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "netem: %s: packet socket", device);
    int r = set_option(p->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING", e);
    if (r == 0)
        r = set_option(p->fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS", e);
    if (r == 0)
        r = set_option(p->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS", e);
    if (r < 0)
        return r;
    set_buffers(p->fd);
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = device_index};
    if (bind(p->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "netem: %s: bind", device);
    return 0;
}

void port_close(struct port *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

/* Looks at both clocks. Stamps are usable while they move together; after a jump of the wall clock
 * one batch goes without. The wall clock comes first: a pause between the two makes a packet look
 * later than it came, and its delay longer; the other way round it would be short. */
static void look_at_clocks(struct stamp_clock *s)
{
    s->real_ns = clock_ns(CLOCK_REALTIME);
    s->mono_ns = clock_ns(CLOCK_MONOTONIC);
    int64_t difference = (int64_t)(s->real_ns - s->mono_ns);
    int64_t moved = difference - s->real_minus_mono_ns;
    s->usable = moved < STAMP_JUMP_NS_MAX && moved > -STAMP_JUMP_NS_MAX;
    s->real_minus_mono_ns = difference;
}

/* When the packet reached the hub's device. The time it then lay in the socket because this thread
 * was not running belongs to its delay, not on top of it. */
static uint64_t arrival_ns(const struct stamp_clock *s, struct msghdr *head)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c != NULL; c = CMSG_NXTHDR(head, c)) {
        struct timespec t;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&t, CMSG_DATA(c), sizeof(t));
        uint64_t stamp_ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
        int64_t age_ns = (int64_t)(s->real_ns - stamp_ns);
        if (s->usable && age_ns > 0 && age_ns < STAMP_AGE_NS_MAX)
            return s->mono_ns - (uint64_t)age_ns;
    }
    return s->mono_ns;
}

static void prepare_slots(struct carrier *c)
{
    for (int i = 0; i < PORT_BATCH; i++) {
        c->in_iov[i] = (struct iovec){.iov_base = c->in[i]->data, .iov_len = c->pool.packet_bytes};
        c->in_heads[i].msg_hdr = (struct msghdr){.msg_iov = &c->in_iov[i],
                                                 .msg_iovlen = 1,
                                                 .msg_control = c->in_control[i],
                                                 .msg_controllen = sizeof(c->in_control[i])};
    }
}

int port_receive(struct carrier *c, struct port *p)
{
    prepare_slots(c);
    int count = recvmmsg(p->fd, c->in_heads, PORT_BATCH, MSG_DONTWAIT, NULL);
    if (count <= 0)
        return 0;
    look_at_clocks(&c->stamps);
    for (int i = 0; i < count; i++) {
        uint64_t arrived_ns = arrival_ns(&c->stamps, &c->in_heads[i].msg_hdr);
        if (arrived_ns < p->arrived_last_ns)
            arrived_ns = p->arrived_last_ns;
        p->arrived_last_ns = arrived_ns;
        c->in[i]->len = c->in_heads[i].msg_len;
        if ((c->in_heads[i].msg_hdr.msg_flags & MSG_TRUNC) != 0)
            c->foreign_packets++; /* larger than the MTU: no endpoint of ours sends that */
        else
            wire_arrived(c, p->endpoint, i, arrived_ns);
    }
    return count;
}

void port_catch_up(struct carrier *c, struct port *p)
{
    for (int round = 0; round < PORT_BACKLOG_ROUNDS; round++) {
        if (port_receive(c, p) < PORT_BATCH)
            return;
    }
}

void port_send(struct carrier *c, struct port *p, struct packet *packet)
{
    p->out[p->out_count++] = packet;
    if (p->out_count == PORT_SEND_BATCH)
        port_flush(c, p);
}

void port_flush(struct carrier *c, struct port *p)
{
    struct mmsghdr heads[PORT_SEND_BATCH];
    struct iovec iov[PORT_SEND_BATCH];
    int count = p->out_count;
    int at = 0;
    for (int i = 0; i < count; i++) {
        iov[i] = (struct iovec){.iov_base = p->out[i]->data, .iov_len = p->out[i]->len};
        heads[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &iov[i], .msg_iovlen = 1}};
    }
    p->out_count = 0;
    while (at < count) {
        int sent = sendmmsg(p->fd, heads + at, (unsigned)(count - at), MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        uint64_t now_ns = mono_now_ns();
        for (int i = 0; i < sent; i++)
            wire_left(c, p->out[at++], now_ns);
        if (sent <= 0)
            wire_refused(c, p->out[at++]);
    }
}

uint64_t port_lost(struct port *p)
{
    struct tpacket_stats stats = {0};
    socklen_t len = sizeof(stats);
    if (getsockopt(p->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) < 0)
        return 0;
    return stats.tp_drops;
}
