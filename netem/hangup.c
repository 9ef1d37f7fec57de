/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netem/hangup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "netem/netns.h"

#define ANSWER_BYTES 32768
/* Of the states of a socket: all in which there is, or is about to be, a connection. */
#define CONNECTED                                                                            \
    (1u << TCP_ESTABLISHED | 1u << TCP_SYN_SENT | 1u << TCP_SYN_RECV | 1u << TCP_FIN_WAIT1 | \
     1u << TCP_FIN_WAIT2 | 1u << TCP_CLOSE_WAIT | 1u << TCP_LAST_ACK | 1u << TCP_CLOSING)

/* One end of a connection. */
struct end {
    int owner;
    int peer;
    struct inet_diag_sockid id;
};

struct ends {
    const struct topo *topo;
    bool (*chosen)(void *arg, int from, int to);
    void *arg;
    int owner; /* whose are being listed */
    struct end *list;
    size_t count;
    size_t cap;
};

struct question {
    struct nlmsghdr head;
    struct inet_diag_req_v2 body;
};

static struct question question_of(int type, int flags)
{
    return (struct question){.head = {.nlmsg_len = sizeof(struct question),
                                      .nlmsg_type = (uint16_t)type,
                                      .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)},
                             .body = {.sdiag_family = AF_INET,
                                      .sdiag_protocol = IPPROTO_TCP,
                                      .idiag_states = CONNECTED}};
}

static int open_diag(struct err *e)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    return fd < 0 ? err_set_errno(e, err_from_errno(errno), errno, "netem: sock_diag") : fd;
}

static int endpoint_at(const struct topo *t, uint32_t address)
{
    for (int i = 0; i < t->endpoints_count; i++) {
        if (t->endpoints[i].in_addr.s_addr == address)
            return i;
    }
    return -1;
}

static void note(struct ends *s, const struct inet_diag_msg *found)
{
    int peer = endpoint_at(s->topo, found->id.idiag_dst[0]);
    if (peer < 0 || peer == s->owner ||
        (!s->chosen(s->arg, s->owner, peer) && !s->chosen(s->arg, peer, s->owner)))
        return;
    s->list = mem_room(s->list, s->count + 1, &s->cap, sizeof(*s->list));
    s->list[s->count++] = (struct end){.owner = s->owner, .peer = peer, .id = found->id};
}

/* One datagram of answers. 1: more to come; 0: that was all; negative: refused. */
static int read_answers(int fd, struct ends *s, struct err *e)
{
    static _Alignas(struct nlmsghdr) char buffer[ANSWER_BYTES];
    ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
    if (n < 0)
        return errno == EINTR ? 1 : err_set_errno(e, -E_IO, errno, "netem: sock_diag");
    const struct nlmsghdr *h = (const struct nlmsghdr *)buffer;
    for (unsigned left = (unsigned)n; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
        if (h->nlmsg_type == NLMSG_DONE)
            return 0;
        if (h->nlmsg_type == NLMSG_ERROR) {
            int value = -((const struct nlmsgerr *)NLMSG_DATA(h))->error;
            int code = value == EOPNOTSUPP ? -E_UNSUPPORTED : err_from_errno(value);
            return value == 0 ? 0 : err_set_errno(e, code, value, "netem: sock_diag");
        }
        if (s != NULL)
            note(s, NLMSG_DATA(h));
    }
    return 1;
}

static int ask(int fd, const struct question *q, struct ends *s, struct err *e)
{
    int more = 1;
    if (send(fd, q, sizeof(*q), 0) != (ssize_t)sizeof(*q))
        return err_set_errno(e, -E_IO, errno, "netem: sock_diag");
    while (more > 0)
        more = read_answers(fd, s, e);
    return more;
}

/* 0 also if it is gone already. */
static int destroy(int fd, const struct inet_diag_sockid *id, struct err *e)
{
    struct question q = question_of(SOCK_DESTROY, NLM_F_ACK);
    q.body.id = *id;
    int code = ask(fd, &q, NULL, e);
    return code == -E_NOTFOUND ? 0 : code;
}

static int each_end(struct ends *s, const int *fds, struct err *e)
{
    int code = 0;
    for (size_t i = 0; i < s->count && code == 0; i++)
        code = destroy(fds[s->list[i].owner], &s->list[i].id, e);
    return code;
}

/* Of two ends of one connection one counts. */
static unsigned connections(const struct ends *s)
{
    unsigned count = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct end *one = &s->list[i];
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++) {
            const struct end *other = &s->list[k];
            seen = one->owner == other->peer && one->peer == other->owner &&
                   one->id.idiag_sport == other->id.idiag_dport &&
                   one->id.idiag_dport == other->id.idiag_sport;
        }
        count += !seen;
    }
    return count;
}

/* A socket belongs to the namespace it was made in. */
static int open_all(const struct topo *t, int *fds, struct err *e)
{
    int home = netns_open_self(e);
    if (home < 0)
        return home;
    int code = 0;
    for (int i = 0; i < t->endpoints_count && code == 0; i++) {
        code = netns_enter(t->endpoints[i].ns_fd, e);
        if (code == 0)
            fds[i] = open_diag(e);
        code = code < 0 || fds[i] >= 0 ? code : fds[i];
    }
    netns_return(home);
    close(home);
    return code;
}

int hangup(const struct topo *t, bool (*chosen)(void *arg, int from, int to), void *arg,
           unsigned *ret_count, struct err *e)
{
    struct ends s = {.topo = t, .chosen = chosen, .arg = arg};
    const struct question list = question_of(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
    int *fds = mem_array((size_t)t->endpoints_count, sizeof(*fds));
    for (int i = 0; i < t->endpoints_count; i++)
        fds[i] = -1;
    int code = open_all(t, fds, e);
    for (int i = 0; i < t->endpoints_count && code == 0; i++) {
        s.owner = i;
        code = ask(fds[i], &list, &s, e);
    }
    if (code == 0)
        code = each_end(&s, fds, e);
    if (code == 0)
        *ret_count = connections(&s);
    for (int i = 0; i < t->endpoints_count; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    mem_free(fds);
    mem_free(s.list);
    return code;
}

bool hangup_possible(void)
{
    struct err e = {0};
    struct inet_diag_sockid nobody = {.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}};
    int fd = open_diag(&e);
    if (fd < 0)
        return false;
    int code = destroy(fd, &nobody, &e);
    close(fd);
    return code != -E_UNSUPPORTED;
}
