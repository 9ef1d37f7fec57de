/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/conn.h"

#include "base/respw.h"
#include "base/units.h"
#include "raftctl/stop.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES 16384

uint64_t conn_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void drop_socket(struct conn *c)
{
    if (c->fd >= 0)
        (void)close(c->fd);
    c->fd = -1;
    c->connecting = false;
}

static void fail_errno(struct conn *c, int error_number)
{
    drop_socket(c);
    c->error_number = error_number;
    c->reply = NULL;
    int code = error_number == ETIMEDOUT ? -E_TIMEOUT : err_from_errno(error_number);
    (void)err_set_errno(&c->failed, code, error_number, "%s", c->to.text);
}

/* Whether it was the other side or the way there that was silent. */
static void fail_time_up(struct conn *c)
{
    bool connected = !c->connecting;
    fail_errno(c, stop_asked() ? ECANCELED : ETIMEDOUT);
    if (connected && !stop_asked())
        (void)err_set(&c->failed, -E_TIMEOUT, "%s: connected, but no answer", c->to.text);
}

/* Begins to connect to one address. Returns 0 (connected, or will be) or an errno. */
static int start_connect(struct conn *c, int family, const struct sockaddr *address, socklen_t len)
{
    drop_socket(c);
    c->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return errno;
    if (connect(c->fd, address, len) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    c->connecting = true;
    return 0;
}

/* A host name may have several addresses, and the node listens on one of them. */
static void try_next_address(struct conn *c, int error_number)
{
    while (c->next != NULL) {
        struct addrinfo *a = c->next;
        c->next = a->ai_next;
        error_number = start_connect(c, a->ai_family, a->ai_addr, a->ai_addrlen);
        if (error_number == 0)
            return;
    }
    fail_errno(c, error_number);
}

static void open_unix(struct conn *c)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    _Static_assert(sizeof(address.sun_path) >= sizeof(c->to.path), "a path fits its address");
    memcpy(address.sun_path, c->to.path, strlen(c->to.path) + 1);
    int error_number =
        start_connect(c, AF_UNIX, (const struct sockaddr *)&address, sizeof(address));
    if (error_number != 0)
        fail_errno(c, error_number);
}

static void open_tcp(struct conn *c)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int rc = getaddrinfo(c->to.host, c->to.port, &hints, &c->resolved);
    if (rc != 0) {
        c->error_number = rc == EAI_SYSTEM ? errno : 0;
        (void)err_set(&c->failed, -E_NOTFOUND, "%s: %s", c->to.text, gai_strerror(rc));
        return;
    }
    c->next = c->resolved;
    try_next_address(c, 0);
}

void conn_open(struct conn *c, const struct endpoint *to)
{
    *c = (struct conn){.to = *to, .fd = -1};
    resp_replies_init(&c->in, 0);
    if (to->is_unix)
        open_unix(c);
    else
        open_tcp(c);
}

void conn_close(struct conn *c)
{
    drop_socket(c);
    if (c->resolved != NULL)
        freeaddrinfo(c->resolved);
    c->resolved = c->next = NULL;
    buf_free(&c->out);
    resp_replies_free(&c->in);
    c->reply = NULL;
}

void conn_ask(struct conn *c, const struct span *argv, size_t argc)
{
    c->reply = NULL;
    c->sent = false;
    if (c->failed.code < 0)
        return;
    ASSERT(c->out.len == 0);
    respw_request(&c->out, argv, argc);
    if (c->out.overflow)
        (void)err_set(&c->failed, -E_LIMIT, "%s: the request is too long", c->to.text);
}

static bool waiting(const struct conn *c)
{
    return c->failed.code == 0 && c->reply == NULL;
}

static void finish_connect(struct conn *c)
{
    int error_number = 0;
    socklen_t len = sizeof(error_number);
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error_number, &len) < 0)
        error_number = errno;
    c->connecting = false;
    if (error_number != 0)
        try_next_address(c, error_number);
}

static void send_some(struct conn *c)
{
    ssize_t n = send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL);
    if (n >= 0) {
        c->sent = c->sent || n > 0;
        buf_consume(&c->out, (size_t)n);
    } else if (errno != EAGAIN && errno != EINTR) {
        fail_errno(c, errno);
    }
}

void conn_tell(struct conn *c, const struct span *argv, size_t argc)
{
    ASSERT(c->reply != NULL && c->out.len == 0);
    respw_request(&c->out, argv, argc);
    if (!c->out.overflow)
        send_some(c);
}

/* What has come and is complete becomes the reply. */
static void take_reply(struct conn *c)
{
    if (resp_replies_next(&c->in, &c->reply, &c->failed) < 0) {
        drop_socket(c);
        (void)err_wrap(&c->failed, "%s", c->to.text);
    }
}

static void read_some(struct conn *c)
{
    char bytes[READ_BYTES];
    ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            fail_errno(c, errno);
        return;
    }
    if (n == 0) {
        drop_socket(c);
        (void)err_set(&c->failed, -E_CLOSED, "%s: connection closed", c->to.text);
        return;
    }
    resp_replies_feed(&c->in, bytes, (size_t)n);
    take_reply(c);
}

static short wanted(const struct conn *c)
{
    if (!waiting(c))
        return 0;
    if (c->connecting)
        return POLLOUT;
    return (short)(POLLIN | (c->out.len > 0 ? POLLOUT : 0));
}

static void run(struct conn *c, short events)
{
    if (c->connecting) {
        if ((events & (POLLOUT | POLLERR | POLLHUP)) != 0)
            finish_connect(c);
        return;
    }
    if ((events & POLLOUT) != 0 && c->out.len > 0)
        send_some(c);
    if ((events & (POLLIN | POLLERR | POLLHUP)) != 0 && waiting(c))
        read_some(c);
}

/* How long to wait for the system: 0 once the deadline has passed, or when it is to stop. */
static uint64_t patience_ns(uint64_t deadline_ns)
{
    uint64_t now_ns = conn_now_ns(), look_ns = STOP_LOOK_MS * NS_PER_MS;
    if (now_ns >= deadline_ns || stop_asked())
        return 0;
    return deadline_ns - now_ns < look_ns ? deadline_ns - now_ns : look_ns;
}

/* One poll over those still waiting. Returns false when there are none, or when time is up. */
static bool poll_once(struct conn *const *conns, size_t count, uint64_t deadline_ns)
{
    struct pollfd fds[LIMIT_MEMBERS];
    struct conn *by_fd[LIMIT_MEMBERS];
    nfds_t n = 0;
    ASSERT(count <= LIMIT_MEMBERS);
    for (size_t i = 0; i < count; i++) {
        short events = wanted(conns[i]);
        if (events == 0)
            continue;
        by_fd[n] = conns[i];
        fds[n++] = (struct pollfd){.fd = conns[i]->fd, .events = events};
    }
    if (n == 0)
        return false;
    uint64_t rest_ns = patience_ns(deadline_ns);
    int ready = ppoll(fds, n, &(struct timespec){.tv_nsec = (long)rest_ns}, NULL);
    if (ready < 0)
        ASSERT(errno == EINTR); /* the arguments are ours */
    if (ready <= 0)
        return rest_ns > 0;
    for (nfds_t i = 0; i < n; i++)
        run(by_fd[i], fds[i].revents);
    return true;
}

void conn_wait(struct conn *const *conns, size_t count, uint64_t deadline_ns)
{
    while (poll_once(conns, count, deadline_ns)) {
    }
    for (size_t i = 0; i < count; i++) {
        if (waiting(conns[i]))
            fail_time_up(conns[i]);
    }
}

void conn_wait_connected(struct conn *c, uint64_t deadline_ns)
{
    while (c->connecting && poll_once(&c, 1, deadline_ns)) {
    }
    if (c->connecting)
        fail_errno(c, ETIMEDOUT);
}

bool conn_next(struct conn *c, uint64_t deadline_ns)
{
    c->reply = NULL;
    if (c->failed.code == 0)
        take_reply(c);
    while (waiting(c) && poll_once(&c, 1, deadline_ns)) {
    }
    return c->reply != NULL;
}

void conn_turn(struct conn *const *conns, size_t count, uint64_t deadline_ns)
{
    bool more = true;
    while (more) {
        size_t idle = 0;
        for (size_t i = 0; i < count; i++)
            idle += !waiting(conns[i]);
        more = idle == 0 && poll_once(conns, count, deadline_ns);
    }
}
