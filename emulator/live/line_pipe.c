/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/line_pipe.h"

#include "base/mem.h"

#include <string.h>

#define CHUNK_BYTES (64u << 10)

/* Invariant: events is NULL once it was closed. */
struct line_pipe {
    uv_pipe_t pipe;
    struct buf in;
    size_t max;
    const struct line_pipe_events *events;
    void *arg;
};

/* ---- sending ---- */

struct writing {
    uv_write_t request;
    char bytes[];
};

static void on_written(uv_write_t *request, int status)
{
    (void)status; /* that the other side is gone is not told */
    mem_free(request->data);
}

int line_pipe_send(struct line_pipe *p, const struct buf *text, struct err *e)
{
    struct writing *w = mem_alloc(sizeof(*w) + text->len);
    memcpy(w->bytes, text->data, text->len);
    w->request.data = w;
    uv_buf_t bytes = uv_buf_init(w->bytes, (unsigned)text->len);
    int failed = uv_write(&w->request, (uv_stream_t *)&p->pipe, &bytes, 1, on_written);
    if (failed == 0)
        return 0;
    mem_free(w);
    return err_set(e, -E_CLOSED, "%s", uv_strerror(failed));
}

size_t line_pipe_unsent(const struct line_pipe *p)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&p->pipe);
}

static void on_shut(uv_shutdown_t *request, int status)
{
    (void)status;
    mem_free(request);
}

void line_pipe_end(struct line_pipe *p)
{
    uv_shutdown_t *request = mem_alloc(sizeof(*request));
    if (uv_shutdown(request, (uv_stream_t *)&p->pipe, on_shut) != 0)
        mem_free(request);
}

/* ---- receiving ---- */

static void take_lines(struct line_pipe *p)
{
    size_t at = 0;
    while (p->events != NULL && at < p->in.len) {
        const char *end = memchr(p->in.data + at, '\n', p->in.len - at);
        if (end == NULL)
            break;
        size_t len = (size_t)(end - (p->in.data + at));
        if (len > 0)
            p->events->line(p->arg, p->in.data + at, len);
        at += len + 1;
    }
    buf_consume(&p->in, at);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    static char chunk[CHUNK_BYTES];
    (void)handle;
    (void)suggested;
    *ret = uv_buf_init(chunk, sizeof(chunk));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct line_pipe *p = stream->data;
    if (n < 0) {
        (void)uv_read_stop(stream);
        if (p->events != NULL && p->events->gone != NULL)
            p->events->gone(p->arg);
        return;
    }
    buf_put(&p->in, bytes->base, (size_t)n);
    take_lines(p);
    if (p->in.overflow || p->in.len > p->max) {
        buf_reset(&p->in);
        if (p->events != NULL)
            p->events->too_long(p->arg);
    }
}

/* ---- opening and closing ---- */

struct line_pipe *line_pipe_open(uv_loop_t *loop, int fd, size_t max,
                                 const struct line_pipe_events *events, void *arg)
{
    struct line_pipe *p = mem_alloc(sizeof(*p));
    int failed = uv_pipe_init(loop, &p->pipe, 0);
    ASSERT(failed == 0);
    p->pipe.data = p;
    p->max = max;
    p->events = events;
    p->arg = arg;
    failed = uv_pipe_open(&p->pipe, fd);
    if (failed == 0)
        failed = uv_read_start((uv_stream_t *)&p->pipe, on_alloc, on_read);
    ASSERT(failed == 0); /* a socket of our own making */
    return p;
}

static void on_closed(uv_handle_t *handle)
{
    struct line_pipe *p = handle->data;
    buf_free(&p->in);
    mem_free(p);
}

void line_pipe_close(struct line_pipe *p)
{
    p->events = NULL;
    uv_close((uv_handle_t *)&p->pipe, on_closed);
}
