/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/ports.h"

#include "base/must.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT_FIRST 10000u
#define BLOCKS     1000u

/* A socket bound to the port; -1: somebody has it. */
static int bound(unsigned port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* A server that is no test may have one of them. */
static bool are_free(unsigned first)
{
    bool free = true;
    for (unsigned i = 1; free && i < PORTS_BLOCK; i++) {
        int fd = bound(first + i);
        free = fd >= 0 && close(fd) == 0;
    }
    return free;
}

int ports_hold(unsigned *ret)
{
    static unsigned taken; /* the next one is another: connections to the last may still linger */
    for (unsigned i = 0; i < BLOCKS; i++) {
        unsigned block = ((unsigned)getpid() + taken++) % BLOCKS;
        *ret = PORT_FIRST + block * PORTS_BLOCK;
        int fd = bound(*ret);
        if (fd >= 0 && are_free(*ret))
            return fd;
        if (fd >= 0)
            (void)close(fd);
    }
    UNREACHABLE();
}
