/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/connection.h"

#include "base/mem.h"

#include <stdio.h>
#include <unistd.h>

#define CHUNK_BYTES (64u << 10)

/* Invariant: events is NULL once it was dropped. */
struct connection {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    };
    uv_connect_t connect;
    uv_write_t write;
    bool writing;
    struct buf out; /* what a write under way still needs */
    struct resp_replies in;
    const struct connection_events *events;
    void *arg;
};

static void on_closed(uv_handle_t *handle)
{
    struct connection *c = handle->data;
    resp_replies_free(&c->in);
    buf_free(&c->out);
    mem_free(c);
}

void connection_drop(struct connection *c, bool reset)
{
    c->events = NULL;
    c->arg = NULL;
    bool tcp = c->handle.type == UV_TCP;
    if (!reset || !tcp || uv_tcp_close_reset(&c->tcp, on_closed) != 0)
        uv_close(&c->handle, on_closed);
}

static const char *word_of(int status)
{
    if (status == UV_EOF)
        return "CLOSED";
    if (status == UV_ECONNRESET || status == UV_ECONNABORTED || status == UV_EPIPE)
        return "RESET";
    if (status == UV_ECONNREFUSED)
        return "REFUSED";
    return "UNREACHABLE";
}

static void lost(struct connection *c, int status)
{
    if (c->events != NULL)
        c->events->lost(c->arg, word_of(status));
}

/* One buffer for all: what was read is fed before anything else is read. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    static char chunk[CHUNK_BYTES];
    (void)handle;
    (void)suggested;
    *ret = uv_buf_init(chunk, sizeof(chunk));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct connection *c = stream->data;
    const struct resp_value *value;
    struct err e;
    int more;
    if (n < 0) {
        lost(c, (int)n);
        return;
    }
    resp_replies_feed(&c->in, bytes->base, (size_t)n);
    while (c->events != NULL && (more = resp_replies_next(&c->in, &value, &e)) != 0) {
        if (more < 0 || c->writing) { /* nobody can answer what was not sent yet */
            c->events->lost(c->arg, "PROTOCOL");
            return;
        }
        c->events->reply(c->arg, value);
    }
}

static void on_connect(uv_connect_t *request, int status)
{
    struct connection *c = request->handle->data;
    if (c->events == NULL)
        return;
    if (status == 0)
        status = uv_read_start(&c->stream, on_alloc, on_read);
    if (status != 0)
        lost(c, status);
    else
        c->events->connected(c->arg);
}

static int begin(struct connection *c, uv_loop_t *loop, int fd, struct in_addr to, unsigned port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = to};
    int failed = uv_tcp_init(loop, &c->tcp);
    ASSERT(failed == 0);
    c->tcp.data = c;
    failed = uv_tcp_open(&c->tcp, fd);
    if (failed != 0) {
        close(fd);
        return failed;
    }
    failed = uv_tcp_nodelay(&c->tcp, 1);
    if (failed == 0)
        failed =
            uv_tcp_connect(&c->connect, &c->tcp, (const struct sockaddr *)&address, on_connect);
    return failed;
}

struct connection *connection_open(uv_loop_t *loop, const struct netem *net, int from, int to,
                                   unsigned port, const struct connection_events *events, void *arg,
                                   struct err *e)
{
    int fd = netem_socket(net, from, AF_INET, SOCK_STREAM, 0, e);
    if (fd < 0)
        return NULL;
    struct connection *c = mem_alloc(sizeof(*c));
    resp_replies_init(&c->in, 0);
    c->events = events;
    c->arg = arg;
    int failed = begin(c, loop, fd, netem_in_addr(net, to), port);
    if (failed == 0)
        return c;
    (void)err_set(e, -E_IO, "connect to %s: %s", netem_name(net, to), uv_strerror(failed));
    connection_drop(c, false);
    return NULL;
}

struct connection *connection_open_unix(uv_loop_t *loop, const char *path,
                                        const struct connection_events *events, void *arg)
{
    struct connection *c = mem_alloc(sizeof(*c));
    int failed = uv_pipe_init(loop, &c->pipe, 0);
    ASSERT(failed == 0);
    resp_replies_init(&c->in, 0);
    c->handle.data = c;
    c->events = events;
    c->arg = arg;
    uv_pipe_connect(&c->connect, &c->pipe, path, on_connect);
    return c;
}

static void on_written(uv_write_t *request, int status)
{
    struct connection *c = request->handle->data;
    c->writing = false;
    if (status != 0)
        lost(c, status);
}

int connection_send(struct connection *c, const void *data, size_t len, struct err *e)
{
    uv_buf_t bytes = uv_buf_init((char *)(uintptr_t)data, (unsigned)len);
    ASSERT(!c->writing); /* one operation at a time: its answer means that all was sent */
    int n = uv_try_write(&c->stream, &bytes, 1);
    if (n < 0 && n != UV_EAGAIN)
        return err_set(e, -E_CLOSED, "%s", word_of(n));
    size_t sent = n < 0 ? 0 : (size_t)n;
    if (sent == len)
        return 0;
    buf_reset(&c->out);
    buf_put(&c->out, (const char *)data + sent, len - sent);
    bytes = uv_buf_init(c->out.data, (unsigned)c->out.len);
    c->writing = true;
    n = uv_write(&c->write, &c->stream, &bytes, 1, on_written);
    ASSERT(n == 0);
    return 0;
}
