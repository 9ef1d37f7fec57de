/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/adapters/dial.h"

#include "base/units.h"
#include "emulator/adapters/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static int wait_for(int fd, short events, uint64_t until_ns, struct err *e)
{
    struct pollfd p = {.fd = fd, .events = events};
    for (;;) {
        uint64_t now = adapter_now_ns();
        int left = now >= until_ns ? 0 : (int)((until_ns - now) / NS_PER_MS) + 1;
        int n = left == 0 ? 0 : poll(&p, 1, left);
        if (n > 0)
            return 0;
        if (n == 0)
            return err_set(e, -E_TIMEOUT, "TIMEOUT");
        if (errno != EINTR)
            return err_set_errno(e, -E_IO, errno, "poll");
    }
}

static int connected(int fd, uint64_t until_ns, struct err *e)
{
    int failed = 0;
    socklen_t len = sizeof(failed);
    int code = wait_for(fd, POLLOUT, until_ns, e);
    if (code == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len) == 0 && failed != 0)
        code = err_set_errno(e, -E_CLOSED, failed, "REFUSED");
    return code;
}

int dial(const char *address, unsigned port, uint64_t until_ns, struct err *e)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1;
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
        return err_set(e, -E_CLOSED, "%s: not an address", address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_errno(e, -E_CLOSED, errno, "socket");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    int code = 0;
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
        code = errno == EINPROGRESS ? connected(fd, until_ns, e)
                                    : err_set_errno(e, -E_CLOSED, errno, "REFUSED");
    if (code == 0)
        return fd;
    close(fd);
    return code;
}

int dial_send(int fd, const void *data, size_t len, uint64_t until_ns, struct err *e)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = send(fd, (const char *)data + at, len - at, MSG_NOSIGNAL);
        if (n >= 0)
            at += (size_t)n;
        else if (errno != EAGAIN && errno != EINTR)
            return err_set_errno(e, -E_CLOSED, errno, "RESET");
        else if (wait_for(fd, POLLOUT, until_ns, e) < 0)
            return e->code;
    }
    return 0;
}

int dial_receive(int fd, void *data, size_t size, uint64_t until_ns, struct err *e)
{
    for (;;) {
        ssize_t n = recv(fd, data, size, 0);
        if (n >= 0)
            return (int)n;
        if (errno != EAGAIN && errno != EINTR)
            return err_set_errno(e, -E_CLOSED, errno, "RESET");
        int code = wait_for(fd, POLLIN, until_ns, e);
        if (code < 0)
            return code;
    }
}
