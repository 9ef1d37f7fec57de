/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/caller.h"

#include "base/mem.h"
#include "base/respw.h"
#include "base/units.h"

#include <stdio.h>

#define FED_BYTES_MAX  (1u << 20)  /* read in one turn: below what the parser bears unread */
#define KEPT_BYTES_MAX (64u << 10) /* memory an idle connection keeps for its next requests */
#define PATIENCE_NS    (30 * NS_PER_S)
#define LINGER_NS      (1 * NS_PER_S)

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    const struct caller *c = handle->data;
    (void)suggested;
    turn_alloc(c->all->turn, ret);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes);

static void set_reading(struct caller *c, bool on)
{
    if (c->state == CALLER_CLOSED || c->reading == on)
        return;
    c->reading = on;
    if (on)
        (void)uv_read_start(&c->uv.stream, on_alloc, on_read);
    else
        (void)uv_read_stop(&c->uv.stream);
}

static void set_ready(struct caller *c)
{
    if (c->ready)
        return;
    c->ready = true;
    TAILQ_INSERT_TAIL(&c->all->ready, c, ready_link);
}

static void set_waiting(struct caller *c, bool on)
{
    if (on && !c->waiting)
        TAILQ_INSERT_TAIL(&c->all->waiting, c, waiting_link);
    if (!on && c->waiting)
        TAILQ_REMOVE(&c->all->waiting, c, waiting_link);
    c->waiting = on;
}

static void on_closed(uv_handle_t *handle)
{
    struct caller *c = handle->data;
    outq_free(&c->out);
    resp_requests_free(&c->in);
    mem_free(c);
}

void caller_close(struct caller *c)
{
    if (c->state == CALLER_CLOSED)
        return;
    c->state = CALLER_CLOSED;
    if (c->ready)
        TAILQ_REMOVE(&c->all->ready, c, ready_link);
    set_waiting(c, false);
    outq_stop(&c->out);
    callers_forget(c->all, c);
    uv_close(&c->uv.handle, on_closed);
}

static void on_write_failed(void *arg, int status)
{
    (void)status; /* it has gone: nobody is left to be told */
    caller_close(arg);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct caller *c = request->data;
    if (status < 0 && status != UV_ECANCELED)
        caller_close(c);
}

/* ---- leaving ---- */

static void linger(struct caller *c)
{
    set_waiting(c, false);
    c->shutdown.data = c;
    if (c->ended || uv_shutdown(&c->shutdown, &c->uv.stream, on_shutdown) < 0) {
        caller_close(c);
        return;
    }
    c->state = CALLER_LINGERING;
    c->since_ns = turn_now_ns();
    set_reading(c, true);
}

static void end(struct caller *c)
{
    c->state = CALLER_ENDING;
    set_waiting(c, true);
    turn_again(c->all->turn);
}

void caller_hang_up(struct caller *c)
{
    if (c->state == CALLER_OPEN || c->state == CALLER_FINISHING)
        end(c);
}

static void finish(struct caller *c, const char *problem)
{
    (void)snprintf(c->problem, sizeof(c->problem), "%s", problem);
    c->state = CALLER_FINISHING;
    set_reading(c, false);
    set_waiting(c, true);
    turn_again(c->all->turn);
}

void caller_finish(struct caller *c)
{
    if (c->state != CALLER_OPEN)
        return;
    if (c->out.bytes == 0 && node_client_requests(c->all->turn->node, c->number) == 0)
        caller_close(c);
    else
        finish(c, "");
}

static void last_words(struct caller *c, const char *line)
{
    struct buf text = {0};
    respw_error(&text, line);
    outq_put(&c->out, text.data, text.len, false);
    buf_free(&text);
}

/* ---- coming ---- */

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct caller *c = stream->data;
    if (n < 0) {
        c->ended = true;
        set_reading(c, false);
        if (n != UV_EOF || c->state == CALLER_LINGERING)
            caller_close(c);
        else if (c->state == CALLER_OPEN)
            set_ready(c);
        return;
    }
    if (c->state != CALLER_OPEN)
        return; /* thrown away */
    resp_requests_feed(&c->in, bytes->base, (size_t)n);
    c->fed_bytes += (size_t)n;
    if (c->fed_bytes >= FED_BYTES_MAX)
        set_reading(c, false);
    set_ready(c);
}

static void start(struct caller *c)
{
    c->uv.handle.data = c;
    c->since_ns = turn_now_ns();
    outq_init(&c->out, &c->all->turn->dirty, &c->uv.stream, on_write_failed, c);
    resp_requests_init(&c->in);
}

void caller_open(struct caller *c)
{
    start(c);
    set_reading(c, true);
}

void caller_refuse(struct caller *c, const char *line)
{
    start(c);
    last_words(c, line);
    end(c);
}

/* Whether it may not be read for now. */
static bool overloaded(const struct caller *c, size_t requests_max, size_t bytes_max)
{
    return node_client_requests(c->all->turn->node, c->number) >= requests_max ||
           outq_unwritten(&c->out) >= bytes_max;
}

static void keep_little(struct caller *c)
{
    if (c->in.in.cap <= KEPT_BYTES_MAX || resp_requests_pending(&c->in) > 0)
        return;
    resp_requests_free(&c->in);
    resp_requests_init(&c->in);
}

void caller_turn(struct caller *c)
{
    struct turn *turn = c->all->turn;
    struct resp_request request;
    struct err e = {0};
    int code = 1;
    TAILQ_REMOVE(&c->all->ready, c, ready_link);
    c->ready = false;
    while (c->state == CALLER_OPEN) {
        c->stalled = overloaded(c, NODE_CLIENT_REQUESTS, LIMIT_CLIENT_UNREAD_BYTES);
        if (c->stalled)
            break;
        code = resp_requests_next(&c->in, &request, &e);
        if (code <= 0)
            break;
        node_on_request(turn->node, turn_node_ns(turn), c->number, request.argv, request.argc);
    }
    c->fed_bytes = 0;
    if (c->state != CALLER_OPEN)
        return;
    if (c->stalled) {
        set_reading(c, false);
        set_waiting(c, true);
    } else if (code < 0) {
        char line[ERR_TEXT_MAX];
        (void)snprintf(line, sizeof(line), "ERR %.*s", ERR_TEXT_MAX - 8, e.text);
        finish(c, line);
    } else if (c->ended) {
        node_on_client_ended(turn->node, c->number);
        finish(c, "");
    } else {
        keep_little(c);
        set_reading(c, true);
    }
}

void caller_settle(struct caller *c)
{
    bool idle = c->number == 0 || node_client_requests(c->all->turn->node, c->number) == 0;
    switch (c->state) {
    case CALLER_OPEN:
        if (overloaded(c, NODE_CLIENT_REQUESTS / 2, LIMIT_CLIENT_UNREAD_BYTES / 2))
            return;
        set_waiting(c, false);
        set_ready(c);
        turn_again(c->all->turn);
        return;
    case CALLER_FINISHING:
        if (!idle)
            return;
        if (c->problem[0] != '\0')
            last_words(c, c->problem);
        end(c);
        return;
    case CALLER_ENDING:
        if (c->out.bytes == 0)
            linger(c);
        return;
    case CALLER_LINGERING:
    case CALLER_CLOSED: return;
    }
}

void caller_sweep(struct caller *c, uint64_t now_ns)
{
    uint64_t written = outq_written(&c->out);
    bool moves = c->out.bytes == 0 || written != c->seen_bytes;
    if (c->state == CALLER_LINGERING) {
        if (now_ns - c->since_ns >= LINGER_NS)
            caller_close(c);
        return;
    }
    if (moves) {
        c->seen_bytes = written;
        c->since_ns = now_ns;
    } else if (now_ns - c->since_ns >= PATIENCE_NS) {
        logger_printf(
            c->all->turn->log, ENV_ABOUT_CLIENT, ENV_WARNING,
            "client %llu: reads nothing for 30 s with %zu bytes of replies waiting: closed",
            (unsigned long long)c->number, c->out.bytes);
        caller_close(c);
    }
}
