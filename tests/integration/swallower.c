/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "swallower.h"

#include "base/must.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Shared by both processes. */
struct swallower {
    pid_t pid;
    unsigned port, to_port;
    int listener;
    atomic_int left;
    atomic_int what; /* enum swallow */
};

/* One connection, on both sides. */
struct pair {
    struct swallower *s;
    int client, node;
};

static struct sockaddr_in loopback(unsigned port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* Requests are short and sent with one call. */
static bool is_write(const char *bytes, size_t len)
{
    return memmem(bytes, len, "\r\nWRITE\r\n", 9) != NULL ||
           (len >= 4 && memcmp(bytes, "INCR", 4) == 0);
}

/* Whether this one is to get lost: then there is one less. */
static bool takes_one(struct swallower *s)
{
    int left = atomic_load(&s->left);
    while (left > 0) {
        if (atomic_compare_exchange_weak(&s->left, &left, left - 1))
            return true;
    }
    return left < 0;
}

/* Waits for the reply, which is the sign that it is done; nobody hears of it. */
static void swallow_reply(const struct pair *p, const char *bytes, size_t len)
{
    char reply[4096];
    if (send_all(p->node, bytes, len))
        (void)recv(p->node, reply, sizeof(reply), 0);
}

/* What has come from one side goes to the other. False: that was all. */
static bool pass(const struct pair *p, bool from_client)
{
    char bytes[65536];
    ssize_t n = recv(from_client ? p->client : p->node, bytes, sizeof(bytes), 0);
    if (n <= 0)
        return false;
    if (from_client && is_write(bytes, (size_t)n) && takes_one(p->s)) {
        if (atomic_load(&p->s->what) == SWALLOW_REPLIES)
            swallow_reply(p, bytes, (size_t)n);
        return false;
    }
    return send_all(from_client ? p->node : p->client, bytes, (size_t)n);
}

static void *serve(void *arg)
{
    struct pair *p = arg;
    struct sockaddr_in to = loopback(p->s->to_port);
    p->node = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool open = connect(p->node, (struct sockaddr *)&to, sizeof(to)) == 0;
    while (open) {
        struct pollfd fds[] = {{.fd = p->client, .events = POLLIN},
                               {.fd = p->node, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0)
            break;
        for (size_t i = 0; i < 2 && open; i++)
            open = fds[i].revents == 0 || pass(p, i == 0);
    }
    (void)close(p->client);
    (void)close(p->node);
    free(p);
    return NULL;
}

static _Noreturn void run(struct swallower *s)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        pthread_t thread;
        struct pair *p = malloc(sizeof(*p));
        if (p == NULL)
            _exit(70);
        *p = (struct pair){.s = s, .client = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC)};
        if (p->client < 0 || pthread_create(&thread, NULL, serve, p) != 0)
            _exit(71);
        (void)pthread_detach(thread);
    }
}

struct swallower *swallower_start(unsigned to_port)
{
    struct swallower *s =
        mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT(s != MAP_FAILED);
    struct sockaddr_in at = loopback(0);
    socklen_t len = sizeof(at);
    s->to_port = to_port;
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool listens = bind(s->listener, (struct sockaddr *)&at, sizeof(at)) == 0 &&
                   listen(s->listener, 16) == 0 &&
                   getsockname(s->listener, (struct sockaddr *)&at, &len) == 0;
    ASSERT(listens);
    s->port = ntohs(at.sin_port);
    pid_t pid = fork();
    ASSERT(pid >= 0);
    if (pid == 0)
        run(s);
    s->pid = pid; /* both share *s: only the parent says it */
    return s;
}

void swallower_stop(struct swallower *s)
{
    (void)kill(s->pid, SIGKILL);
    (void)waitpid(s->pid, NULL, 0);
    (void)close(s->listener);
    (void)munmap(s, sizeof(*s));
}

unsigned swallower_port(const struct swallower *s)
{
    return s->port;
}

void swallower_eat(struct swallower *s, enum swallow what, int count)
{
    atomic_store(&s->what, (int)what);
    atomic_store(&s->left, count);
}

int swallower_left(const struct swallower *s)
{
    return atomic_load(&s->left);
}
