/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A daemon that is none: it takes raftd's options, and does to clients what FAKE_RAFTD says:
 *
 *   good     writes are acknowledged, reads find nothing
 *   silent   operations are never answered
 *   hangup   the connection is closed at an operation
 *   unknown  every write has an unknown outcome
 *   failing  every operation fails
 *   garbage  answers are no RESP
 *   deaf     connections are accepted, nothing is ever read
 *   absent   nobody listens
 *
 * n1 does so; every other node is good. One connection is served after another. When it is ready,
 * it says so in its trace. */
#include "base/respw.h"
#include "wire/resp.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *act = "good";
static unsigned long long written;

static bool is(const char *word)
{
    return strcmp(act, word) == 0;
}

static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    }
    (void)fprintf(stderr, "fake raftd: %s is missing\n", name);
    exit(64);
}

static int listen_on(const char *address)
{
    char host[32];
    const char *colon = strchr(address, ':');
    struct sockaddr_in in = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(host, sizeof(host), "%.*s", (int)(colon - address), address);
    in.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    if (fd < 0 || inet_pton(AF_INET, host, &in.sin_addr) != 1 ||
        bind(fd, (const struct sockaddr *)&in, sizeof(in)) < 0 || listen(fd, 64) < 0) {
        perror("fake raftd: listen");
        exit(71);
    }
    return fd;
}

/* False: hang up. */
static bool handle(const struct resp_request *request, struct buf *out)
{
    bool read = span_is_word(request->argv[0], "get");
    if (span_is_word(request->argv[0], "raft")) {
        respw_ok(out);
        return true;
    }
    if (is("hangup"))
        return false;
    if (is("silent"))
        return true;
    if (is("garbage")) {
        buf_puts(out, "what?\r\n");
        return true;
    }
    respw_array(out, 2);
    if (is("failing"))
        respw_error(out, "NOLEADER there is none");
    else if (is("unknown") && !read)
        respw_error(out, "UNKNOWN it may have been written");
    else if (read)
        respw_null(out, RESP2);
    else
        respw_ok(out);
    respw_unsigned(out, ++written);
    return true;
}

static bool answer(struct resp_requests *requests, int fd)
{
    struct resp_request request;
    struct err e = {0};
    bool on = true;
    while (on && resp_requests_next(requests, &request, &e) == 1) {
        struct buf out = {0};
        on = handle(&request, &out) &&
             send(fd, buf_str(&out), out.len, MSG_NOSIGNAL) == (ssize_t)out.len;
        buf_free(&out);
    }
    return on && e.code == 0;
}

static void serve(int fd)
{
    struct resp_requests requests;
    char bytes[4096];
    ssize_t n;
    resp_requests_init(&requests);
    while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
        resp_requests_feed(&requests, bytes, (size_t)n);
        if (!answer(&requests, fd))
            break;
    }
    resp_requests_free(&requests);
    (void)close(fd);
}

/* Only what a line must have. */
static void say_boot(const char *name, const char *fd)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    (void)dprintf(
        (int)strtol(fd, NULL, 10),
        "{\"t\":%lld%09ld,\"node\":\"%s\",\"disk\":\"0000000000000001\",\"inc\":1,\"seq\":1,"
        "\"term\":0,\"ev\":\"boot\"}\n",
        (long long)now.tv_sec, now.tv_nsec, name);
}

int main(int argc, char **argv)
{
    const char *told = getenv("FAKE_RAFTD"), *name = option(argc, argv, "--name");
    if (told != NULL && strcmp(name, "n1") == 0)
        act = told;
    int listener = is("absent") ? -1 : listen_on(option(argc, argv, "--listen-client"));
    say_boot(name, option(argc, argv, "--lab-fd"));
    while (is("absent") || is("deaf"))
        (void)pause(); /* until a signal ends it */
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0)
            serve(fd);
    }
}
