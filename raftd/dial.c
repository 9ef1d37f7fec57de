/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/dial.h"

#include "base/mem.h"
#include "raftd/address.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* Bytes the kernel may hold beyond what it can send: the rest waits here, where a heartbeat can
 * pass it. */
#define NOTSENT_BYTES (64 * 1024)

/* Invariants: lookup is under way while resolving; the socket exists once has_socket. abandoned:
 * waits for callbacks of libuv only, then frees itself. */
struct dial {
    struct turn *turn;
    const struct dial_events *events;
    void *arg;
    uint64_t silence_ms;
    uv_getaddrinfo_t lookup;
    uv_timer_t failure; /* reports a failure from the loop, never from within a call */
    uv_tcp_t tcp;
    uv_connect_t connect;
    struct outq out;
    struct frame_decoder in;
    bool resolving;
    bool stuck; /* abandoned while a thread looks the name up: counted in turn->lookups */
    bool has_socket;
    bool connected;
    bool abandoned;
    unsigned open; /* handles and requests that libuv still holds */
    char why[ERR_TEXT_MAX];
};

static void release(struct dial *dial)
{
    ASSERT(dial->open > 0);
    if (--dial->open > 0 || !dial->abandoned)
        return;
    outq_free(&dial->out);
    frame_decoder_free(&dial->in);
    mem_free(dial);
}

static void on_failure(uv_timer_t *timer)
{
    struct dial *dial = timer->data;
    dial->events->failed(dial->arg, dial->why);
}

static void fail_soon(struct dial *dial, const char *why)
{
    (void)snprintf(dial->why, sizeof(dial->why), "%s", why);
    (void)uv_timer_start(&dial->failure, on_failure, 0, 0);
}

static void on_write_failed(void *arg, int status)
{
    fail_soon(arg, uv_strerror(status));
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    const struct dial *dial = handle->data;
    (void)suggested;
    turn_alloc(dial->turn, ret);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct dial *dial = stream->data;
    struct frame frame;
    struct err e = {0};
    if (n < 0) {
        (void)uv_read_stop(stream);
        dial->events->failed(dial->arg,
                             n == UV_EOF ? "closes the connection" : uv_strerror((int)n));
        return;
    }
    frame_decoder_feed(&dial->in, bytes->base, (size_t)n);
    int code = 0;
    while (!dial->abandoned && (code = frame_decoder_next(&dial->in, &frame, &e)) > 0)
        dial->events->frame(dial->arg, &frame);
    if (!dial->abandoned && code < 0) {
        (void)uv_read_stop(stream);
        dial->events->failed(dial->arg, e.text);
    }
}

/* ---- connecting ---- */

static void on_connect(uv_connect_t *request, int status)
{
    struct dial *dial = request->data;
    if (!dial->abandoned && status == 0) {
        dial->connected = true;
        (void)uv_read_start((uv_stream_t *)&dial->tcp, on_alloc, on_read);
        dial->events->connected(dial->arg);
    } else if (!dial->abandoned) {
        dial->events->failed(dial->arg, uv_strerror(status));
    }
    release(dial);
}

static void set_options(struct dial *dial)
{
    int fd = -1, silence_ms = (int)dial->silence_ms, notsent = NOTSENT_BYTES;
    (void)uv_tcp_nodelay(&dial->tcp, 1);
    if (uv_fileno((uv_handle_t *)&dial->tcp, &fd) < 0)
        return;
    /* A second net under dial_outstanding; it also ends a window that stays shut. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence_ms, sizeof(silence_ms));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &notsent, sizeof(notsent));
}

static void connect_to(struct dial *dial, const struct sockaddr *where)
{
    int status = uv_tcp_init_ex(dial->turn->loop, &dial->tcp, where->sa_family);
    if (status < 0) {
        fail_soon(dial, uv_strerror(status));
        return;
    }
    dial->has_socket = true;
    dial->open++;
    dial->tcp.data = dial;
    outq_init(&dial->out, &dial->turn->dirty, (uv_stream_t *)&dial->tcp, on_write_failed, dial);
    set_options(dial);
    dial->connect.data = dial;
    status = uv_tcp_connect(&dial->connect, &dial->tcp, where, on_connect);
    if (status < 0)
        fail_soon(dial, uv_strerror(status));
    else
        dial->open++;
}

static void on_lookup(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct dial *dial = request->data;
    dial->resolving = false;
    dial->turn->lookups -= dial->stuck;
    if (!dial->abandoned && status == 0) {
        connect_to(dial, list->ai_addr);
        dial->events->resolved(dial->arg);
    } else if (!dial->abandoned) {
        dial->events->failed(dial->arg, uv_strerror(status));
    }
    uv_freeaddrinfo(list);
    release(dial);
}

struct dial *dial_new(struct turn *turn, const char *address, uint64_t silence_ms,
                      const struct dial_events *events, void *arg)
{
    struct dial *dial = mem_alloc(sizeof(*dial));
    struct address parsed;
    struct sockaddr_storage where;
    *dial = (struct dial){.turn = turn, .events = events, .arg = arg, .silence_ms = silence_ms};
    frame_decoder_init(&dial->in);
    (void)uv_timer_init(turn->loop, &dial->failure);
    dial->failure.data = dial;
    dial->open = 1;
    const char *why = address_parse(address, &parsed);
    if (why != NULL) {
        fail_soon(dial, why);
        return dial;
    }
    if (address_numeric(&parsed, &where)) {
        connect_to(dial, (const struct sockaddr *)&where);
        return dial;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    dial->lookup.data = dial;
    int status =
        uv_getaddrinfo(turn->loop, &dial->lookup, on_lookup, parsed.host, parsed.port, &hints);
    if (status < 0) {
        fail_soon(dial, uv_strerror(status));
        return dial;
    }
    dial->resolving = true;
    dial->open++;
    return dial;
}

static void on_tcp_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void on_failure_closed(uv_handle_t *handle)
{
    release(handle->data);
}

void dial_abandon(struct dial *dial)
{
    ASSERT(!dial->abandoned);
    dial->abandoned = true;
    outq_stop(&dial->out);
    if (dial->resolving)
        dial->stuck = uv_cancel((uv_req_t *)&dial->lookup) < 0;
    dial->turn->lookups += dial->stuck;
    /* A reset: what is queued is of no use any more, and the other side shall know at once. */
    if (dial->has_socket && (!dial->connected || uv_tcp_close_reset(&dial->tcp, on_tcp_closed) < 0))
        uv_close((uv_handle_t *)&dial->tcp, on_tcp_closed);
    uv_close((uv_handle_t *)&dial->failure, on_failure_closed);
}

bool dial_resolving(const struct dial *dial)
{
    return dial->resolving;
}

/* ---- sending ---- */

void dial_put(struct dial *dial, const void *bytes, size_t len, bool urgent)
{
    outq_put(&dial->out, bytes, len, urgent);
}

size_t dial_queued(const struct dial *dial)
{
    return dial->out.bytes;
}

bool dial_outstanding(const struct dial *dial, uint64_t *ret_acknowledged)
{
    int fd = -1, in_kernel = 0;
    uint64_t written = outq_written(&dial->out);
    if (uv_fileno((const uv_handle_t *)&dial->tcp, &fd) < 0 ||
        ioctl(fd, SIOCOUTQ, &in_kernel) < 0 || in_kernel < 0)
        in_kernel = 0;
    *ret_acknowledged = written - (uint64_t)in_kernel;
    return in_kernel > 0 || outq_unwritten(&dial->out) > 0;
}
