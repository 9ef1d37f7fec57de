/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/lab.h"

#include "base/mem.h"
#include "emulator/adapters/lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COMMAND_MAX 2048

/* Invariant: poll != NULL iff fd >= 0. */
struct node_lab {
    struct collector *collector;
    const struct node_lab_events *events;
    void *arg;
    int fd;
    uv_poll_t *poll; /* owned by the loop while it is closing */
    struct buf out;  /* commands that the socket has not taken yet */
    uint64_t said, answered;
};

struct node_lab *node_lab_new(struct collector *collector, const struct node_lab_events *events,
                              void *arg)
{
    struct node_lab *l = mem_alloc(sizeof(*l));
    *l = (struct node_lab){.collector = collector, .events = events, .arg = arg, .fd = -1};
    return l;
}

const struct buf *node_lab_greeting(const struct node_lab *l)
{
    return &l->out;
}

/* ---- out ---- */

static void on_ready(uv_poll_t *poll, int status, int events);

/* What the socket takes now; the rest when it takes more. */
static void send_out(struct node_lab *l)
{
    size_t at = 0;
    ssize_t n = 1;
    while (at < l->out.len && n > 0) {
        n = send(l->fd, l->out.data + at, l->out.len - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        at += n > 0 ? (size_t)n : 0;
    }
    buf_consume(&l->out, at);
    (void)uv_poll_start(l->poll, UV_READABLE | (l->out.len > 0 ? UV_WRITABLE : 0), on_ready);
}

void node_lab_say(struct node_lab *l, const char *fmt, ...)
{
    char text[COMMAND_MAX];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    ASSERT(len > 0 && (size_t)len < sizeof(text));
    buf_putf(&l->out, "%llu %s\n", (unsigned long long)++l->said, text);
    if (l->poll != NULL)
        send_out(l);
}

uint64_t node_lab_unanswered(const struct node_lab *l)
{
    return l->said - l->answered;
}

/* ---- in ---- */

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct node_lab *l = poll->data;
    bool ended = status < 0;
    if (!ended && (events & UV_READABLE) != 0)
        ended = collector_read(l->collector, l->fd) < 0;
    if (ended)
        (void)uv_poll_stop(poll); /* the end of the process is told by SIGCHLD */
    else if ((events & UV_WRITABLE) != 0)
        send_out(l);
}

static void take(struct node_lab *l, const struct adapter_line *line)
{
    const char *ev = adapter_line_text(line, "ev");
    const char *text = adapter_line_text(line, "text");
    if (ev == NULL)
        return;
    if (strcmp(ev, "labMet") == 0) {
        l->events->met(l->arg, line->id);
    } else if (strcmp(ev, "labDone") == 0 || strcmp(ev, "labError") == 0) {
        l->answered++;
        if (strcmp(ev, "labError") == 0 || line->id != l->answered)
            l->events->refused(l->arg, text != NULL ? text : "answers out of order");
    }
}

void node_lab_line(struct node_lab *l, const char *line, size_t len)
{
    struct adapter_line read = {0};
    struct err e;
    if (adapter_line_read(line, len, &read, &e) == 0)
        take(l, &read);
    adapter_line_free(&read);
}

void node_lab_drain(struct node_lab *l)
{
    while (l->fd >= 0 && collector_read(l->collector, l->fd) > 0)
        ;
}

/* ---- opening and closing ---- */

int node_lab_attach(struct node_lab *l, uv_loop_t *loop, int fd, struct err *e)
{
    l->fd = fd;
    l->poll = mem_alloc(sizeof(*l->poll));
    int failed = uv_poll_init(loop, l->poll, fd);
    ASSERT(failed == 0);
    l->poll->data = l;
    buf_reset(&l->out);
    failed = uv_poll_start(l->poll, UV_READABLE, on_ready);
    return failed == 0 ? 0 : err_set(e, -E_IO, "lab socket: %s", uv_strerror(failed));
}

static void free_handle(uv_handle_t *handle)
{
    mem_free(handle);
}

void node_lab_close(struct node_lab *l)
{
    if (l == NULL)
        return;
    if (l->poll != NULL) {
        (void)uv_poll_stop(l->poll);
        uv_close((uv_handle_t *)l->poll, free_handle);
        close(l->fd);
    }
    buf_free(&l->out);
    mem_free(l);
}
