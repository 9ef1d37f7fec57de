/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/join.h"

#include "base/units.h"
#include "raft/node.h"
#include "raftd/address.h"
#include "raftd/turn.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int64_t now_ms(void)
{
    return (int64_t)(turn_now_ns() / NS_PER_MS);
}

/* Waits for the event until the deadline. */
static int wait_for(int fd, short event, int64_t until_ms, const char *address, struct err *e)
{
    struct pollfd p = {.fd = fd, .events = event};
    int64_t left = until_ms - now_ms();
    int n = left <= 0 ? 0 : poll(&p, 1, (int)left);
    if (n < 0 && errno == EINTR)
        return err_set(e, -E_CLOSED, "join: %s: a signal came before the answer", address);
    if (n < 0)
        return err_set_errno(e, -E_IO, errno, "join: %s", address);
    return n == 1
               ? 0
               : err_set(e, -E_TIMEOUT, "join: %s: no answer in time; %s", address,
                         event == POLLIN ? "is it a member's peer port?" : "does that host run?");
}

/* It answers that nobody listens there, or cannot be reached at all. */
static int nobody(const char *address, int error, struct err *e)
{
    return err_set(e, -E_CLOSED, "join: %s: %s\n  fix: the peer port of a member that runs",
                   address, strerror(error));
}

static int dial(const char *address, int64_t until_ms, int *ret_fd, struct err *e)
{
    struct address a;
    struct sockaddr_storage to;
    int error = 0;
    socklen_t len = sizeof(error);
    const char *why = address_parse(address, &a);
    if (why != NULL)
        return err_set(e, -E_NOTFOUND, "join: %s: %s", address, why);
    int code = address_resolve(&a, &to, e);
    if (code < 0)
        return err_wrap(e, "join");
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_errno(e, -E_IO, errno, "join: socket");
    socklen_t size =
        to.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    if (connect(fd, (struct sockaddr *)&to, size) < 0 && errno != EINPROGRESS)
        code = nobody(address, errno, e);
    if (code == 0)
        code = wait_for(fd, POLLOUT, until_ms, address, e);
    if (code == 0 && (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error != 0))
        code = nobody(address, error, e);
    if (code < 0)
        (void)close(fd);
    else
        *ret_fd = fd;
    return code;
}

static int say_hello(int fd, const char *address, const struct peer_hello *hello, struct span more,
                     struct err *e)
{
    struct buf out = {0};
    int code = peer_hello_encode(&out, hello, e);
    buf_put(&out, more.data, more.len);
    /* A fresh socket's buffer takes a few KiB whole. */
    if (code == 0 && send(fd, out.data, out.len, MSG_NOSIGNAL) != (ssize_t)out.len)
        code = err_set_errno(e, -E_IO, errno, "join: %s", address);
    buf_free(&out);
    return code;
}

/* Whether accepted or refused, whoever answers says which cluster it belongs to. */
static int read_answer(int fd, const char *address, int64_t until_ms, struct peer_hello_reply *ret,
                       struct err *e)
{
    struct frame_decoder decoder;
    struct frame frame;
    struct peer_hello_reply reply;
    char bytes[4096];
    int code = 0, got = 0;
    frame_decoder_init(&decoder);
    while (code == 0 && (got = frame_decoder_next(&decoder, &frame, e)) == 0) {
        code = wait_for(fd, POLLIN, until_ms, address, e);
        ssize_t n = code == 0 ? recv(fd, bytes, sizeof(bytes), 0) : 0;
        if (code == 0 && n <= 0)
            code = err_set(e, -E_CLOSED,
                           "join: %s: hung up instead of an answer; is it a member's peer port?",
                           address);
        if (code == 0)
            frame_decoder_feed(&decoder, bytes, (size_t)n);
    }
    if (code == 0 && got < 0)
        code = err_wrap(e, "join: %s is no member's peer port", address);
    if (code == 0 && frame.header.type != PEER_HELLO_REPLY)
        code = err_set(e, -E_CORRUPT, "join: %s: not the answer to a Hello", address);
    if (code == 0)
        code = peer_hello_reply_decode(&frame, &reply, e);
    if (code == 0)
        *ret = reply;
    frame_decoder_free(&decoder);
    return code;
}

struct peer_hello join_hello(const char *name, const char *own_address, uint64_t cluster_id,
                             uint64_t generation)
{
    struct peer_hello hello = {.link = {.cluster_id = cluster_id, .generation = generation},
                               .from = node_id_of_name(name),
                               .version_min = FRAME_VERSION_MIN,
                               .version_max = FRAME_VERSION_MAX};
    (void)snprintf(hello.name, sizeof(hello.name), "%s", name);
    (void)snprintf(hello.address, sizeof(hello.address), "%s", own_address);
    return hello;
}

int join_greet(const char *address, const struct peer_hello *hello, unsigned wait_ms,
               struct peer_hello_reply *ret, struct err *e)
{
    return join_greet_and(address, hello, span_of(NULL, 0), wait_ms, ret, e);
}

int join_greet_and(const char *address, const struct peer_hello *hello, struct span more,
                   unsigned wait_ms, struct peer_hello_reply *ret, struct err *e)
{
    int fd = -1;
    int64_t until_ms = now_ms() + wait_ms;
    int code = dial(address, until_ms, &fd, e);
    if (code < 0)
        return code;
    code = say_hello(fd, address, hello, more, e);
    if (code == 0)
        code = read_answer(fd, address, until_ms, ret, e);
    (void)close(fd);
    return code;
}
