/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/ask.h"

#include "base/mem.h"
#include "base/respw.h"
#include "tests/support/replytext.h"
#include "wire/resp_reply.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX  64
#define PATIENT_MS 20000

struct ask_replies {
    struct resp_replies stream;
};

static bool connected(struct ask *a, const struct sockaddr *where, socklen_t len)
{
    *a = (struct ask){.fd = socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    ASSERT(a->fd >= 0);
    if (connect(a->fd, where, len) < 0) {
        (void)close(a->fd);
        a->fd = -1;
        return false;
    }
    a->replies = mem_alloc(sizeof(*a->replies));
    resp_replies_init(&a->replies->stream, 0);
    return true;
}

bool ask_connect(struct ask *a, unsigned port)
{
    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    return connected(a, (const struct sockaddr *)&where, sizeof(where));
}

bool ask_connect_path(struct ask *a, const char *path)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    ASSERT(strlen(path) < sizeof(where.sun_path));
    memcpy(where.sun_path, path, strlen(path) + 1);
    return connected(a, (const struct sockaddr *)&where, sizeof(where));
}

void ask_close(struct ask *a)
{
    if (a->fd >= 0)
        (void)close(a->fd);
    if (a->replies != NULL)
        resp_replies_free(&a->replies->stream);
    free(a->replies);
    buf_free(&a->text);
    *a = (struct ask){.fd = -1};
}

bool ask_send_bytes(struct ask *a, const void *data, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = send(a->fd, (const char *)data + at, len - at, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

static bool send_words(struct ask *a, char *line)
{
    struct span words[WORDS_MAX];
    size_t count = 0;
    for (char *at = line; *at != '\0';) {
        size_t len = strcspn(at, " ");
        ASSERT(count < WORDS_MAX);
        words[count++] = span_of(at, len);
        at += len + strspn(at + len, " ");
    }
    struct buf request = {0};
    respw_request(&request, words, count);
    bool sent = ask_send_bytes(a, request.data, request.len);
    buf_free(&request);
    return sent;
}

static bool send_format(struct ask *a, const char *fmt, va_list args)
{
    char *line = NULL;
    int len = vasprintf(&line, fmt, args);
    ASSERT(len >= 0);
    bool sent = a->fd >= 0 && send_words(a, line);
    free(line);
    return sent;
}

bool ask_send(struct ask *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    bool sent = send_format(a, fmt, args);
    va_end(args);
    return sent;
}

static long long now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *note(struct ask *a, const char *text)
{
    buf_reset(&a->text);
    buf_puts(&a->text, text);
    return buf_str(&a->text);
}

const char *ask_reply(struct ask *a, int wait_ms)
{
    static __thread char bytes[256 * 1024];
    long long end_ms = now_ms() + wait_ms;
    if (a->fd < 0)
        return note(a, "!closed");
    for (;;) {
        const struct resp_value *value;
        struct err e = {0};
        int code = resp_replies_next(&a->replies->stream, &value, &e);
        if (code > 0) {
            buf_reset(&a->text);
            reply_text(&a->text, value, SIZE_MAX);
            return buf_str(&a->text);
        }
        if (code < 0)
            return note(a, e.text);
        long long left_ms = end_ms - now_ms();
        struct pollfd ready = {.fd = a->fd, .events = POLLIN};
        if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) == 0)
            return note(a, "!timeout");
        ssize_t n = recv(a->fd, bytes, sizeof(bytes), 0);
        if (n <= 0 && errno != EINTR)
            return note(a, "!closed");
        resp_replies_feed(&a->replies->stream, bytes, n > 0 ? (size_t)n : 0);
    }
}

const char *ask(struct ask *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    bool sent = send_format(a, fmt, args);
    va_end(args);
    return sent ? ask_reply(a, PATIENT_MS) : note(a, "!closed");
}
