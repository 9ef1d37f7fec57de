/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_node.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Binds a socket to a free port and writes its address. */
static int bind_free(char address[FAKE_ADDRESS_MAX])
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT(fd >= 0);
    ASSERT(bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0);
    ASSERT(getsockname(fd, (struct sockaddr *)&in, &len) == 0);
    (void)snprintf(address, FAKE_ADDRESS_MAX, "127.0.0.1:%u", (unsigned)ntohs(in.sin_port));
    return fd;
}

/* Waits for fd to be readable; false when the node is to stop. */
static bool wait_for(const struct fake_node *node, int fd)
{
    struct pollfd fds[] = {{.fd = node->stop_fd[0], .events = POLLIN},
                           {.fd = fd, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0) {
    }
    return fds[0].revents == 0;
}

/* Answers every request that is complete. False: hang up. */
static bool answer(struct fake_node *node, struct resp_requests *requests, int fd)
{
    struct resp_request request;
    struct err e = {0};
    while (resp_requests_next(requests, &request, &e) == 1) {
        struct buf reply = {0};
        node->requests_count++;
        enum fake_act act = node->handler(node, &request, &reply);
        bool sent = act == FAKE_SILENCE ||
                    send(fd, buf_str(&reply), reply.len, MSG_NOSIGNAL) == (ssize_t)reply.len;
        buf_free(&reply);
        if (act == FAKE_HANG_UP || !sent)
            return false;
    }
    return e.code == 0;
}

static void serve(struct fake_node *node, int fd)
{
    struct resp_requests requests;
    char bytes[4096];
    ssize_t n;
    resp_requests_init(&requests);
    while (wait_for(node, fd) && (n = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
        resp_requests_feed(&requests, bytes, (size_t)n);
        if (!answer(node, &requests, fd))
            break;
    }
    resp_requests_free(&requests);
    (void)close(fd);
}

static void *run(void *arg)
{
    struct fake_node *node = arg;
    while (wait_for(node, node->listen_fd)) {
        int fd = accept(node->listen_fd, NULL, NULL);
        if (fd >= 0)
            serve(node, fd);
    }
    return NULL;
}

void fake_node_start(struct fake_node *node, fake_handler *handler, void *context)
{
    *node = (struct fake_node){.handler = handler, .context = context};
    node->listen_fd = bind_free(node->address);
    ASSERT(listen(node->listen_fd, 16) == 0);
    ASSERT(pipe(node->stop_fd) == 0);
    ASSERT(pthread_create(&node->thread, NULL, run, node) == 0);
}

void fake_node_stop(struct fake_node *node)
{
    ASSERT(write(node->stop_fd[1], "x", 1) == 1);
    ASSERT(pthread_join(node->thread, NULL) == 0);
    (void)close(node->listen_fd);
    (void)close(node->stop_fd[0]);
    (void)close(node->stop_fd[1]);
}

void fake_address_closed(char address[FAKE_ADDRESS_MAX])
{
    int fd = bind_free(address);
    (void)close(fd);
}
